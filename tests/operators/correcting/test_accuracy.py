"""The accuracy on every page is that of `review_progress`, and is never out of date."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.operators.correcting.test_log import random_correction

if TYPE_CHECKING:
    import fiftyone as fo

Fields = Callable[["fo.Dataset"], list[Any]]
Part = Callable[[str], ModuleType]

CLASSES = [None, "", "b", "a", "é", "🐈"]


def set_truth(dataset: "fo.Dataset", rng: np.random.Generator) -> str:
    """Gives most items a class; few classes, so that majorities and ties are frequent."""
    import fiftyone as fo

    drawn = [CLASSES[row] for row in rng.integers(0, len(CLASSES), 30)]
    if dataset.has_field("objects"):
        ids = dataset.values("objects.detections.id", unwind=True)
        values = dict(zip(ids, drawn, strict=True))
        dataset.set_label_values("objects.detections.kind", values, dynamic=True)
        return "kind"
    labels = [None if label is None else fo.Classification(label=label) for label in drawn]
    dataset.set_values("kind", labels)
    return "kind"


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("most", [0, 100_000])
def test_it_is_that_of_all_labels_after_any_correction(
    write: ModuleType,
    read: ModuleType,
    plugin_part: Part,
    either: "fo.Dataset",
    fields_of: Fields,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    most: int,
) -> None:
    monkeypatch.setattr(plugin_part("operators.corrections.reads.accuracy"), "MOST_NAMED", most)
    rng = np.random.default_rng(seed)
    ids = [row[0] for row in fields_of(either)]
    seen = set()
    for _ in range(25):
        random_correction(write, read, either, ids, rng)
        field = set_truth(either, rng)
        full = read.review_progress(either, ground_truth=field)
        quick = read.quick_progress(either, ground_truth=field)
        assert quick == {name: full[name] for name in quick}
        seen.add(quick["accuracy"])
    assert len(seen) > 5


def test_numbers_are_compared_as_text(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset"
) -> None:
    import fiftyone as fo

    clustered.add_sample_field("age", fo.IntField)
    clustered.set_values("age", [9, 10] * 15)  # "10" comes before "9"
    write.confirm_clusters(clustered, ["c00000", "c00001", "c00002"])
    full = read.review_progress(clustered, ground_truth="age")["accuracy"]
    assert read.quick_progress(clustered, ground_truth="age")["accuracy"] == full == 0.5


def test_labels_that_somebody_edits_count_at_once(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", ids_in: Callable[..., list[str]]
) -> None:
    write.confirm_clusters(clustered, ["c00000"])
    items = ids_in(clustered, "c00000")
    clustered.set_values("kind", dict.fromkeys(items, "a"), key_field="id")
    accuracy = [read.quick_progress(clustered, ground_truth="kind")["accuracy"]]
    # Past FiftyOne, which would tell when a sample was modified.
    from bson import ObjectId

    where = {"_id": {"$in": [ObjectId(item) for item in items[:3]]}}
    clustered._sample_collection.update_many(where, {"$set": {"kind": "b"}})
    accuracy.append(read.quick_progress(clustered, ground_truth="kind")["accuracy"])
    clustered.delete_samples(items[3:6])
    accuracy.append(read.quick_progress(clustered, ground_truth="kind")["accuracy"])
    assert accuracy == [1.0, 0.7, 4 / 7]


def test_what_is_put_aside_as_noise_is_neither_right_nor_wrong(
    write: ModuleType, read: ModuleType, either: "fo.Dataset"
) -> None:
    field = "objects.detections.kind" if either.has_field("objects") else "kind"
    either.set_values(field, [["a", "a"]] * 15 if "." in field else ["a"] * 30, dynamic=True)
    write.confirm_clusters(either, ["noise"])
    for measure in (read.quick_progress, read.review_progress):
        assert measure(either, ground_truth="kind")["accuracy"] is None
    write.confirm_clusters(either, ["c00001"])
    for measure in (read.quick_progress, read.review_progress):
        assert measure(either, ground_truth="kind")["accuracy"] == 1.0
    full = read.review_progress(either, ground_truth="kind")
    assert full["accuracy_all"] == 1 - full["noise"] / full["images"]


@pytest.mark.parametrize("confirms", [False, True])
def test_labels_of_images_outside_the_run_are_none(
    write: ModuleType, read: ModuleType, either: "fo.Dataset", confirms: bool
) -> None:
    import fiftyone as fo

    extra = fo.Sample(filepath="extra.png")
    if either.has_field("objects"):
        extra["objects"] = fo.Detections(detections=[fo.Detection(label="x", kind="a")])
        either.add_sample_field("objects.detections.kind", fo.StringField)
    else:
        extra["kind"] = "a"
    if confirms:
        write.confirm_clusters(either, ["c00001"])
    either.add_sample(extra)
    for measure in (read.quick_progress, read.review_progress):
        with pytest.raises(ValueError, match=r"'kind' has no labels .*; choose another"):
            measure(either, ground_truth="kind")


def test_what_is_no_label_is_refused(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset"
) -> None:
    write.confirm_clusters(clustered, ["c00001"])
    for measure in (read.quick_progress, read.review_progress):
        with pytest.raises(ValueError, match=r"'vectors' does not hold one .*; choose a field"):
            measure(clustered, ground_truth="vectors")
        with pytest.raises(ValueError, match="There is no field 'x'"):
            measure(clustered, ground_truth="x")


def test_a_label_that_somebody_emptied_is_no_class(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", plugin_part: Part
) -> None:
    evaluate = plugin_part("operators.evaluation.evaluation").evaluate_clusters
    write.confirm_clusters(clustered, ["c00000"])
    kinds = dict.fromkeys(clustered.values("id"), "")
    kinds |= dict.fromkeys(clustered.match({"cluster.cluster_id": "c00000"}).values("id")[:4], "a")
    clustered.set_values("kind", kinds, key_field="id")
    assert read.review_progress(clustered, ground_truth="kind")["accuracy_all"] == 1
    assert read.quick_progress(clustered, ground_truth="kind")["accuracy"] == 1
    assert evaluate(clustered, label_field="kind").counts["evaluated"] == 4


def test_labels_of_objects_are_called_as_evaluate_clusters_calls_them(
    read: ModuleType, write: ModuleType, objects: "fo.Dataset"
) -> None:
    write.confirm_clusters(objects, ["c00000"])
    set_truth(objects, np.random.default_rng(0))
    progress = read.review_progress
    root = "objects.detections"
    for names in (("label", "objects", f"{root}.label"), ("kind", f"{root}.kind")):
        first, *others = (progress(objects, ground_truth=name)["scores"] for name in names)
        assert all(other == first for other in others)
    with pytest.raises(ValueError, match=f"There is no field '{root}.kin'; did you mean 'kind'?"):
        progress(objects, ground_truth="kin")
