"""What the operators' tests share: calls through the registry, blobs, a look at all there is."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks.app_dataset import make_dataset as make_reviewed

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]
State = Callable[["fo.Dataset"], dict[str, Any]]
MANY = 3_000
CLASSES = ["a"] * 10 + ["b"] * 8 + ["c"] * 12

LABELS = [0] * 10 + [1] * 8 + [2] * 6 + [3] * 4 + [-1] * 2
PARTS = [0] * 6 + [1] * 4 + [2] * 8 + [3] * 3 + [4] * 3 + [5] * 4 + [6] * 2
PAIRS = {(0, 1): 0.9, (0, 2): 0.5, (1, 2): 0.3, (2, 3): 0.8}


@pytest.fixture
def run(plugin: ModuleType) -> Run:
    """Calls an operator through FiftyOne's registry: `run("list_runs", dataset)`."""
    import fiftyone.operators as foo

    def call(name: str, samples: object, /, **params: object) -> dict[str, Any]:
        return foo.get_operator(f"@autolabel/gcn/{name}")(samples, **params).result

    return call


@pytest.fixture(scope="session")
def blobs() -> np.ndarray:
    """Embeddings of 30 items in three far-apart groups of ten: rows 0-9, 10-19, 20-29."""
    rng = np.random.default_rng(51)
    centers = np.eye(3, 16).repeat(10, axis=0)
    rows = centers + rng.normal(0, 0.02, centers.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def embedded(make_dataset: Callable[..., "fo.Dataset"], blobs: np.ndarray) -> "fo.Dataset":
    """A dataset of 30 images with the blobs in its field `vectors`."""
    return make_dataset(30, vectors=list(blobs))


@pytest.fixture
def with_objects(make_dataset: Callable[..., "fo.Dataset"], blobs: np.ndarray) -> "fo.Dataset":
    """A dataset of 15 images with two objects each, their vectors being the blobs."""
    import fiftyone as fo

    def objects(image: int) -> "fo.Detections":
        boxes = [[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 0.5, 1.0]]
        rows = [2 * image, 2 * image + 1]
        return fo.Detections(
            detections=[
                fo.Detection(label="half", bounding_box=box, vectors=blobs[row])
                for box, row in zip(boxes, rows, strict=True)
            ]
        )

    dataset = make_dataset(15, objects=[objects(image) for image in range(15)])
    dataset.add_sample_field("objects.detections.vectors", fo.VectorField)
    return dataset


@pytest.fixture
def grouped(
    make_dataset: Callable[..., "fo.Dataset"], embedded: "fo.Dataset", blobs: np.ndarray
) -> "fo.Dataset":
    """15 groups of two slices; the blobs in `vectors` alternate between "left" and "right".

    Each image has an object with the same vector.
    """
    import fiftyone as fo

    dataset = make_dataset([])
    dataset.add_group_field("group", default="left")
    groups = [fo.Group() for _ in range(15)]
    for row, path in enumerate(embedded.values("filepath")):
        box = fo.Detection(label="one", bounding_box=[0, 0, 1, 1], vectors=blobs[row])
        sample = fo.Sample(filepath=path, vectors=blobs[row])
        sample["group"] = groups[row // 2].element(("left", "right")[row % 2])
        sample["objects"] = fo.Detections(detections=[box])
        dataset.add_sample(sample)
    dataset.add_sample_field("objects.detections.vectors", fo.VectorField)
    return dataset


@pytest.fixture
def state_of() -> State:
    """Takes down everything a user can see of a dataset, to compare it before and after."""

    def state(dataset: "fo.Dataset") -> dict[str, Any]:
        dataset.reload()
        samples = [sample.to_dict(include_private=True) for sample in dataset]
        for sample in samples:
            sample.pop("_last_modified_at", None)
            sample.pop("last_modified_at", None)
        return {
            "schema": sorted(dataset.get_field_schema(flat=True)),
            "samples": repr(samples),
            "runs": dataset.list_runs(),
            "views": dataset.list_saved_views(),
            "indexes": sorted(dataset.list_indexes()),
        }

    return state


@pytest.fixture
def write(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    """The functions that correct."""
    return plugin_part("operators.correcting")


@pytest.fixture
def cluster(plugin_part: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """Clusters samples by their field `vectors`, in place of an earlier run if there is one."""
    function = plugin_part("operators.runs.clustering").cluster_images

    def again(samples: Any, **params: object) -> Any:
        report = function(samples, embeddings_field="vectors", overwrite=True, **params)
        samples._root_dataset.reload()
        return report

    return again


@pytest.fixture
def clustered(cluster: Callable[..., Any], embedded: "fo.Dataset") -> "fo.Dataset":
    """The blobs, in the three clusters of a run."""
    cluster(embedded)
    return embedded


class Stopped(Exception):  # noqa: N818
    """Raised by a progress function to cancel."""


@pytest.fixture
def objects(cluster: Callable[..., Any], with_objects: "fo.Dataset") -> "fo.Dataset":
    """The blobs as objects of images, in the three clusters of a run."""
    cluster(with_objects, patches_field="objects")
    return with_objects


@pytest.fixture
def write_run(plugin_part: Callable[[str], ModuleType]) -> Callable[..., None]:
    """Writes a run without the networks: clusters of 10, 8, 6 and 4, and two of noise."""
    journal = plugin_part("operators.runs.journal")
    clusters = plugin_part("operators.data.clusters")
    resolve = plugin_part("operators.data.targets").resolve_target

    def write(
        samples: object,
        field: str = "cluster",
        key: str = "cluster",
        patches_field: str | None = None,
        pairs: Mapping[tuple[int, int], float] = PAIRS,
        **columns: object,
    ) -> None:
        target = resolve(samples, patches_field)
        items = target.items()
        stored: dict[str, Any] = {
            "ids": list(items.ids),
            "sample_ids": list(items.sample_ids) if target.root else None,
            "labels": LABELS[: len(items)],
            "confidence": np.random.default_rng(0).random(len(items)).round(6).tolist(),
            "parts": PARTS[: len(items)],
            "pairs": [list(pair) for pair in pairs],
            "strength": list(pairs.values()),
        } | columns
        config = {
            "counts": {"items": len(items), "clusters": len({*stored["labels"]} - {-1})},
            "embeddings": {"kind": "field", "embeddings_field": "vectors"},
        }
        with journal.Journal(target, key, field) as writer:
            writer.begin()
            for _, chunk, found in clusters.cluster_batches(stored):
                writer.write(chunk, found)
            writer.commit(config, stored, with_view=False)

    return write


@pytest.fixture
def fragments(write_run: Callable[..., None], embedded: "fo.Dataset") -> "fo.Dataset":
    """A run of two large clusters and five small ones that GCN-C connects to them."""
    labels = [0] * 10 + [1] * 10 + [2] * 3 + [3] * 2 + [4] * 2 + [5] * 2 + [6]
    confidence = np.linspace(0.2, 0.9, 30).round(3).tolist()
    pairs = {(0, 3): 0.6, (1, 2): 0.7, (0, 5): 0.8, (1, 4): 0.3, (2, 3): 0.9}
    write_run(embedded, labels=labels, parts=labels, confidence=confidence, pairs=pairs)
    return embedded


@pytest.fixture
def stop_at() -> Callable[[str], Callable[[float, str], None]]:
    """Makes a progress function that cancels at a stage: `stop_at("Writing")`."""

    def make(stage: str) -> Callable[[float, str], None]:
        def progress(share: float, label: str) -> None:
            if label.startswith(stage):
                raise Stopped(label)

        return progress

    return make


@pytest.fixture
def graded(clustered: "fo.Dataset") -> "fo.Dataset":
    """Three clusters of ten, and classes `kind` of which "c" reaches into the cluster of "b"."""
    import fiftyone as fo

    clustered.set_values("kind", [fo.Classification(label=name) for name in CLASSES])
    return clustered


@pytest.fixture
def graded_objects(objects: "fo.Dataset") -> "fo.Dataset":
    """Patches in three clusters; their own labels are the classes."""
    paths = "objects.detections"
    ids = objects.values(f"{paths}.id", unwind=True)
    labels = dict(zip(ids, CLASSES, strict=True))
    objects.set_label_values(f"{paths}.label", labels)
    return objects


def _card(name: str, size: int) -> dict[str, Any]:
    return {"name": name, "label": name, "sort_key": name, "size": size}


@pytest.fixture(scope="module")
def many_names(plugin_part: Callable[[str], ModuleType]) -> Iterator["fo.Dataset"]:
    """3,000 clusters, called "kind 0000" and so on; the earlier ones look larger.

    The names are written to the cards that lists are read from: 3,000 corrections take minutes.
    """
    from pymongo import UpdateOne

    dataset = make_reviewed(3 * MANY, MANY)[0]
    plugin_part("operators.corrections.reads").list_clusters(dataset)
    find_review = plugin_part("operators.corrections.documents.review").find_review
    tables = find_review(dataset, "cluster").tables
    cards = [
        UpdateOne(
            tables.query(cluster=number),
            {"$set": _card(f"kind {number:04d}", MANY - number)},
        )
        for number in range(MANY)
    ]
    tables.clusters.bulk_write(cards, ordered=False)
    yield dataset
    dataset.delete()


@pytest.fixture
def models(plugin_part: Callable[[str], ModuleType]) -> Iterator[ModuleType]:
    """The part of the plugin that keeps trained models, with none before and after the test."""
    part = plugin_part("operators.training.models")
    shutil.rmtree(part.models_folder(), ignore_errors=True)
    yield part
    shutil.rmtree(part.models_folder(), ignore_errors=True)


@pytest.fixture(scope="session")
def learnable() -> tuple[np.ndarray, list[str | None]]:
    """Embeddings of 96 items in 12 classes of 7, and 12 of unknown class."""
    rng = np.random.default_rng(7)
    numbers = np.arange(96) % 12
    vectors = rng.normal(size=(12, 16))[numbers] + rng.normal(size=(96, 16))
    classes = [None if row >= 84 else f"kind {number}" for row, number in enumerate(numbers)]
    return vectors.astype(np.float32), classes


@pytest.fixture
def labeled(
    make_dataset: Callable[..., "fo.Dataset"], learnable: tuple[np.ndarray, list[str | None]]
) -> "fo.Dataset":
    """A dataset of 96 images, the learnable vectors in `vectors` and their classes in `kind`."""
    vectors, classes = learnable
    dataset = make_dataset(96, vectors=list(vectors), kind=classes)
    return dataset
