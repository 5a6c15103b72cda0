"""Label fields that became unfit after labels were written into them."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.dying import run_until_killed

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Part = Callable[[str], ModuleType]

# Undoes a correction and is killed when it is recorded and its labels are still to be written.
KILLED = """
commit = part("corrections.writes.commit")
writing = part("correcting")

commit.write_label_changes = die
writing.undo_correction(fo.load_dataset(sys.argv[1]))
"""

# Applies labels and is killed when these are kept, and the correction is still to be recorded.
KILLED_BEFORE = """
commit = part("corrections.writes.commit")
writing = part("correcting")

commit.append_entry = die
writing.apply_labels(fo.load_dataset(sys.argv[1]), "kind")
"""


def path_of(dataset: "fo.Dataset") -> str:
    return "objects.detections.kind" if dataset.has_field("objects") else "kind"


def labels(dataset: "fo.Dataset") -> dict[str, int]:
    path = path_of(dataset)
    counts = dataset.count_values(path if "." in path else f"{path}.label")
    return {label: number for label, number in counts.items() if label is not None}


def set_read_only(dataset: "fo.Dataset", value: bool) -> None:
    field = dataset.get_field(path_of(dataset))
    field.read_only = value
    field.save()


def retype(dataset: "fo.Dataset") -> None:
    import fiftyone as fo

    dataset.delete_sample_field(path_of(dataset))
    dataset.add_sample_field(path_of(dataset), fo.IntField)


@pytest.fixture
def labeled(write: ModuleType, either: "fo.Dataset") -> "fo.Dataset":
    write.confirm_clusters(either, ["c00000"], name="Tom")
    write.apply_labels(either, "kind")
    return either


@pytest.fixture
def kill(labeled: "fo.Dataset") -> None:
    run_until_killed(KILLED, labeled.name)


@pytest.mark.parametrize("dry_run", [True, False])
def test_undo_into_a_read_only_field_is_refused_and_not_recorded(
    write: ModuleType, read: ModuleType, labeled: "fo.Dataset", check: Check, dry_run: bool
) -> None:
    set_read_only(labeled, True)
    for to in (None, 0):
        with pytest.raises(ValueError, match=r"cannot be taken back: .* is read-only; set"):
            write.undo_correction(labeled, to=to, dry_run=dry_run)
    history = read.read_history(labeled)
    assert (history["seq"], history["total"]) == (2, 2)
    assert write.merge_clusters(labeled, ["c00001", "c00002"])["images"] == 6
    set_read_only(labeled, False)
    write.undo_correction(labeled, to=1)
    assert labels(labeled) == {}
    check(labeled)


def test_undo_into_a_field_of_another_type_is_refused_until_it_is_gone(
    write: ModuleType, read: ModuleType, labeled: "fo.Dataset", check: Check
) -> None:
    retype(labeled)
    with pytest.raises(ValueError, match=r"cannot be taken back: .* is of the type IntField"):
        write.undo_correction(labeled)
    assert read.read_history(labeled)["seq"] == 2
    labeled.delete_sample_field(path_of(labeled))
    report = write.undo_correction(labeled)
    assert (report["seq"], report["notice"]) == (3, "")
    assert labeled.get_field(path_of(labeled)) is None
    check(labeled)


def test_redo_is_refused_too_and_makes_a_field_that_lacks(
    write: ModuleType, read: ModuleType, labeled: "fo.Dataset", check: Check
) -> None:
    write.undo_correction(labeled)
    retype(labeled)
    with pytest.raises(ValueError, match=r"cannot be written again: .* IntField, labels need a"):
        write.redo_correction(labeled)
    assert read.read_history(labeled)["seq"] == 3
    labeled.delete_sample_field(path_of(labeled))
    write.redo_correction(labeled)
    assert labels(labeled) == {"Tom": 10}
    check(labeled)


@pytest.mark.usefixtures("kill")
@pytest.mark.parametrize("spoil", [lambda dataset: set_read_only(dataset, True), retype])
def test_killed_undo_of_labels_that_cannot_be_written_leaves_the_review_usable(
    write: ModuleType,
    read: ModuleType,
    labeled: "fo.Dataset",
    check: Check,
    spoil: Callable[["fo.Dataset"], None],
) -> None:
    labeled.reload()
    spoil(labeled)
    assert read.list_clusters(labeled)["total"] == 4
    notice = read.read_history(labeled)["notice"]
    assert "The labels of correction 3 (Undid: Wrote 10 labels to" in notice
    assert "were not written: " in notice
    report = write.merge_clusters(labeled, ["c00001", "c00002"])
    assert (report["seq"], report["notice"]) == (4, notice)
    assert read.read_history(labeled)["notice"] == ""
    assert write.undo_correction(labeled)["notice"] == ""
    check(labeled)


@pytest.mark.usefixtures("kill")
def test_killed_undo_of_labels_is_finished_where_they_can_be_written(
    read: ModuleType, labeled: "fo.Dataset", check: Check
) -> None:
    labeled.reload()
    assert read.read_history(labeled)["notice"] == ""
    assert labels(labeled) == {}
    check(labeled)


def test_values_that_the_field_no_longer_takes_are_told_and_passed_over(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", check: Check
) -> None:
    import fiftyone as fo

    def add(text: str, value: Any) -> None:
        label = fo.Classification(label=text, age=value)
        clustered.set_values("kind", [label] * 30, dynamic=True)

    add("Ann", "old")
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    write.apply_labels(clustered, "kind", on_conflict="overwrite")
    clustered.delete_sample_field("kind")
    add("Tom", 7)
    assert "'kind' does not take them" in write.undo_correction(clustered)["notice"]
    assert read.read_history(clustered)["total"] == 2
    check(clustered)


def test_operator_and_panel_tell_what_was_not_written(
    write: ModuleType, plugin: ModuleType, clustered: "fo.Dataset", open_review: Callable[..., Any]
) -> None:
    import fiftyone.operators as foo

    write.confirm_clusters(clustered, ["c00000"])
    tables = open_review(clustered).tables
    sentence = "The labels of correction 1 were not written"

    def spoil() -> None:
        tables.reviews.update_one({"_id": tables.review}, {"$set": {"notice": sentence}})

    def page(event: str, **params: Any) -> str:
        known = {"panel_id": "p", "panel_state": {}, "__method__": event, **params}
        request = {"dataset": clustered, "params": known}
        result = foo.execute_operator("@autolabel/gcn/cluster_review", ctx=request)
        return repr(result.executor.to_json()["requests"])

    spoil()
    assert sentence in page("on_load")
    assert sentence in page("confirm_cluster", cluster="c00001", based_on=1)
    assert sentence not in page("on_load")
    spoil()
    result = foo.execute_operator(
        "@autolabel/gcn/confirm_clusters",
        ctx={"dataset": clustered, "params": {"clusters": ["c00002"]}},
    )
    assert f"Note: {sentence}" in result.result["summary"]


@pytest.mark.usefixtures("kill")
@pytest.mark.parametrize("spoil", [lambda dataset: set_read_only(dataset, True), retype])
def test_loading_a_run_tells_which_labels_it_could_not_write(
    read: ModuleType,
    run: Callable[..., dict[str, Any]],
    labeled: "fo.Dataset",
    spoil: Callable[["fo.Dataset"], None],
    check: Check,
) -> None:
    labeled.reload()
    spoil(labeled)
    report = run("load_run", labeled, run_key="cluster")
    sentence = "The labels of correction 3 (Undid: Wrote 10 labels to"
    assert report["notice"].startswith(sentence)
    assert f"Note: {sentence}" in report["summary"]
    assert read.read_history(labeled)["notice"] == ""  # told once
    assert run("load_run", labeled, run_key="cluster")["notice"] == ""
    check(labeled)


def test_loading_a_run_takes_back_what_a_killed_program_left(
    read: ModuleType, labeled: "fo.Dataset", kill: None, plugin_part: Part, check: Check
) -> None:
    plugin_part("operators").load_run(labeled, "cluster")
    assert read.read_history(labeled)["undo_text"].startswith("Confirmed 'c00000'")
    assert labels(labeled) == {}
    check(labeled)


def test_labels_of_a_killed_program_that_were_never_recorded_are_not_written_later(
    write: ModuleType, either: "fo.Dataset", check: Check
) -> None:
    write.confirm_clusters(either, ["c00000"], name="Tom")
    run_until_killed(KILLED_BEFORE, either.name)
    write.merge_clusters(either, ["c00001", "c00002"])  # gets the number that those labels had
    write.undo_correction(either)
    write.redo_correction(either)
    either.reload()
    assert not either.has_field(path_of(either)) or labels(either) == {}
    check(either)
