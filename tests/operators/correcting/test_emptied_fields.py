"""A cluster field that was emptied by other means, before anybody opened its review."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]

EMPTIED = r"^The field '{}' was emptied; load the run '{}' to restore it$"


def sizes(dataset: "fo.Dataset", path: str) -> list[int]:
    return sorted(dataset.count_values(path).values())


def test_run_of_an_emptied_field_is_loaded_as_the_refusal_says(
    plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    operators = plugin_part("operators")
    before = dict(zip(*clustered.values(["id", "cluster.label"]), strict=True))
    clustered.clear_sample_field("cluster")
    for read in (operators.review_progress, operators.assign_new_images):
        with pytest.raises(ValueError, match=EMPTIED.format("cluster", "cluster")):
            read(clustered)
    assert operators.load_run(clustered, "cluster")["restored"] == 30
    assert dict(zip(*clustered.values(["id", "cluster.label"]), strict=True)) == before
    assert operators.review_progress(clustered)["images"] == 30


def test_objects_that_an_old_view_of_patches_overwrote_get_their_clusters_back(
    plugin_part: Part, with_objects: "fo.Dataset"
) -> None:
    operators = plugin_part("operators")
    old_copy = with_objects.to_patches("objects")
    operators.cluster_images(with_objects, patches_field="objects", embeddings_field="vectors")
    old_copy.set_values("objects.label", ["part"] * 30)  # FiftyOne writes the whole objects back
    path = "objects.detections.cluster"
    assert with_objects.count(path) == 0
    with pytest.raises(ValueError, match=EMPTIED.format(path, "objects_cluster")):
        operators.review_progress(with_objects)
    operators.load_run(with_objects, "objects_cluster")
    assert sizes(with_objects, path) == [10, 10, 10]


def test_emptied_field_is_clustered_again(
    cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    clustered.clear_sample_field("cluster")
    assert cluster(clustered).counts["clustered"] == 30
    assert sizes(clustered, "cluster.label") == [10, 10, 10]


def test_images_taken_out_of_a_field_by_hand_stay_out_until_that_is_undone(
    write: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    before = clustered.count_values("cluster.label")
    clustered.skip(1).set_values("cluster", [None] * 29)
    assert plugin_part("operators").review_progress(clustered)["images"] == 1
    write.undo_correction(clustered)
    assert clustered.count_values("cluster.label") == before
