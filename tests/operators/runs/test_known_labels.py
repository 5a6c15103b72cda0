"""Clustering images of which some have a label already."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Cluster = Callable[..., Any]

KNOWN = {0: "Tom", 1: "Tom", 10: "Ann", 20: "Eve"}
"""Labels of images of the three blobs."""


def label(dataset: "fo.Dataset", labels: dict[int, str], field: str = "person") -> None:
    """Gives some of the images a label."""
    import fiftyone as fo

    dataset.add_sample_field(field, fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification)
    ids = dataset.values("id")
    values = {ids[row]: fo.Classification(label=name) for row, name in labels.items()}
    dataset.set_values(field, values, key_field="id")


@pytest.fixture
def labeled(embedded: "fo.Dataset") -> "fo.Dataset":
    label(embedded, KNOWN)
    return embedded


@pytest.fixture
def error(plugin_part: Part) -> type[Exception]:
    return plugin_part("operators.base.params").ParameterError


def columns(dataset: "fo.Dataset") -> list[list[Any]]:
    dataset.reload()
    return dataset.values(["cluster.label", "cluster.confirmed"])


def test_clusters_take_the_names_of_labels_and_labeled_images_are_confirmed(
    cluster: Cluster, labeled: "fo.Dataset"
) -> None:
    report = cluster(labeled, label_field="person")
    labels, confirmed = columns(labeled)
    assert labels == ["Tom"] * 10 + ["Ann"] * 10 + ["Eve"] * 10
    assert [row for row, sure in enumerate(confirmed) if sure] == sorted(KNOWN)
    kept = report.corrections
    assert (kept["is_review"], kept["confirmed"], kept["names"]) == (False, 0, 0)
    assert kept["labeled"] == {
        "field": "person",
        "images": 4,
        "new": 4,
        "names": 3,
        "contradicted": 0,
        "unusable": 0,
    }
    assert labeled.get_run_info("cluster").config.params["label_field"] == "person"


def test_labels_hold_together_and_apart_what_the_model_would_not(
    cluster: Cluster, embedded: "fo.Dataset"
) -> None:
    known = {row: "odd" for row in (0, 10)} | {row: "even" for row in (1, 11)}
    label(embedded, known)
    report = cluster(embedded, label_field="person")
    labels, _ = columns(embedded)
    assert {row: labels[row] for row in known} == known
    assert report.corrections["doubted"] > 0


def test_the_review_knows_them_and_they_become_labels_of_the_rest(
    cluster: Cluster, write: ModuleType, labeled: "fo.Dataset"
) -> None:
    cluster(labeled, label_field="person")
    write.confirm_clusters(labeled, ["Tom"])
    report = write.apply_labels(labeled, "person")
    assert (report["written"], report["unchanged"], report["conflicts"]) == (8, 4, 0)
    labeled.reload()
    assert labeled.values("person.label")[:10] == ["Tom"] * 10


def test_what_was_confirmed_in_the_review_stays_and_the_report_counts_the_contradiction(
    cluster: Cluster, write: ModuleType, labeled: "fo.Dataset"
) -> None:
    cluster(labeled)
    ids = labeled.values("id")
    write.move_to_cluster(labeled, ids[:2], name="Bob")  # both are labeled "Tom"
    report = cluster(labeled, label_field="person")
    labels, confirmed = columns(labeled)
    assert (labels[0], labels[1], labels[10], labels[20]) == ("Bob", "Bob", "Ann", "Eve")
    assert all(confirmed[row] for row in KNOWN)
    kept = report.corrections
    assert (kept["is_review"], kept["confirmed"], kept["names"]) == (True, 2, 1)
    assert (kept["labeled"]["images"], kept["labeled"]["contradicted"]) == (2, 2)


def test_what_is_corrected_while_the_networks_work_counts_too(
    cluster: Cluster, write: ModuleType, labeled: "fo.Dataset"
) -> None:
    cluster(labeled)
    ids, done = labeled.values("id"), list[str]()

    def progress(share: float, what: str) -> None:
        if share > 0.6 and not done:
            done.append(what)
            write.move_to_cluster(labeled, ids[5:6], name="Bob")

    cluster(labeled, label_field="person", progress=progress)
    labels, _ = columns(labeled)
    assert (labels[5], labels[0], labels[10]) == ("Bob", "Tom", "Ann")


def test_clusters_confirmed_in_another_run_are_labels_too(
    cluster: Cluster, write: ModuleType, plugin_part: Part, embedded: "fo.Dataset"
) -> None:
    cluster(embedded, cluster_field="first")
    first = embedded.values("first.cluster_id")
    write.confirm_clusters(embedded, [first[0]], name="Tom", run_key="first")
    cluster(embedded, cluster_field="second", label_field="first")
    embedded.reload()
    second = embedded.values("second.label")
    assert second[:10] == ["Tom"] * 10
    assert "Tom" not in second[10:]
    assert embedded.values("second.confirmed") == [True] * 10 + [False] * 20


def test_objects_know_their_own_labels_and_attributes(
    cluster: Cluster, with_objects: "fo.Dataset"
) -> None:
    import fiftyone as fo

    with_objects.add_sample_field("objects.detections.kind", fo.StringField)
    sample = with_objects.first()
    sample.objects.detections[0].kind = "left"
    sample.objects.detections[1].kind = "left"
    sample.save()
    cluster(with_objects, patches_field="objects", label_field="kind")
    with_objects.reload()
    names = with_objects.values("objects.detections.cluster", unwind=True)
    assert names[:10] == ["left"] * 10


def test_an_image_without_an_embedding_keeps_its_label_to_itself(
    cluster: Cluster, labeled: "fo.Dataset"
) -> None:
    first = labeled.first()
    first["vectors"] = None
    first.save()
    report = cluster(labeled, label_field="person")
    labels, confirmed = columns(labeled)
    assert (labels[0], labels[1:10]) == (None, ["Tom"] * 9)
    assert sum(bool(each) for each in confirmed) == report.corrections["labeled"]["images"] == 3


def test_labels_are_refused_before_embeddings_are_computed(
    plugin_part: Part, dataset: "fo.Dataset", error: type[Exception]
) -> None:
    label(dataset, {})
    with pytest.raises(error, match="has no label for any"):
        plugin_part("operators.runs.clustering").cluster_images(dataset, label_field="person")
    dataset.reload()
    assert not dataset.has_sample_field("gcn_embedding")


def test_a_label_that_cannot_name_a_cluster_is_taken_as_none(
    cluster: Cluster, embedded: "fo.Dataset"
) -> None:
    label(embedded, {0: "Tom", 1: "noise", 2: "c00001", 10: "x" * 300})
    report = cluster(embedded, label_field="person")
    assert report.corrections["labeled"]["unusable"] == 3
    labels, confirmed = columns(embedded)
    assert (labels[:10], sum(confirmed)) == (["Tom"] * 10, 1)


@pytest.mark.parametrize(
    ("labels", "field", "sentence"),
    [
        ({}, "person", "'person' has no label for any of 30 images to cluster"),
        ({0: "noise"}, "person", "no label for any .* their labels cannot name clusters"),
        (
            {row: f"image {row}" for row in range(30)},
            "person",
            r"'person' has another label for each .* \(got 30 labels\)",
        ),
        ({0: "a"}, "cluster", "'cluster' is to hold the clusters"),
        ({0: "a"}, "persons", "has no field 'persons' with classes"),
        ({0: "a"}, "vectors", "'vectors' .* does not hold one class per image"),
    ],
    ids=["no labels", "no names", "all different", "own field", "no such field", "no labels field"],
)
def test_labels_that_cannot_be_used_are_refused_and_nothing_changes(
    cluster: Cluster,
    embedded: "fo.Dataset",
    state_of: Callable[..., Any],
    error: type[Exception],
    labels: dict[int, str],
    field: str,
    sentence: str,
) -> None:
    label(embedded, labels)
    before = state_of(embedded)
    with pytest.raises(error, match=sentence):
        cluster(embedded, label_field=field)
    assert state_of(embedded) == before
