"""Several windows at once, and programs that are killed on the way."""

import threading
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

# Makes a correction and is killed at a step on the way.
KILLED = """
commit = part("corrections.writes.commit")
writing = part("correcting")
dataset = fo.load_dataset(sys.argv[1])

setattr(commit, sys.argv[2], die)
writing.merge_clusters(dataset, ["c00000", "c00001"])
"""


@pytest.mark.parametrize("step", ["write_members", "write_cards", "write_fields"])
def test_killed_program_is_finished_by_the_next_call(
    write: ModuleType,
    read: ModuleType,
    clustered: "fo.Dataset",
    fields_of: Fields,
    check: Check,
    step: str,
) -> None:
    read.list_clusters(clustered)
    run_until_killed(KILLED, clustered.name, step)
    assert read.list_clusters(clustered)["total"] == 3
    assert sum(row[1] == "c00000" for row in fields_of(clustered)) == 18
    check(clustered)
    write.undo_correction(clustered)
    assert read.list_clusters(clustered)["total"] == 4
    check(clustered)


def test_two_windows_lose_nothing(
    write: ModuleType, read: ModuleType, plugin_part: Part, clustered: "fo.Dataset", check: Check
) -> None:
    stale = plugin_part("operators.corrections.writes.correct").StaleReviewError
    seen = read.list_clusters(clustered)["seq"]
    write.merge_clusters(clustered, ["c00000", "c00001"], based_on=seen)
    with pytest.raises(stale, match="Somebody else corrected the same clusters in the meantime"):
        write.rename_cluster(clustered, "c00000", "Tom", based_on=seen)
    assert write.rename_cluster(clustered, "c00002", "Ann", based_on=seen)["seq"] == seen + 2
    check(clustered)


def test_corrections_at_the_same_moment_are_all_done(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", check: Check
) -> None:
    read.list_clusters(clustered)
    reports: list[Any] = []

    def name(number: int) -> None:
        reports.append(write.rename_cluster(clustered, f"c{number:05d}", f"name {number}"))

    threads = [threading.Thread(target=name, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report["entry"] for report in reports) == [1, 2, 3, 4]
    assert set(clustered.count_values("cluster.label")) == {
        *(f"name {n}" for n in range(4)),
        "noise",
    }
    check(clustered)


def test_double_click_is_one_correction(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", ids_in: Callable[..., list[str]]
) -> None:
    seen = read.list_clusters(clustered)["seq"]
    some = ids_in(clustered, "c00000")[:2]
    first = write.move_to_cluster(clustered, some, name="Tom", based_on=seen)
    second = write.move_to_cluster(clustered, some, name="Tom", based_on=seen)
    assert second == first | {"repeated": True}
    assert read.read_history(clustered)["total"] == 1
    write.undo_correction(clustered, based_on=first["seq"])
    assert write.undo_correction(clustered, based_on=first["seq"])["repeated"]


def test_an_undo_takes_back_what_its_window_showed_or_nothing(
    write: ModuleType, read: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    stale = plugin_part("operators.corrections.writes.correct").StaleReviewError
    seen = write.confirm_clusters(clustered, ["c00000"], name="Tom")["seq"]
    labeled = write.apply_labels(clustered, "species")["seq"]
    with pytest.raises(stale, match=r"did something in the meantime \(Wrote 10 labels"):
        write.undo_correction(clustered, based_on=seen)
    assert clustered.count("species") == 10
    write.undo_correction(clustered, based_on=labeled)
    assert clustered.count("species") == 0
    assert read.read_cluster(clustered, "c00000")["name"] == "Tom"


def test_labels_are_not_written_by_names_that_nobody_saw(
    write: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    stale = plugin_part("operators.corrections.writes.correct").StaleReviewError
    write.confirm_clusters(clustered, ["c00001"], name="Ann")
    seen = write.confirm_clusters(clustered, ["c00000"], name="Tom")["seq"]
    write.rename_cluster(clustered, "c00000", "Tim", based_on=seen)
    with pytest.raises(stale, match="Somebody else corrected the same clusters in the meantime"):
        write.apply_labels(clustered, "species", based_on=seen)
    assert not clustered.has_field("species")
    report = write.apply_labels(clustered, "species", clusters=["c00001"], based_on=seen)
    assert report["written"] == 8
