from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Ids = Callable[["fo.Dataset", str], list[str]]


def labels(dataset: "fo.Dataset", field: str = "species") -> dict[str, int]:
    dataset.reload()
    path = f"objects.detections.{field}" if dataset.has_field("objects") else f"{field}.label"
    counts = dataset.count_values(path)
    return {label: number for label, number in counts.items() if label is not None}


@pytest.fixture
def named(write: ModuleType, either: "fo.Dataset") -> "fo.Dataset":
    write.confirm_clusters(either, ["c00000"], name="cat")
    write.confirm_clusters(either, ["c00001"], name="dog")
    write.rename_cluster(either, "c00002", "bird")  # named, not confirmed
    write.confirm_clusters(either, ["c00003"])  # confirmed, no name
    return either


def test_confirmed_names_become_labels_and_can_be_taken_back(
    write: ModuleType, named: "fo.Dataset"
) -> None:
    report = write.apply_labels(named, "species")
    assert (report["written"], report["conflicts"], report["unchanged"]) == (18, 0, 0)
    assert labels(named) == {"cat": 10, "dog": 8}
    assert write.apply_labels(named, "species")["unchanged"] == 18
    write.undo_correction(named)
    assert labels(named) == {}
    write.redo_correction(named)
    assert labels(named) == {"cat": 10, "dog": 8}


def test_labels_that_are_there_decide_nothing_by_themselves(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids
) -> None:
    import fiftyone as fo

    write.confirm_clusters(clustered, ["c00000"], name="cat")
    ids = ids_in(clustered, "cat")
    old = {
        ids[0]: fo.Classification(label="dog", confidence=0.5, tags=["mine"]),
        ids[1]: fo.Classification(label="cat"),
    }
    clustered.add_sample_field(
        "species", fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification
    )
    clustered.set_values("species", old, key_field="id")
    counted = write.apply_labels(clustered, "species", dry_run=True)
    assert (counted["written"], counted["conflicts"], counted["unchanged"]) == (8, 1, 1)
    assert counted["examples"] == [{"item": ids[0], "old": "dog", "new": "cat"}]
    with pytest.raises(ValueError, match=r"1 image has .* leave \('skip'\) or to replace"):
        write.apply_labels(clustered, "species")
    assert labels(clustered) == {"dog": 1, "cat": 1}
    write.apply_labels(clustered, "species", on_conflict="skip")
    assert labels(clustered) == {"dog": 1, "cat": 9}
    write.apply_labels(clustered, "species", on_conflict="overwrite")
    assert labels(clustered) == {"cat": 10}
    write.undo_correction(clustered)
    assert clustered[ids[0]].species.label == "dog"
    assert clustered[ids[0]].species.tags == ["mine"]
    assert clustered[ids[0]].species.confidence == 0.5


def test_labels_are_stored_as_fiftyone_stores_them(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids
) -> None:
    import fiftyone as fo

    write.confirm_clusters(clustered, ["c00000"], name="cat")
    ids = ids_in(clustered, "cat")
    held = clustered[ids[1]]  # a sample in the caller's hands
    write.apply_labels(clustered, "species")
    clustered.set_values("expected", {i: fo.Classification(label="cat") for i in ids}, "id")
    stored = list(clustered._sample_collection.find({"species.label": "cat"}))
    assert len({row["species"].pop("_id") for row in stored}) == len(stored) == 10
    assert all(row["expected"].pop("_id") for row in stored)
    assert [row["species"] for row in stored] == [row["expected"] for row in stored]
    assert held.species.label == "cat"
    assert all(row["last_modified_at"] > row["created_at"] for row in stored)
    write.undo_correction(clustered)
    assert clustered._sample_collection.count_documents({"species": None}) == 30
    assert held.species is None


def test_own_label_of_objects_can_be_replaced(write: ModuleType, objects: "fo.Dataset") -> None:
    write.confirm_clusters(objects, ["c00000"], name="cat")
    with pytest.raises(ValueError, match="10 patches have another label in 'objects"):
        write.apply_labels(objects, "label")
    write.apply_labels(objects, "label", on_conflict="overwrite")
    assert labels(objects, "label") == {"cat": 10, "half": 20}
    write.undo_correction(objects)
    assert labels(objects, "label") == {"half": 30}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"label_field": ""}, "Name the field"),
        ({"label_field": "a.b"}, "must start with a letter"),
        ({"label_field": "cluster"}, "holds the clusters"),
        ({"label_field": "vectors"}, "labels need a Classification field"),
        ({"label_field": "x", "clusters": ["c00002"]}, "'c00002' has no name or no confirmed"),
        ({"label_field": "x", "on_conflict": "maybe"}, "must be one of 'error', 'skip'"),
    ],
)
def test_unfit_fields_and_clusters_get_one_sentence(
    write: ModuleType, clustered: "fo.Dataset", params: dict[str, Any], sentence: str
) -> None:
    write.confirm_clusters(clustered, ["c00000"], name="cat")
    with pytest.raises(ValueError, match=sentence):
        write.apply_labels(clustered, **params)


def test_read_only_label_field_is_refused(write: ModuleType, clustered: "fo.Dataset") -> None:
    write.confirm_clusters(clustered, ["c00000"], name="cat")
    field = clustered.get_field("ground_truth")
    field.read_only = True
    field.save()
    with pytest.raises(ValueError, match="'ground_truth' is read-only; choose another field"):
        write.apply_labels(clustered, "ground_truth")


def test_without_names_there_is_nothing_to_apply(
    write: ModuleType, clustered: "fo.Dataset"
) -> None:
    with pytest.raises(ValueError, match="No cluster is named and confirmed yet"):
        write.apply_labels(clustered, "species")
    assert not clustered.has_field("species")


@pytest.mark.parametrize("chosen", [[], (), [""]])
def test_a_list_without_clusters_chooses_none(
    write: ModuleType, named: "fo.Dataset", chosen: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"^No cluster is chosen; .* or leave 'clusters' out"):
        write.apply_labels(named, "species", clusters=chosen)
    assert not named.has_field("species")
    assert not named.has_field("objects.detections.species")
    assert write.apply_labels(named, "species", clusters=None, dry_run=True)["written"] == 18


def test_undo_and_redo_leave_labels_that_were_changed_by_hand_since(
    write: ModuleType, either: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    write.confirm_clusters(either, ["c00000"], name="cat")
    write.apply_labels(either, "species")
    change_one(either, "lynx")
    report = write.undo_correction(either)
    assert labels(either) == {"lynx": 1}
    assert "another label since, which stays" in report["notice"]
    report = write.redo_correction(either)
    assert labels(either) == {"cat": 9, "lynx": 1}
    assert "has another label since, which stays" in report["notice"]
    change_one(either, "cat")
    assert write.undo_correction(either)["notice"] == ""
    assert labels(either) == {}


def change_one(dataset: "fo.Dataset", label: str) -> None:
    """Gives the first image or object that has a label another one, as a person would."""
    dataset.reload()
    if dataset.has_field("objects"):
        sample = next(s for s in dataset if any(one["species"] for one in s.objects.detections))
        next(one for one in sample.objects.detections if one["species"])["species"] = label
    else:
        sample = dataset.exists("species").first()
        sample = dataset[sample.id]
        sample["species"].label = label
    sample.save()


def test_the_clusters_of_another_run_are_no_labels(
    write: ModuleType, clustered: "fo.Dataset", write_run: Callable[..., None]
) -> None:
    write_run(clustered, field="other", key="other")
    write.confirm_clusters(clustered, ["c00000"], name="cat", run_key="cluster")
    with pytest.raises(ValueError, match="'other' holds the clusters of the run 'other'"):
        write.apply_labels(clustered, "other", run_key="cluster")


def test_an_image_that_several_corrections_labeled_counts_once(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids
) -> None:
    start = write.confirm_clusters(clustered, ["c00000"], name="cat")["seq"]
    write.apply_labels(clustered, "species")
    first, second = ids_in(clustered, "cat")[:2]
    clustered.set_values("species.label", {first: "lion"}, key_field="id")
    write.rename_cluster(clustered, "c00000", "dog")
    write.apply_labels(clustered, "species", on_conflict="overwrite")
    clustered.set_values("species.label", {second: "wolf"}, key_field="id")
    undone = write.undo_correction(clustered, to=start)
    assert labels(clustered) == {"lion": 1, "wolf": 1}
    assert undone["notice"] == "2 images have another label since, which stays"
    redone = write.redo_correction(clustered, to=undone["seq"] - 1)
    assert labels(clustered) == {"dog": 9, "wolf": 1}
    assert redone["notice"] == "1 image has another label since, which stays"


def test_a_label_that_somebody_emptied_is_none(
    write: ModuleType, either: "fo.Dataset", ids_in: Ids
) -> None:
    write.confirm_clusters(either, ["c00000"], name="cat")
    write.apply_labels(either, "species")
    change_one(either, "")
    assert write.apply_labels(either, "species")["written"] == 1
    assert labels(either) == {"cat": 10}
    write.undo_correction(either)
    assert labels(either) == {"cat": 9, "": 1}
    assert write.undo_correction(either)["notice"] == ""
    assert labels(either) == {}


def test_what_belongs_to_each_object_itself_is_no_label_field(
    write: ModuleType, objects: "fo.Dataset"
) -> None:
    write.confirm_clusters(objects, ["c00000"], name="cat")
    with pytest.raises(ValueError, match="'mask_path' is part of every object; choose 'label'"):
        write.apply_labels(objects, "mask_path")
    assert set(objects.values("objects.detections.mask_path", unwind=True)) == {None}
    assert write.apply_labels(objects, "label", on_conflict="overwrite")["written"] == 10


def test_predictions_with_many_logits_are_replaced_and_come_back(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids
) -> None:
    import fiftyone as fo

    write.confirm_clusters(clustered, ["c00000"], name="cat")
    write.confirm_clusters(clustered, ["c00001"], name="dog")
    ids = ids_in(clustered, "cat") + ids_in(clustered, "dog")
    # About 28 MB, of which 11 are in one label: no document of MongoDB holds more than 16.
    rng = np.random.default_rng(0)
    sizes = [3_000_000, *[250_000] * (len(ids) - 1)]
    clustered.set_values(
        "pred",
        {
            item: fo.Classification(label="fox", logits=rng.normal(size=size).astype(np.float32))
            for item, size in zip(ids, sizes, strict=True)
        },
        key_field="id",
    )
    before = clustered.values("pred.logits")
    report = write.apply_labels(clustered, "pred", on_conflict="overwrite")
    assert report["written"] == len(ids)
    assert labels(clustered, "pred") == {"cat": 10, "dog": 8}
    write.undo_correction(clustered)
    assert labels(clustered, "pred") == {"fox": 18}
    after = clustered.values("pred.logits")
    assert all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))
