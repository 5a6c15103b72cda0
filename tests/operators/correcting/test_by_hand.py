"""Labels that somebody gives in the cluster field itself after its review began: none is lost."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Check = Callable[["fo.Dataset"], None]
Ids = Callable[["fo.Dataset", str], list[str]]
Edit = Callable[["fo.Dataset", dict[str, str]], None]


@pytest.fixture
def edit() -> Edit:
    """Gives items another label, as the App's tab *Annotate* does."""

    def change(dataset: "fo.Dataset", labels: dict[str, str]) -> None:
        if dataset.has_field("objects"):
            dataset.set_label_values("objects.detections.cluster", labels)
        else:
            dataset.set_values("cluster.label", labels, key_field="id")

    return change


@pytest.fixture
def reviewed(write: ModuleType, either: "fo.Dataset") -> "fo.Dataset":
    """A run of which one cluster is confirmed as "Tom"."""
    write.confirm_clusters(either, ["c00000"], name="Tom")
    return either


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
