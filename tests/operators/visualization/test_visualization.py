"""The map of a run and its workspace: made, made again, renamed and deleted with the run."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def module(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.visualization.visualization")


def test_map_places_each_image_and_opens_colored_by_cluster(
    module: ModuleType, clustered: "fo.Dataset"
) -> None:
    report = module.visualize_clusters(clustered, method="pca")
    assert report == {
        "run_key": "cluster",
        "brain_key": "cluster_map",
        "workspace": "cluster: review",
        "is_new": True,
    }
    found: Any = clustered.load_brain_results("cluster_map")
    assert found.points.shape == (30, 2)
    assert sorted(found.sample_ids) == sorted(clustered.values("id"))
    text = repr(clustered.load_workspace("cluster: review").to_dict())
    for word in ("cluster_map", "cluster.label", "cluster_review", "Samples"):
        assert word in text


def test_objects_are_mapped_too(module: ModuleType, objects: "fo.Dataset") -> None:
    report = module.visualize_clusters(objects, method="pca")
    found: Any = objects.load_brain_results(report["brain_key"])
    assert found.points.shape == (30, 2)


@pytest.mark.parametrize("method", ["lda", 3, ["pca"], "x" * 10_000])
def test_unknown_method_is_refused(
    module: ModuleType, clustered: "fo.Dataset", method: object
) -> None:
    with pytest.raises(ValueError, match="'method' must be one of 'umap', 'tsne', 'pca'"):
        module.visualize_clusters(clustered, method=method)
    assert clustered.list_brain_runs() == []


def test_map_is_computed_again_only_when_asked(module: ModuleType, clustered: "fo.Dataset") -> None:
    module.visualize_clusters(clustered, method="pca")
    first = clustered.get_brain_info("cluster_map").timestamp
    assert not module.visualize_clusters(clustered, method="pca")["is_new"]
    assert clustered.get_brain_info("cluster_map").timestamp == first
    assert module.visualize_clusters(clustered, method="pca", overwrite=True)["is_new"]
    assert clustered.get_brain_info("cluster_map").timestamp > first


def test_map_by_another_method_is_another_map(
    module: ModuleType, make_dataset: Callable[..., "fo.Dataset"], plugin_part: Part
) -> None:
    dataset = make_dataset(60, vectors=list(np.random.default_rng(0).normal(size=(60, 64))))
    plugin_part("operators.runs.clustering").cluster_images(dataset, embeddings_field="vectors")
    module.visualize_clusters(dataset, method="pca")
    assert module.visualize_clusters(dataset, method="tsne")["is_new"]
    assert dataset.get_brain_info("cluster_map").config.method == "tsne"
    assert not module.visualize_clusters(dataset, method="tsne")["is_new"]


def test_without_a_method_the_map_that_is_there_will_do(
    module: ModuleType, clustered: "fo.Dataset"
) -> None:
    module.visualize_clusters(clustered, method="pca")
    assert not module.visualize_clusters(clustered)["is_new"]
    assert module.visualize_clusters(clustered, overwrite=True)["is_new"]
    assert clustered.get_brain_info("cluster_map").config.method == "pca"


def test_method_that_fails_gets_one_sentence_and_leaves_no_half_of_a_map(
    module: ModuleType, make_dataset: Callable[..., "fo.Dataset"], plugin_part: Part
) -> None:
    dataset = make_dataset(6, vectors=[[float(number)] for number in range(1, 7)])
    plugin_part("operators.runs.clustering").cluster_images(dataset, embeddings_field="vectors")
    sentence = r"^'pca' cannot map these embeddings \(n_components=2 .*; choose another method"
    with pytest.raises(ValueError, match=sentence):
        module.visualize_clusters(dataset, method="pca")  # of one number, there is no plane
    assert dataset.list_brain_runs() == []


@pytest.mark.parametrize(("number", "dimension"), [(2, 16), (3, 2), (4, 60), (12, 16), (30, 16)])
def test_few_images_and_short_vectors_are_mapped(
    module: ModuleType,
    make_dataset: Callable[..., "fo.Dataset"],
    plugin_part: Part,
    number: int,
    dimension: int,
) -> None:
    vectors = np.random.default_rng(0).normal(size=(number, dimension))
    dataset = make_dataset(number, vectors=list(vectors))
    plugin_part("operators.runs.clustering").cluster_images(dataset, embeddings_field="vectors")
    if number < 4:
        sentence = r"^'umap' needs at least 4 images with an embedding \(got [23]\); choose 'pca'"
        with pytest.raises(ValueError, match=sentence):
            module.visualize_clusters(dataset)
        assert dataset.list_brain_runs() == []
    for method in ("tsne", "pca"):
        module.visualize_clusters(dataset, method=method)
        points = np.asarray(dataset.load_brain_results("cluster_map").points)
        assert points.shape == (number, 2)
        assert np.isfinite(points).all()


def test_few_objects_and_embeddings_of_brain_are_mapped(
    module: ModuleType, clustered: "fo.Dataset", with_objects: "fo.Dataset", plugin_part: Part
) -> None:
    import fiftyone.brain as fob

    cluster = plugin_part("operators.runs.clustering").cluster_images
    three = clustered.limit(3)
    own = np.array(three.values("vectors"))
    fob.compute_similarity(three, embeddings=own, brain_key="near")
    cluster(clustered, brain_key="near", cluster_field="few")
    cluster(with_objects.limit(1), patches_field="objects", embeddings_field="vectors")
    vectors = with_objects.values("objects.detections.vectors")
    with_objects.set_values("objects.detections.vectors", [vectors[0], *[[None, None]] * 14])
    runs = [(clustered, "few", 3), (with_objects, "objects_cluster", 2)]
    for dataset, run_key, count in runs:
        with pytest.raises(ValueError, match=rf"^'umap' needs at least 4 .*got {count}"):
            module.visualize_clusters(dataset, run_key=run_key)
        key = module.visualize_clusters(dataset, run_key=run_key, method="tsne")["brain_key"]
        assert len(dataset.load_brain_results(key).points) == count


def test_map_whose_making_was_killed_is_made_again(
    module: ModuleType, clustered: "fo.Dataset"
) -> None:
    from fiftyone.brain.visualization import PCAVisualizationConfig

    config = PCAVisualizationConfig(embeddings_field="vectors", seed=module.SEED)
    config.build().register_run(clustered, "cluster_map")  # FiftyOne does so before it computes
    assert module.visualize_clusters(clustered, method="pca")["is_new"]
    found: Any = clustered.load_brain_results("cluster_map")
    assert len(found.points) == 30


def test_map_of_a_run_that_was_found_again_by_other_embeddings_is_computed_again(
    module: ModuleType, clustered: "fo.Dataset", plugin_part: Part
) -> None:
    import fiftyone as fo

    module.visualize_clusters(clustered, method="pca")
    clustered.add_sample_field("others", fo.VectorField)
    clustered.set_values("others", list(np.random.default_rng(0).random((30, 8))))
    plugin_part("operators.runs.clustering").cluster_images(
        clustered, embeddings_field="others", overwrite=True
    )
    assert module.visualize_clusters(clustered, method="pca")["is_new"]
    assert clustered.get_brain_info("cluster_map").config.embeddings_field == "others"
    assert not module.visualize_clusters(clustered, method="pca")["is_new"]


def test_run_takes_map_and_workspace_with_it(
    module: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    deletion = plugin_part("operators.runs.run_deletion")
    params = plugin_part("operators.base.operator_params").DeleteRunParams(run_key="cluster")
    module.visualize_clusters(clustered, method="pca")
    record = plugin_part("operators.data.records").read_record(clustered, "cluster")
    named = ["brain run 'cluster_map'", "workspace 'cluster: review'"]
    assert deletion.what_goes(clustered, record, params)[-2:] == [f"the {name}" for name in named]
    assert deletion.delete_run(clustered, "cluster")["deleted"][-2:] == named
    assert clustered.list_brain_runs() == []
    assert clustered.list_workspaces() == []


def test_map_of_somebody_else_is_left_alone(
    module: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    import fiftyone.brain as fob

    fob.compute_visualization(clustered, points=np.zeros((30, 2)), brain_key="cluster_map")
    assert module.list_map(clustered, "cluster") == []
    with pytest.raises(ValueError, match="There is a brain run 'cluster_map' of somebody else"):
        module.visualize_clusters(clustered, method="pca", overwrite=True)
    plugin_part("operators.runs.run_deletion").delete_run(clustered, "cluster")
    assert clustered.list_brain_runs() == ["cluster_map"]


def test_renamed_run_keeps_its_map(
    module: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    module.visualize_clusters(clustered, method="pca")
    plugin_part("operators.runs.run_names").rename_run(clustered, "cluster", "people")
    assert clustered.list_brain_runs() == ["people_map"]
    assert clustered.list_workspaces() == ["people: review"]
    assert "people_map" in repr(clustered.load_workspace("people: review").to_dict())
    assert not module.visualize_clusters(clustered, method="pca")["is_new"]
    plugin_part("operators.runs.run_deletion").delete_run(clustered, "people")
    assert clustered.list_brain_runs() == []
    assert clustered.list_workspaces() == []
