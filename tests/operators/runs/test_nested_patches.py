"""Objects in a field inside of another, as datasets have that were made of nested records."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def nested(make_dataset: Callable[..., "fo.Dataset"], blobs: np.ndarray) -> "fo.Dataset":
    """15 images with two objects each in `found.boxes`, their vectors being the blobs."""
    import fiftyone as fo

    def record(image: int) -> "fo.DynamicEmbeddedDocument":
        boxes = [[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 0.5, 1.0]]
        rows = blobs[2 * image : 2 * image + 2]
        made = [
            fo.Detection(label="half", bounding_box=box, vectors=row)
            for box, row in zip(boxes, rows, strict=True)
        ]
        return fo.DynamicEmbeddedDocument(boxes=fo.Detections(detections=made))

    dataset = make_dataset(15, found=[record(image) for image in range(15)])
    dataset.add_dynamic_sample_fields()
    dataset.add_sample_field("found.boxes.detections.vectors", fo.VectorField)
    return dataset


@pytest.mark.parametrize("as_view", [False, True])
def test_nested_objects_are_clustered_corrected_and_shown(
    plugin_part: Part, nested: "fo.Dataset", as_view: bool
) -> None:
    operators = plugin_part("operators")
    if as_view:
        report = operators.cluster_images(
            nested.to_patches("found.boxes"), embeddings_field="vectors"
        )
    else:
        report = operators.cluster_images(nested, "found.boxes", embeddings_field="vectors")
    assert report.run_key == "found_boxes_cluster"
    assert report.cluster_field == "found.boxes.detections.cluster"
    assert len(nested.load_saved_view(report.saved_view)) == 3
    operators.confirm_clusters(nested, ["c00000"], name="cat")
    assert nested.count_values(report.cluster_field)["cat"] == 10
    operators.visualize_clusters(nested, report.run_key, method="pca")
    operators.undo_correction(nested)
    assert "cat" not in nested.count_values(report.cluster_field)


def test_path_that_leads_to_no_objects_is_refused(plugin_part: Part, nested: "fo.Dataset") -> None:
    cluster = plugin_part("operators").cluster_images
    with pytest.raises(ValueError, match=r"^'found.boxes.detections' is not a Detections or Poly"):
        cluster(nested, "found.boxes.detections", embeddings_field="vectors")
    with pytest.raises(ValueError, match=r"^'patches_field' must start with a letter"):
        cluster(nested, "found..boxes", embeddings_field="vectors")
