"""Loading a run while others look at it, correct it or cluster it again."""

import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.dying import run_until_killed

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]
Part = Callable[[str], ModuleType]

# Loads a run and is killed at a step on the way.
KILLED = """
runs = part("runs.run_loading")
tables = part("corrections.documents.tables")
build = part("corrections.writes.build")
name, step, corrections = sys.argv[1:]

setattr({"clear": tables.Tables, "_insert": build}[step], step, die)
runs.load_run(fo.load_dataset(name), "cluster", corrections=corrections == "with")
"""


def test_corrections_do_not_come_back_after_a_load_without_them_was_killed(
    write: ModuleType,
    read: ModuleType,
    plugin_part: Part,
    clustered: "fo.Dataset",
    fields_of: Fields,
    check: Check,
) -> None:
    before = fields_of(clustered)
    write.merge_clusters(clustered, ["c00000", "c00001"])
    run_until_killed(KILLED, clustered.name, "clear", "without")
    clustered.reload()
    with pytest.raises(ValueError, match="loading of the run 'cluster' was interrupted; load it"):
        read.list_clusters(clustered)
    plugin_part("operators").load_run(clustered, "cluster")
    assert fields_of(clustered) == before
    assert read.read_history(clustered)["total"] == 0
    check(clustered)


def test_a_review_that_was_half_built_by_a_killed_load_is_not_opened(
    write: ModuleType, read: ModuleType, plugin_part: Part, clustered: "fo.Dataset", check: Check
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001"])
    run_until_killed(KILLED, clustered.name, "_insert", "with")
    clustered.reload()
    with pytest.raises(ValueError, match="loading of the run 'cluster' was interrupted; load it"):
        read.list_clusters(clustered)
    plugin_part("operators").load_run(clustered, "cluster")
    assert read.list_clusters(clustered)["total"] == 3
    check(clustered)


def test_run_whose_corrections_are_being_forgotten_is_not_opened(
    write: ModuleType,
    read: ModuleType,
    plugin_part: Part,
    clustered: "fo.Dataset",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001"])
    tables = plugin_part("operators.corrections.documents.tables").Tables
    clear, said = tables.clear, []

    def click_first(*args: Any) -> None:
        monkeypatch.setattr(tables, "clear", clear)
        with pytest.raises(ValueError, match="was interrupted; load it again") as caught:
            read.list_clusters(clustered)
        said.append(caught.value)
        clear(*args)

    monkeypatch.setattr(tables, "clear", click_first)
    plugin_part("operators").load_run(clustered, "cluster", corrections=False)
    assert len(said) == 1
    assert read.read_history(clustered)["total"] == 0


def test_corrections_are_not_forgotten_while_one_is_written(
    write: ModuleType,
    read: ModuleType,
    plugin_part: Part,
    clustered: "fo.Dataset",
    open_review: Callable[..., Any],
    check: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock = plugin_part("operators.corrections.documents.lock")
    write.merge_clusters(clustered, ["c00000", "c00001"])
    monkeypatch.setattr(lock.writing.__wrapped__, "__defaults__", (0.05,))
    with (
        lock.writing(open_review(clustered).tables),
        pytest.raises(ValueError, match="Another correction of this run is still being written"),
    ):
        plugin_part("operators").load_run(clustered, "cluster", corrections=False)
    assert read.read_history(clustered)["total"] == 1
    check(clustered)


@pytest.mark.parametrize("corrections", [True, False])
def test_no_review_begins_while_a_run_without_one_is_loaded(
    plugin_part: Part, clustered: "fo.Dataset", corrections: bool
) -> None:
    part, lock = (
        plugin_part("operators.corrections.documents.tables"),
        plugin_part("operators.corrections.documents.lock"),
    )
    held: list[bool] = []

    def head() -> dict[str, Any]:
        (summary,) = plugin_part("operators").list_runs(clustered)
        return part.Tables(part.review_id(clustered, summary.token)).head() or {}

    plugin_part("operators").load_run(
        clustered,
        "cluster",
        corrections=corrections,
        progress=lambda *_: held.append(lock.is_held(head())),
    )
    assert held
    assert all(held)
    assert not lock.is_held(head())


@pytest.mark.parametrize("corrections", [True, False])
def test_load_that_waited_for_a_new_clustering_writes_nothing(
    write: ModuleType,
    plugin_part: Part,
    clustered: "fo.Dataset",
    open_review: Callable[..., Any],
    fields_of: Fields,
    corrections: bool,
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001"])
    before, said = fields_of(clustered), []
    target = plugin_part("operators.data.targets").resolve_target(clustered)
    journal = plugin_part("operators.runs.journal").Journal(target, "cluster", "cluster")

    def load() -> None:
        try:
            plugin_part("operators").load_run(clustered, "cluster", corrections=corrections)
        except ValueError as error:
            said.append(str(error))

    loading = threading.Thread(target=load)
    with plugin_part("operators.corrections.documents.lock").writing(open_review(clustered).tables):
        loading.start()
        time.sleep(1)
        journal.announce()
    loading.join()
    assert len(said) == 1
    assert "is being clustered again" in said[0]
    assert fields_of(clustered) == before


def test_a_run_is_not_renamed_while_it_is_loaded(
    write: ModuleType, plugin_part: Part, clustered: "fo.Dataset", monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, rename_run = (
        plugin_part("operators"),
        plugin_part("operators.runs.run_names").rename_run,
    )
    lock, said = plugin_part("operators.corrections.documents.lock"), []
    monkeypatch.setattr(lock.writing.__wrapped__, "__defaults__", (0.05,))
    write.rename_cluster(clustered, "c00000", "Tom")

    def rename(share: float, label: str) -> None:
        with pytest.raises(ValueError, match="is still being written; try again soon") as caught:
            rename_run(clustered, "cluster", "first")
        said.append(caught.value)

    runs.load_run(clustered, "cluster", progress=rename)
    assert said
    (run,) = runs.list_runs(clustered)
    assert (run.run_key, run.status, run.config["run_key"]) == ("cluster", "complete", "cluster")
    rename_run(clustered, "cluster", "first")
    assert [run.config["run_key"] for run in runs.list_runs(clustered)] == ["first"]
