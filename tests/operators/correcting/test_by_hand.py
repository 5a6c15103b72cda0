"""Labels that somebody gives in the cluster field itself after its review began: none is lost."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.dying import run_until_killed

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Check = Callable[["fo.Dataset"], None]
Ids = Callable[["fo.Dataset", str], list[str]]
Edit = Callable[["fo.Dataset", dict[str, str]], None]


def test_a_label_by_hand_is_not_written_over_by_a_correction_of_its_cluster(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    one, *others = ids_in(reviewed, "c00001")
    edit(reviewed, {one: "Ann"})
    report = write.confirm_clusters(reviewed, ["c00001"], name="Bob")
    noun = "patch" if reviewed.has_field("objects") else "image"
    said = f"Took over the label of 1 {noun} that was labeled outside of the review"
    assert report["notice"] == said
    assert ids_in(reviewed, "Ann") == [one]
    assert ids_in(reviewed, "Bob") == others
    check(reviewed)
    write.undo_correction(reviewed)
    write.undo_correction(reviewed)
    assert ids_in(reviewed, "c00001") == sorted([one, *others])
    check(reviewed)


def test_names_are_applied_as_they_are_in_the_field(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    one, *others = ids_in(reviewed, "Tom")
    edit(reviewed, {one: "Ann"})
    assert write.apply_labels(reviewed, "kind")["written"] == 10
    path = "objects.detections.kind" if reviewed.has_field("objects") else "kind.label"
    counts = reviewed.count_values(path)
    assert (counts["Ann"], counts["Tom"]) == (1, len(others))
    check(reviewed)


@pytest.mark.parametrize("label", ["Tom", "c00000"])
def test_what_was_put_into_a_cluster_by_hand_gets_its_label_where_only_that_one_is_written(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check, label: str
) -> None:
    edit(reviewed, {ids_in(reviewed, "c00001")[0]: label})
    assert write.apply_labels(reviewed, "kind", clusters=["Tom"])["written"] == 11
    check(reviewed)


def test_a_cluster_that_was_renamed_in_the_field_has_that_name(
    write: ModuleType, read: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    edit(reviewed, dict.fromkeys(ids_in(reviewed, "c00001"), "Ann"))
    write.apply_labels(reviewed, "kind")
    assert read.read_cluster(reviewed, "Ann")["cluster"] == "c00001"
    assert read.read_cluster(reviewed, "Ann")["confirmed"] == 0


def test_a_cluster_that_got_the_name_of_another_joins_it(
    write: ModuleType, read: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    edit(reviewed, dict.fromkeys(ids_in(reviewed, "c00001"), "tom"))
    edit(reviewed, dict.fromkeys(ids_in(reviewed, "c00002")[:1], "noise"))
    write.apply_labels(reviewed, "kind")
    assert read.read_cluster(reviewed, "Tom")["size"] == 18
    assert read.read_cluster(reviewed, "noise")["size"] == 3
    assert ids_in(reviewed, "tom") == []


def test_a_label_by_hand_lasts_when_clustered_again(
    plugin_part: Part, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    (one, two), named = ids_in(reviewed, "c00001")[:2], ids_in(reviewed, "Tom")
    edit(reviewed, {one: "Ann", two: "Ann", named[0]: "Ann"})
    plugin_part("operators").cluster_images(
        reviewed,
        patches_field="objects" if reviewed.has_field("objects") else None,
        embeddings_field="vectors",
        run_key="cluster",
        overwrite=True,
    )
    assert {one, two, named[0]} <= set(ids_in(reviewed, "Ann"))
    assert set(named[1:]) <= set(ids_in(reviewed, "Tom"))


def test_a_label_that_replaced_the_whole_value_counts_too(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    import fiftyone as fo

    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    sample = clustered[ids_in(clustered, "Tom")[0]]
    sample["cluster"] = fo.Classification(label="Ann", confidence=0.25)
    sample.save()
    write.apply_labels(clustered, "kind")
    clustered.reload()
    assert clustered[sample.id].kind.label == "Ann"
    assert clustered[sample.id].cluster.confirmed


def test_what_an_old_copy_of_patches_writes_back_is_no_label_by_hand(
    plugin_part: Part, write: ModuleType, objects: "fo.Dataset", ids_in: Ids
) -> None:
    write.confirm_clusters(objects, ["c00000"])
    old = objects.to_patches("objects")
    write.merge_clusters(objects, ["c00000", "c00001"], into="c00000")
    write.rename_cluster(objects, "c00000", "Tom")
    tom = ids_in(objects, "Tom")
    old.set_values("objects.label", ["part"] * 30)  # FiftyOne writes the whole objects back
    assert ids_in(objects, "Tom") == []
    assert write.confirm_clusters(objects, ["Tom"])["notice"] == ""
    plugin_part("operators").load_run(objects, "cluster")
    assert ids_in(objects, "Tom") == tom


def test_images_of_another_dataset_keep_their_names(
    plugin_part: Part,
    write: ModuleType,
    make_dataset: Callable[..., "fo.Dataset"],
    clustered: "fo.Dataset",
    cluster: Callable[..., Any],
    blobs: Any,
    ids_in: Ids,
    check: Check,
) -> None:
    other = make_dataset(60, vectors=[*blobs, *blobs])
    other.delete_samples(other[:30])
    cluster(other)
    write.confirm_clusters(other, ["c00000"], name="Ann")
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    clustered.merge_samples(other)
    assert plugin_part("operators").review_progress(clustered)["images"] == 30
    report = write.assign_new_images(clustered)
    assert (report["assigned"] + report["founded"], len(ids_in(clustered, "Ann"))) == (20, 10)
    assert clustered.count_values("cluster.confirmed")[True] == 20
    check(clustered)
    write.undo_correction(clustered)
    write.undo_correction(clustered)
    check(clustered)
    write.redo_correction(clustered)
    assert len(ids_in(clustered, "Ann")) == 10


def test_an_image_that_came_with_a_label_keeps_it_when_clustered_again(
    write: ModuleType, clustered: "fo.Dataset", cluster: Callable[..., Any], blobs: Any
) -> None:
    import fiftyone as fo

    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    label = fo.Classification(label="Ann")
    new = fo.Sample(filepath="/nowhere/new.png", vectors=blobs[0], cluster=label)
    clustered.add_samples([new])
    cluster(clustered)
    assert clustered[new.id].cluster.label == "Ann"
    assert clustered[new.id].cluster.confirmed
    assert clustered.count_values("cluster.label")["Tom"] == 10


def test_what_is_by_hand_goes_with_the_log(
    plugin_part: Part, write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    operators = plugin_part("operators")
    one = ids_in(reviewed, "c00001")[0]
    edit(reviewed, {one: "Ann"})
    write.confirm_clusters(reviewed, ["c00001"])
    log = write.export_corrections(reviewed)["lines"]
    operators.load_run(reviewed, "cluster", corrections=False)
    assert ids_in(reviewed, "Ann") == []
    assert write.import_corrections(reviewed, lines=log)["entries"] == 3
    assert ids_in(reviewed, "Ann") == [one]


def test_a_log_is_not_imported_over_labels_by_hand(
    plugin_part: Part, write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    operators = plugin_part("operators")
    write.confirm_clusters(reviewed, ["c00001"], name="Bob")
    log = write.export_corrections(reviewed)["lines"]
    operators.load_run(reviewed, "cluster", corrections=False)
    plugin_part("operators.corrections.writes.outside").notice_labels(reviewed)
    one, other = ids_in(reviewed, "c00001")[0], ids_in(reviewed, "c00002")[0]
    edit(reviewed, {one: "Ann", other: "Ann"})
    noun = "patch" if reviewed.has_field("objects") else "image"
    with pytest.raises(ValueError, match=f"write over the labels that 1 {noun} got outside"):
        write.import_corrections(reviewed, lines=log)
    assert ids_in(reviewed, "Ann") == sorted([one, other])
    edit(reviewed, {one: "c00001"})
    assert write.import_corrections(reviewed, lines=log)["entries"] == 2
    assert ids_in(reviewed, "Ann") == [other]


def test_a_log_that_only_renames_is_not_imported_over_labels_by_hand(
    plugin_part: Part, write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    write.rename_cluster(reviewed, "c00001", "Bob")
    log = write.export_corrections(reviewed)["lines"]
    plugin_part("operators").load_run(reviewed, "cluster", corrections=False)
    plugin_part("operators.corrections.writes.outside").notice_labels(reviewed)
    one = ids_in(reviewed, "c00001")[0]
    edit(reviewed, {one: "Ann"})
    with pytest.raises(ValueError, match="would write over the labels"):
        write.import_corrections(reviewed, lines=log)
    assert ids_in(reviewed, "Ann") == [one]


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_label_by_hand_is_noticed_where_another_image_took_its_place(
    plugin_part: Part,
    write: ModuleType,
    reviewed: "fo.Dataset",
    ids_in: Ids,
    edit: Edit,
    check: Check,
    is_seen: bool,
) -> None:
    """As many images as before have the label of the cluster."""
    if is_seen:
        plugin_part("operators.corrections.writes.outside").notice_labels(reviewed)
    write.confirm_clusters(reviewed, ["c00002"])
    leaves, joins = ids_in(reviewed, "c00001")[0], ids_in(reviewed, "c00002")[0]
    edit(reviewed, {leaves: "Ann", joins: "c00001"})
    write.confirm_clusters(reviewed, ["c00001"], name="Bob")
    assert ids_in(reviewed, "Ann") == [leaves]
    assert joins in ids_in(reviewed, "Bob")
    check(reviewed)


def test_a_label_by_hand_is_taken_over_before_its_run_is_loaded(
    plugin_part: Part,
    write: ModuleType,
    reviewed: "fo.Dataset",
    ids_in: Ids,
    edit: Edit,
    check: Check,
) -> None:
    load_run, one = plugin_part("operators").load_run, ids_in(reviewed, "c00001")[0]
    edit(reviewed, {one: "Ann"})
    assert "Took over the label of 1" in load_run(reviewed, "cluster")["notice"]
    assert ids_in(reviewed, "Ann") == [one]
    check(reviewed)
    write.undo_correction(reviewed)
    assert one in ids_in(reviewed, "c00001")
    assert load_run(reviewed, "cluster")["notice"] == ""
    assert one in ids_in(reviewed, "c00001")


def test_a_label_by_hand_of_a_run_that_nobody_reviewed_is_taken_over_too(
    plugin_part: Part,
    write: ModuleType,
    read: ModuleType,
    either: "fo.Dataset",
    ids_in: Ids,
    edit: Edit,
    check: Check,
) -> None:
    load_run, (one, two) = plugin_part("operators").load_run, ids_in(either, "c00001")[:2]
    edit(either, {one: "Ann"})
    if not either.has_field("objects"):
        either.set_values("cluster", {two: None}, key_field="id")
    assert "Took over the label of 1" in load_run(either, "cluster")["notice"]
    assert ids_in(either, "Ann") == [one]
    assert two in ids_in(either, "c00001")
    check(either)
    write.undo_correction(either)
    assert one in ids_in(either, "c00001")
    load_run(either, "cluster", corrections=False)
    edit(either, {one: "Ann"})
    load_run(either, "cluster", corrections=False)
    assert ids_in(either, "Ann") == []
    assert read.read_history(either)["total"] == 0


def test_a_cluster_id_by_hand_of_a_run_that_nobody_reviewed_is_taken_over_too(
    plugin_part: Part, either: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    load_run, one = plugin_part("operators").load_run, ids_in(either, "c00001")[0]
    edit(either, {one: "c00000"})
    assert "Took over the label of 1" in load_run(either, "cluster")["notice"]
    assert one in ids_in(either, "c00000")
    check(either)


# Opens a review and is killed before the field says what was recorded.
KILLED = """
part("corrections.writes.commit").carry_out = die
part("corrections.writes.opening").open_review(fo.load_dataset(sys.argv[1]), "cluster")
"""


def test_what_a_killed_opening_recorded_does_not_take_the_place_of_a_later_label(
    plugin_part: Part, either: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    one = ids_in(either, "c00001")[0]
    edit(either, {one: "Ann"})
    run_until_killed(KILLED, either.name)
    edit(either, {one: "Bob"})
    plugin_part("operators").load_run(either, "cluster")
    assert ids_in(either, "Bob") == [one]
    check(either)


def test_what_would_be_done_says_which_labels_by_hand_come_first(
    write: ModuleType, read: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    assert write.apply_labels(reviewed, "kind", dry_run=True)["notice"] == ""
    one = ids_in(reviewed, "c00001")[0]
    edit(reviewed, {one: "Ann"})
    noun = "patch" if reviewed.has_field("objects") else "image"
    said = f"The label of 1 {noun} that was labeled outside of the review is taken over first"
    assert write.apply_labels(reviewed, "kind", dry_run=True)["notice"] == said
    assert write.confirm_clusters(reviewed, ["c00001"], dry_run=True)["notice"] == said
    assert write.confirm_clusters(reviewed, ["c00002"], dry_run=True)["notice"] == said
    assert read.read_history(reviewed)["total"] == 1
    assert ids_in(reviewed, "Ann") == [one]


def test_what_placing_would_do_leaves_out_what_came_with_a_label(
    write: ModuleType, clustered: "fo.Dataset", blobs: Any
) -> None:
    import fiftyone as fo

    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    new = [fo.Sample(filepath=f"/nowhere/{row}.png", vectors=blobs[row]) for row in (0, 1)]
    new[0]["cluster"] = fo.Classification(label="Ann")
    clustered.add_samples(new)
    foretold = write.assign_new_images(clustered, dry_run=True)
    assert "1 image that was labeled" in foretold["notice"]
    done = write.assign_new_images(clustered)
    assert foretold["assigned"] + foretold["founded"] == done["assigned"] + done["founded"] == 1


@pytest.mark.parametrize("given", ["Tom", "tom", "c00000"])
def test_labels_of_one_cluster_are_those_of_its_images_as_the_field_says(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, given: str
) -> None:
    """An image that left the cluster, and another that came into it: their number is the same."""
    gone, come = ids_in(reviewed, "Tom")[0], ids_in(reviewed, "c00001")[0]
    edit(reviewed, {gone: "Ann", come: given})
    write.apply_labels(reviewed, "kind", clusters=["Tom"])
    path = "objects.detections.kind" if reviewed.has_field("objects") else "kind.label"
    root = path.rpartition(".")[0]
    ids = reviewed.values(f"{root}.id" if reviewed.has_field("objects") else "id", unwind=True)
    found = dict(zip(ids, reviewed.values(path, unwind=True), strict=True))
    assert (found[gone], found[come]) == (None, "Tom")


def test_labels_of_a_cluster_that_is_only_known_by_hand_are_written(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    edit(reviewed, dict.fromkeys(ids_in(reviewed, "c00001")[:3], "Ann"))
    assert write.apply_labels(reviewed, "kind", clusters=["Ann"])["written"] == 3
