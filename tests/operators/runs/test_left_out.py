"""What the form says before a part of a run is clustered again."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Told = Callable[..., list[str]]


@pytest.fixture
def told(plugin_part: Callable[[str], ModuleType]) -> Told:
    """What is said of a target: `told(view, keep_corrections=False)`."""
    params = plugin_part("operators.base.params")
    kinds = plugin_part("operators.base.operator_params")
    prepare = plugin_part("operators.runs.clustering").prepare_clustering
    text = plugin_part("operators.runs.left_out").left_out_text

    def say(samples: Any, **values: object) -> list[str]:
        return text(*prepare(samples, params.parse(kinds.ClusterImagesParams, values)))

    return say


def test_unconfirmed_images_outside_the_target_are_counted_before_they_lose_their_cluster(
    told: Told, write: ModuleType, clustered: "fo.Dataset"
) -> None:
    key = clustered.first().cluster.cluster_id
    write.confirm_clusters(clustered, [key])
    view = clustered.skip(5).limit(12)
    assert told(view, overwrite=True) == [
        "12 images will be clustered, and 13 others that are not confirmed will lose the cluster "
        "that they have; take the dataset or a larger view to cluster them too"
    ]
    (both,) = told(view, overwrite=True, keep_corrections=False)
    assert "18 others, confirmed or not, will lose" in both


def test_the_number_foretold_is_the_number_emptied(
    told: Told, write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    write.confirm_clusters(clustered, [clustered.first().cluster.cluster_id])
    view = clustered.skip(5).limit(12)
    (sentence,) = told(view, overwrite=True)
    assert f"and {cluster(view).counts['emptied']} others" in sentence


def test_nothing_is_said_where_no_image_loses_its_cluster(
    told: Told, write: ModuleType, clustered: "fo.Dataset"
) -> None:
    assert told(clustered, overwrite=True) == []
    assert told(clustered.view(), overwrite=True) == []
    assert told(clustered.sort_by("filepath"), overwrite=True) == []
    assert told(clustered.limit(12), cluster_field="other") == []
    write.confirm_clusters(clustered, [clustered.last().cluster.cluster_id])
    assert told(clustered.limit(20), overwrite=True) == []


@pytest.mark.parametrize("is_patches_view", [False, True])
def test_patches_are_counted_too(
    told: Told, graded_objects: "fo.Dataset", is_patches_view: bool
) -> None:
    view = graded_objects.limit(6)
    params: dict[str, Any] = {"patches_field": "objects", "overwrite": True}
    if is_patches_view:
        view, params = view.to_patches("objects"), {"overwrite": True}
    (sentence,) = told(view, **params)
    assert sentence.startswith("12 patches will be clustered, and 18 others that are not conf")
    cure = "leave this view and choose the patches field 'objects' to cluster them too"
    assert sentence.endswith(cure) == is_patches_view  # no form of patches offers the dataset


def test_views_that_leave_the_clusters_out_are_counted_too(
    told: Told, clustered: "fo.Dataset"
) -> None:
    part = clustered.limit(12)
    (sentence,) = told(part, overwrite=True)
    for view in (part.exclude_fields("cluster"), part.select_fields("vectors")):
        assert told(view, overwrite=True) == [sentence]


def test_patches_that_were_copied_before_they_had_clusters_are_counted_too(
    told: Told, run: Callable[..., dict[str, Any]], with_objects: "fo.Dataset"
) -> None:
    old_copy = with_objects.to_patches("objects").limit(12)
    run("cluster_images", with_objects, patches_field="objects", embeddings_field="vectors")
    assert told(old_copy, overwrite=True) == [
        "12 patches will be clustered, and 18 others that are not confirmed will lose the cluster "
        "that they have; leave this view and choose the patches field 'objects' to cluster them too"
    ]
    again = run("cluster_images", old_copy, embeddings_field="vectors", overwrite=True)
    assert again["counts"]["clustered"] == 12
