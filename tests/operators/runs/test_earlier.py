"""Corrections that are made while a new clustering of the same field is going on."""

import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Columns = list[list[Any]]

# Another program, such as the server of the App, makes a correction.
ELSEWHERE = """
import importlib, sys
import fiftyone as fo
import fiftyone.operators as foo

foo.list_operators()
writing = importlib.import_module("fiftyone.plugins.orgs.autolabel.gcn.operators.correcting")
name, *ids = sys.argv[1:]
try:
    writing.move_to_cluster(fo.load_dataset(name), ids, name="half")
except ValueError as error:
    print(error)
"""


def during(act: Callable[[], object], stage: str = "") -> Callable[[float, str], None]:
    """Makes a progress function that acts once: while the networks work, or at another stage."""
    done: list[bool] = []

    def progress(share: float, label: str) -> None:
        is_now = label.startswith(stage) if stage else 0.6 < share < 0.85
        if is_now and not done:
            done.append(True)
            act()

    return progress


def columns(dataset: "fo.Dataset") -> Columns:
    dataset.reload()
    return dataset.values(["id", "cluster.label", "cluster.confirmed"])


def key_of(dataset: "fo.Dataset", row: int) -> str:
    return dataset.skip(row).first().cluster.cluster_id


def test_what_is_confirmed_meanwhile_is_kept_against_the_model(
    write: ModuleType, plugin_part: Part, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    ids = clustered.values("id")

    def act() -> None:
        write.move_to_cluster(clustered, ids[0:5], name="half")
        write.move_to_cluster(clustered, ids[10:15] + ids[20:25], name="both")
        write.mark_noise(clustered, ids[28:])

    report = cluster(clustered, progress=during(act))
    _, labels, confirmed = before = columns(clustered)
    assert labels[:5] == ["half"] * 5
    assert labels[10:15] + labels[20:25] == ["both"] * 10
    assert labels[28:] == ["noise"] * 2
    # What was moved out is different from the rest, which nobody confirmed.
    assert "half" not in labels[5:10]
    assert len(set(labels[5:10])) == 1
    assert sum(confirmed) == 17
    assert report.corrections["meanwhile"] == 3
    assert (report.corrections["confirmed"], report.corrections["names"]) == (17, 2)
    (warning,) = report.warnings
    assert warning.startswith("3 corrections came while the clustering was going on")
    assert "cluster again" in warning
    clustered.delete_sample_field("cluster")
    plugin_part("operators").load_run(clustered, "cluster")
    assert columns(clustered) == before


def test_names_and_answers_given_meanwhile_are_kept(
    write: ModuleType, plugin_part: Part, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    reads = plugin_part("operators.corrections.reads")

    def act() -> None:
        write.rename_cluster(clustered, key_of(clustered, 0), "Tom")
        write.answer_pair(clustered, key_of(clustered, 10), key_of(clustered, 20), "different")

    report = cluster(clustered, progress=during(act))
    assert columns(clustered)[1][:10] == ["Tom"] * 10
    neighbors = reads.read_cluster(clustered, key_of(clustered, 10))["neighbors"]
    verdicts = {row["cluster"]: row["verdict"] for row in neighbors}
    assert verdicts[key_of(clustered, 20)] == "different"
    kept = ("names", "names_lost", "answers", "answers_lost", "meanwhile")
    assert [report.corrections[name] for name in kept] == [1, 0, 1, 0, 2]


def test_a_correction_by_another_program_counts_too(
    cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    ids = clustered.values("id")[:5]
    command = [sys.executable, "-c", ELSEWHERE, clustered.name, *ids]

    def act() -> None:
        done = subprocess.run(command, check=True, timeout=120, capture_output=True, text=True)
        assert done.stdout == ""

    assert cluster(clustered, progress=during(act)).corrections["meanwhile"] == 1
    assert columns(clustered)[1][:5] == ["half"] * 5


def test_what_is_taken_back_from_noise_meanwhile_joins_its_cluster(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    ids = clustered.values("id")
    write.mark_noise(clustered, ids[28:])
    act = lambda: write.mark_noise(clustered, ids[29:], restore=True)  # noqa: E731
    report = cluster(clustered, progress=during(act))
    _, labels, confirmed = columns(clustered)
    assert labels[28] == "noise"
    assert labels[29] == labels[20] != "noise"
    assert confirmed == [False] * 28 + [True, False]
    assert report.corrections["meanwhile"] == 1


def test_what_was_the_only_noise_and_is_taken_back_has_a_cluster(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    write.mark_noise(clustered, clusters=[key_of(clustered, 20)])
    report = cluster(clustered, progress=during(lambda: write.undo_correction(clustered)))
    _, labels, confirmed = columns(clustered)
    assert len(set(labels[20:])) == 1
    assert len({labels[0], labels[10], labels[20]}) == 3
    assert "noise" not in labels
    assert not any(confirmed)
    assert report.corrections["meanwhile"] == 1


def test_a_confirmation_undone_meanwhile_is_none_any_more(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    write.move_to_cluster(clustered, clustered.values("id")[:5], name="half")
    report = cluster(clustered, progress=during(lambda: write.undo_correction(clustered)))
    _, labels, confirmed = columns(clustered)
    assert "half" not in labels
    assert not any(confirmed)
    assert report.warnings[0].startswith("1 correction came while")


def test_what_is_confirmed_meanwhile_outside_the_target_keeps_its_cluster(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    act = lambda: write.confirm_clusters(clustered, [key_of(clustered, 20)], name="c")  # noqa: E731
    report = cluster(clustered.limit(20), progress=during(act))
    assert columns(clustered)[1][20:] == ["c"] * 10
    assert (report.corrections["confirmed"], report.corrections["outside"]) == (10, 10)


def test_patches_are_no_different(
    write: ModuleType, cluster: Callable[..., Any], objects: "fo.Dataset"
) -> None:
    ids = objects.values("objects.detections.id", unwind=True)
    act = lambda: write.move_to_cluster(objects, ids[0:4] + ids[12:16], name="both")  # noqa: E731
    cluster(objects, patches_field="objects", progress=during(act))
    labels = objects.values("objects.detections.cluster", unwind=True)
    assert {labels[i] for i in (*range(4), *range(12, 16))} == {"both"}


@pytest.mark.parametrize("keep", [True, False])
def test_while_clusters_are_written_corrections_are_refused(
    write: ModuleType,
    plugin_part: Part,
    cluster: Callable[..., Any],
    clustered: "fo.Dataset",
    keep: bool,
) -> None:
    ids, said = clustered.values("id"), []
    export = write.export_corrections(clustered)["lines"]
    acts: list[Callable[[], object]] = [
        lambda: write.move_to_cluster(clustered, ids[:5], name="half"),
        lambda: write.confirm_clusters(clustered, ["c00000"]),
        lambda: write.import_corrections(clustered, lines=export),
        lambda: plugin_part("operators").load_run(clustered, "cluster"),
    ]

    def act() -> None:
        for one in acts:
            with pytest.raises(ValueError, match="'cluster' is being clustered again") as caught:
                one()
            said.append(str(caught.value))
        command = [sys.executable, "-c", ELSEWHERE, clustered.name, *ids[:5]]
        said.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    cluster(clustered, keep_corrections=keep, progress=during(act, "Writing"))
    assert len(said) == 5
    assert "is being clustered again" in said[-1]
    _, labels, confirmed = columns(clustered)
    assert [len(set(labels[row : row + 10])) for row in (0, 10, 20)] == [1, 1, 1]
    assert not any(confirmed)
    write.move_to_cluster(clustered, ids[:5], name="half")
    assert columns(clustered)[1][:5] == ["half"] * 5


def test_a_review_does_not_begin_while_clusters_are_written(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    def act() -> None:
        with pytest.raises(ValueError, match="is being clustered again"):
            write.merge_clusters(clustered, ["c00000", "c00001"])

    cluster(clustered, keep_corrections=False, progress=during(act, "Writing"))
    assert len(set(columns(clustered)[1])) == 3


def test_after_a_failure_the_corrections_of_before_and_meanwhile_are_there(
    write: ModuleType,
    cluster: Callable[..., Any],
    clustered: "fo.Dataset",
    stop_at: Callable[[str], Any],
) -> None:
    ids = clustered.values("id")
    write.move_to_cluster(clustered, ids[:5], name="half")
    meanwhile = during(lambda: write.move_to_cluster(clustered, ids[10:15], name="other"))

    def progress(share: float, label: str) -> None:
        meanwhile(share, label)
        stop_at("Writing")(share, label)

    with pytest.raises(Exception, match="Writing"):
        cluster(clustered, progress=progress)
    labels = columns(clustered)[1]
    assert (labels[:5], labels[10:15]) == (["half"] * 5, ["other"] * 5)
    write.undo_correction(clustered)
    assert "other" not in columns(clustered)[1]


def test_interrupted_writing_must_be_cleared_away_before_corrections(
    write: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    write.move_to_cluster(clustered, clustered.values("id")[:5], name="half")
    before = columns(clustered)
    target = plugin_part("operators.data.targets").resolve_target(clustered)
    journal = plugin_part("operators.runs.journal").Journal(target, "cluster", "cluster")
    journal.announce()
    journal.begin()
    with pytest.raises(ValueError, match="delete the run 'cluster_incomplete' if it was interrup"):
        write.undo_correction(clustered)
    plugin_part("operators.runs.run_deletion").delete_run(clustered, "cluster_incomplete")
    assert columns(clustered) == before
    write.undo_correction(clustered)
    assert "half" not in columns(clustered)[1]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_corrections_before_and_meanwhile_are_not_broken(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset", seed: int
) -> None:
    rng, ids = np.random.default_rng(seed), np.array(clustered.values("id"))
    last: list[Columns] = []

    def correct() -> None:
        for number in range(8):
            some = rng.choice(ids, rng.integers(1, 4), replace=False).tolist()
            name = f"name {rng.integers(100)}" if number % 2 else None
            write.move_to_cluster(clustered, some, name=name)
            if number % 4 == 3:
                write.mark_noise(clustered, some[:1])
        write.undo_correction(clustered)
        last.append(columns(clustered))

    correct()
    part = clustered.select(rng.choice(ids, 15, replace=False).tolist())
    report = cluster(part, progress=during(correct))
    _, before, confirmed = last[-1]
    _, after, still = columns(clustered)
    assert [bool(flag) for flag in still] == confirmed
    assert report.corrections["meanwhile"] == 11
    rows = [row for row in range(30) if confirmed[row]]
    assert all((before[i] == before[j]) == (after[i] == after[j]) for i in rows for j in rows)
    assert all(after[row] == before[row] for row in rows if before[row].startswith("name"))
