"""What the operators' tests share: calls through the registry, blobs, a look at all there is."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]
State = Callable[["fo.Dataset"], dict[str, Any]]


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


class Stopped(Exception):  # noqa: N818
    """Raised by a progress function to cancel."""


@pytest.fixture
def stop_at() -> Callable[[str], Callable[[float, str], None]]:
    """Makes a progress function that cancels at a stage: `stop_at("Writing")`."""

    def make(stage: str) -> Callable[[float, str], None]:
        def progress(share: float, label: str) -> None:
            if label.startswith(stage):
                raise Stopped(label)

        return progress

    return make
