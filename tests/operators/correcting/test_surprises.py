"""What others do to dataset, run and log between two corrections."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]
Part = Callable[[str], ModuleType]


def test_log_of_a_newer_version_or_a_damaged_one_gets_one_sentence(
    write: ModuleType, clustered: "fo.Dataset", open_review: Callable[..., Any], plugin_part: Part
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001"])
    tables = open_review(clustered).tables
    tables.log.update_one(tables.query(number=1), {"$set": {"version": 99}})
    with pytest.raises(ValueError, match="newer version of the plugin \\(format 99"):
        write.undo_correction(clustered)
    tables.log.update_one(tables.query(number=1), {"$set": {"version": 1}})
    tables.changes.update_one(tables.query(entry=1), {"$set": {"before": b"123"}})
    with pytest.raises(ValueError, match=r"correction 1 is damaged.* and Export corrections"):
        write.undo_correction(clustered)
    with pytest.raises(ValueError, match="record of correction 1 is damaged"):
        plugin_part("operators").load_run(clustered, "cluster")
    plugin_part("operators").load_run(clustered, "cluster", corrections=False)
    assert clustered.count_values("cluster.label")["c00001"] == 8


def delete_first(dataset: "fo.Dataset", number: int) -> None:
    """Deletes the first images or, one by one, patches: their images stay."""
    if not dataset.has_field("objects"):
        dataset.delete_samples(dataset.limit(number))
        return
    for sample in dataset.iter_samples(autosave=True):
        if number > 0:
            del sample.objects.detections[0]
            number -= 1


def test_what_was_deleted_meanwhile_is_passed_over_and_told(
    write: ModuleType, read: ModuleType, either: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    read.list_clusters(either)
    delete_first(either, 2)
    report = write.merge_clusters(either, ["c00000", "c00001"], into="c00001")
    assert report["vanished"] == 2
    noun = "patches" if either.has_field("objects") else "images"
    assert report["notice"].startswith(f"2 {noun} of it were deleted from the dataset")
    (row,) = [r for r in read.list_clusters(either)["clusters"] if r["cluster"] == "c00001"]
    assert row["size"] == 16
    check(either)
    assert write.confirm_clusters(either, ["c00001"])["images"] == 16
    write.undo_correction(either, to=0)
    assert sum(row[1] == "c00001" for row in fields_of(either)) == 8
    sizes = {row["cluster"]: row["size"] for row in read.list_clusters(either)["clusters"]}
    assert (sizes["c00000"], sizes["c00001"]) == (8, 8)
    check(either)


def test_patches_of_a_deleted_image_are_passed_over(
    write: ModuleType, read: ModuleType, objects: "fo.Dataset", check: Check
) -> None:
    read.list_clusters(objects)
    objects.delete_samples(objects.limit(1))
    assert write.merge_clusters(objects, ["c00000", "c00001"], into="c00001")["vanished"] == 2
    assert read.read_cluster(objects, "c00001")["size"] == 16
    check(objects)


def empty(sample: "fo.Sample", way: str) -> None:
    """Takes all patches of an image; FiftyOne stores no empty list, but leaves it out."""
    if way == "list":
        sample.objects.detections = []
    else:
        sample["objects"] = None
    sample.save()


@pytest.mark.parametrize("way", ["list", "field"])
def test_patches_of_an_image_that_lost_all_are_passed_over(
    write: ModuleType, read: ModuleType, objects: "fo.Dataset", check: Check, way: str
) -> None:
    write.confirm_clusters(objects, ["c00003"])
    empty(objects.first(), way)
    assert write.merge_clusters(objects, ["c00000", "c00001"], into="c00001")["vanished"] == 2
    assert read.read_cluster(objects, "c00001")["size"] == 16
    check(objects)
    write.undo_correction(objects, to=0)
    check(objects)


@pytest.mark.parametrize("way", ["list", "field"])
def test_placing_and_labels_are_taken_back_where_an_image_lost_its_patches(
    write: ModuleType,
    with_objects: "fo.Dataset",
    cluster: Callable[..., Any],
    fields_of: Fields,
    check: Check,
    way: str,
) -> None:
    cluster(with_objects.limit(12), patches_field="objects", run_key="cluster")
    write.assign_new_images(with_objects)
    with_objects.reload()
    placed = with_objects.last().objects.detections[0].cluster
    write.confirm_clusters(with_objects, [placed], name="cat")
    write.apply_labels(with_objects, "species")
    with_objects.reload()
    empty(with_objects.last(), way)
    assert "not written" not in write.undo_correction(with_objects, to=0)["notice"]
    check(with_objects)
    assert sum(row[1] is not None for row in fields_of(with_objects)) == 24
    assert with_objects.count("objects.detections.species") == 0


def test_page_of_a_cluster_shows_and_counts_what_is_there(
    write: ModuleType, read: ModuleType, either: "fo.Dataset", check: Check
) -> None:
    seq = read.list_clusters(either)["seq"]
    delete_first(either, 3)
    page = read.read_cluster(either, "c00000")
    assert (page["size"], len(page["items"]), sum(page["part_sizes"])) == (7, 7, 7)
    there = either.values("objects.detections.id" if either.has_field("objects") else "id")
    known = {one for row in there for one in (row if isinstance(row, list) else [row])}
    assert {item["item"] for item in page["items"]} <= known
    exemplars = [item["item"] for role in page["exemplars"].values() for item in role]
    assert set(exemplars) <= known
    assert page["seq"] == seq  # nothing was corrected
    (row,) = [r for r in read.list_clusters(either)["clusters"] if r["cluster"] == "c00000"]
    assert row["size"] == 7
    check(either)


def test_a_cluster_whose_last_image_was_deleted_is_gone(
    read: ModuleType, either: "fo.Dataset", ids_in: Callable[..., list[str]], check: Check
) -> None:
    total = read.list_clusters(either)["total"]
    gone = ids_in(either, "c00003")
    if either.has_field("objects"):
        for sample in either.iter_samples(autosave=True):
            kept = [one for one in sample.objects.detections if one.id not in gone]
            sample.objects.detections = kept
    else:
        either.delete_samples(gone)
    with pytest.raises(ValueError, match="It is gone, with the last of its images"):
        read.read_cluster(either, "c00003")
    assert read.list_clusters(either)["total"] == total - 1
    with pytest.raises(ValueError, match="There is no cluster 'c00003'"):
        read.read_cluster(either, "c00003")
    check(either)


def test_new_images_deleted_again_do_not_come_back_with_redo(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", check: Check
) -> None:
    import fiftyone as fo

    vector = clustered.first().vectors
    new = clustered.add_samples([fo.Sample(filepath=f"{i}.png", vectors=vector) for i in range(3)])
    assert write.assign_new_images(clustered)["images"] == 3
    write.undo_correction(clustered)
    clustered.delete_samples(new[:2])
    assert write.redo_correction(clustered)["vanished"] == 2
    assert sum(row["size"] for row in read.list_clusters(clustered)["clusters"]) == 29
    check(clustered)


def test_field_emptied_by_somebody_is_filled_again(
    write: ModuleType, read: ModuleType, either: "fo.Dataset", check: Check
) -> None:
    read.list_clusters(either)
    if either.has_field("objects"):
        for sample in either.limit(3).iter_samples(autosave=True):
            for one in sample.objects.detections:
                one["cluster"] = one["cluster_confidence"] = one["cluster_id"] = None
    else:
        either.limit(3).clear_sample_field("cluster")
    assert write.merge_clusters(either, ["c00000", "c00001"], into="c00001")["vanished"] == 0
    check(either)


def test_field_changed_by_other_means_is_taken_over(
    write: ModuleType,
    read: ModuleType,
    clustered: "fo.Dataset",
    ids_in: Callable[..., list[str]],
    check: Check,
) -> None:
    three, two, one = (ids_in(clustered, f"c0000{number}") for number in (3, 2, 1))
    clustered.set_values("cluster.label", dict.fromkeys(three, "Tom"), key_field="id")
    clustered.set_values("cluster.confirmed", dict.fromkeys(three, True), key_field="id")
    clustered.set_values("cluster.label", {two[0]: "Ann", two[1]: "c00001"}, key_field="id")
    (entry,) = read.read_history(clustered)["entries"]
    assert entry["kind"] == "adopt"
    assert read.read_cluster(clustered, "Tom")["state"] == "confirmed"
    assert read.read_cluster(clustered, "Ann")["size"] == 1
    assert read.read_cluster(clustered, "c00001")["size"] == len(one) + 1
    check(clustered)


def test_clone_has_a_review_of_its_own(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", check: Check
) -> None:
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    clone = clustered.clone(persistent=True)
    try:
        write.merge_clusters(clone, ["Tom", "c00001"])
        assert read.read_cluster(clone, "Tom")["size"] == 18
        assert read.read_cluster(clustered, "Tom")["size"] == 10
        check(clone)
    finally:
        clone.delete()


def test_everything_of_a_deleted_run_or_dataset_goes(
    write: ModuleType, plugin_part: Part, clustered: "fo.Dataset", open_review: Callable[..., Any]
) -> None:
    write.confirm_clusters(clustered, ["c00000"])
    tables = open_review(clustered).tables
    names = plugin_part("operators.corrections.documents.tables").DERIVED
    clone = clustered.clone(persistent=True)
    write.confirm_clusters(clone, ["c00001"])
    gone = open_review(clone).tables
    clone.delete()
    plugin_part("operators.runs.run_deletion").delete_run(clustered, "cluster")
    plugin_part("operators.corrections.documents.tables").sweep()
    for one in (tables, gone):
        assert one.head() is None
        counts = [
            getattr(one, name).count_documents(one.query()) for name in (*names, "log", "changes")
        ]
        assert counts == [0] * len(counts)


def test_run_deleted_in_another_window_gets_one_sentence(
    write: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    write.confirm_clusters(clustered, ["c00000"])
    plugin_part("operators.runs.run_deletion").delete_run(clustered, "cluster")
    with pytest.raises(ValueError, match="There is no clustering run yet"):
        write.confirm_clusters(clustered, ["c00000"])
    with pytest.raises(ValueError, match="There is no clustering run 'cluster'"):
        write.confirm_clusters(clustered, ["c00000"], run_key="cluster")


def test_several_runs_must_be_told_apart(
    write: ModuleType, clustered: "fo.Dataset", write_run: Callable[..., None]
) -> None:
    write_run(clustered, field="other", key="other")
    with pytest.raises(ValueError, match="Name a clustering run; there are 'cluster', 'other'"):
        write.confirm_clusters(clustered, ["c00000"])
    write.confirm_clusters(clustered, ["c00000"], run_key="other")
    assert clustered.count_values("other.confirmed")[True] == 10
    assert clustered.count_values("cluster.confirmed") == {False: 30}


def test_read_only_field_is_refused_before_anything_is_written(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", fields_of: Fields
) -> None:
    before = fields_of(clustered)
    read.list_clusters(clustered)
    field = clustered.get_field("cluster")
    field.read_only = True
    field.save()
    with pytest.raises(ValueError, match="'cluster' is read-only, so its clusters cannot be"):
        write.merge_clusters(clustered, ["c00000", "c00001"])
    field.read_only = False
    field.save()
    assert fields_of(clustered) == before
    assert read.read_history(clustered)["total"] == 0


def test_a_field_that_is_somebody_elses_now_is_not_corrected(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset"
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001"])
    clustered.delete_sample_field("cluster")
    clustered.clone_sample_field("ground_truth", "cluster")
    for act in (
        lambda: read.list_clusters(clustered),
        lambda: write.merge_clusters(clustered, ["c00000", "c00002"]),
        lambda: write.undo_correction(clustered),
    ):
        with pytest.raises(ValueError, match="'cluster' is no longer that of the run 'cluster'"):
            act()
    assert clustered.values("cluster.label") == clustered.values("ground_truth.label")


def test_deleted_field_can_be_loaded_again(
    write: ModuleType, plugin_part: Part, clustered: "fo.Dataset", check: Check
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001"])
    clustered.delete_sample_field("cluster")
    with pytest.raises(ValueError, match="'cluster' was deleted; load the run 'cluster'"):
        write.undo_correction(clustered)
    plugin_part("operators").load_run(clustered, "cluster")
    check(clustered)


@pytest.mark.parametrize("based_on", [-1, 7, "x", True])
def test_forged_state_numbers_are_refused(
    write: ModuleType, clustered: "fo.Dataset", based_on: Any
) -> None:
    with pytest.raises(ValueError, match="'based_on' must be"):
        write.merge_clusters(clustered, ["c00000", "c00001"], based_on=based_on)


def test_database_gone_between_two_clicks_gets_one_sentence(
    write: ModuleType, clustered: "fo.Dataset", monkeypatch: pytest.MonkeyPatch, plugin_part: Part
) -> None:
    import pymongo

    dead = pymongo.MongoClient("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50")
    tables = plugin_part("operators.corrections.documents.tables")
    write.confirm_clusters(clustered, ["c00000"])
    monkeypatch.setattr(tables, "get_db_conn", lambda: dead["gone"])
    with pytest.raises(ConnectionError, match="connection to the database was lost while correct"):
        write.merge_clusters(clustered, ["c00000", "c00001"])
    monkeypatch.undo()
    dead.close()
    assert write.merge_clusters(clustered, ["c00000", "c00001"])["images"] == 8
