"""Datasets in groups, of which FiftyOne shows one slice at a time."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo
    import numpy as np

Run = Callable[..., dict[str, Any]]
Part = Callable[[str], ModuleType]
SLICES = ("left", "right")


def flat(dataset: "fo.Dataset") -> "fo.DatasetView":
    return dataset.select_group_slices(list(SLICES))


def of_slice(dataset: "fo.Dataset", name: str, path: str = "cluster.label") -> list[Any]:
    return dataset.select_group_slices(name).values(path)


@pytest.fixture(params=["images", "patches"])
def clustered(request: pytest.FixtureRequest, run: Run, grouped: "fo.Dataset") -> "fo.Dataset":
    """Both slices, or the objects in them, in three clusters."""
    params = {"patches_field": "objects"} if request.param == "patches" else {}
    run("cluster_images", flat(grouped), embeddings_field="vectors", **params)
    grouped.reload()
    return grouped


def label_path(dataset: "fo.Dataset") -> str:
    return "cluster.label" if dataset.has_field("cluster") else "objects.detections.cluster"


def test_the_slice_that_is_shown_is_clustered_alone(run: Run, grouped: "fo.Dataset") -> None:
    report = run("cluster_images", grouped, embeddings_field="vectors")
    assert report["counts"]["items"] == 15
    assert of_slice(grouped, "right") == [None] * 15
    assert None not in of_slice(grouped, "left")
    assert "of the slice `left`" in report["summary"]
    grouped.group_slice = "right"
    report = run("cluster_images", grouped, embeddings_field="vectors", overwrite=True)
    assert None not in of_slice(grouped, "right")
    assert of_slice(grouped, "left") == [None] * 15


def test_a_view_has_its_own_slice(run: Run, grouped: "fo.Dataset") -> None:
    view = grouped.limit(15)
    view.group_slice = "right"
    report = run("cluster_images", view, embeddings_field="vectors")
    assert "of the slice `right`" in report["summary"]
    assert None not in of_slice(grouped, "right")
    assert of_slice(grouped, "left") == [None] * 15
    assert grouped.group_slice == "left"


def test_a_worker_clusters_the_slice_that_was_shown(run: Run, grouped: "fo.Dataset") -> None:
    from fiftyone.operators.delegated import DelegatedOperationService

    grouped.group_slice = "right"
    queued = run("cluster_images", grouped, embeddings_field="vectors", delegate=True)
    grouped.group_slice = "left"  # as a worker finds it, which loads the dataset anew
    service = DelegatedOperationService()
    try:
        service.execute_queued_operations()
        assert service.get(queued["id"]).run_state == "completed"
    finally:
        service.delete_operation(queued["id"])
    assert None not in of_slice(grouped, "right")
    assert of_slice(grouped, "left") == [None] * 15


def test_slices_side_by_side_are_clustered_together(run: Run, clustered: "fo.Dataset") -> None:
    from collections import Counter

    sizes = Counter(flat(clustered).values(label_path(clustered), unwind=True))
    assert sizes == {"c00000": 10, "c00001": 10, "c00002": 10}
    (found,) = run("list_runs", clustered)["runs"]
    assert found["images"] == 30


def test_saved_view_has_a_tile_for_each_cluster_of_all_slices(clustered: "fo.Dataset") -> None:
    (name,) = clustered.list_saved_views()
    view = clustered.load_saved_view(name)
    assert len(view) == 3
    assert [len(group) for group in view.iter_dynamic_groups()] == [10, 10, 10]


def test_panels_views_show_the_images_of_all_slices(
    plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    read = plugin_part("operators.corrections.reads")
    assert len(read.cluster_view(clustered, "c00001")) == 10
    assert len(read.pair_view(clustered, "c00001", "c00002")) == 20
    page = read.read_cluster(clustered, "c00001")
    items = [one["item"] for one in page["items"]]
    assert read.items_view(clustered, items).values("id") == items
    assert len(read.media(clustered, page["items"])) == len(items)


def test_corrections_reach_all_slices(run: Run, write: ModuleType, clustered: "fo.Dataset") -> None:
    path = label_path(clustered)
    write.confirm_clusters(clustered, ["c00000"], name="cat")
    write.merge_clusters(clustered, ["c00001", "c00002"])
    found = flat(clustered).values(path, unwind=True)
    assert (found.count("cat"), found.count("c00001")) == (10, 20)
    write.undo_correction(clustered)
    assert flat(clustered).values(path, unwind=True).count("c00001") == 10
    run("load_run", clustered, run_key=clustered.list_runs()[0])
    assert flat(clustered).values(path, unwind=True).count("cat") == 10
    run("load_run", clustered, run_key=clustered.list_runs()[0], corrections=False)
    assert flat(clustered).values(path, unwind=True).count("c00000") == 10


def test_labels_are_written_to_all_slices(write: ModuleType, clustered: "fo.Dataset") -> None:
    write.confirm_clusters(clustered, ["c00000"], name="cat")
    report = write.apply_labels(clustered, label_field="animal")
    assert report["written"] == 10
    path = "animal.label" if clustered.has_field("cluster") else "objects.detections.animal"
    assert flat(clustered).values(path, unwind=True).count("cat") == 10
    write.undo_correction(clustered)
    assert "cat" not in flat(clustered).values(path, unwind=True)


def test_other_slice_is_placed_as_new_images(run: Run, grouped: "fo.Dataset") -> None:
    run("cluster_images", grouped, embeddings_field="vectors")
    before = of_slice(grouped, "left")
    report = run("assign_new_images", flat(grouped))
    assert report["assigned"] + report["founded"] == 15
    assert of_slice(grouped, "left") == before
    assert None not in of_slice(grouped, "right")


def test_confirmed_clusters_of_all_slices_last(
    run: Run, write: ModuleType, clustered: "fo.Dataset"
) -> None:
    path = label_path(clustered)
    write.confirm_clusters(clustered, ["c00000"], name="cat")
    params = {"patches_field": "objects"} if path.startswith("objects") else {}
    params |= {"embeddings_field": "vectors", "overwrite": True}
    run("cluster_images", flat(clustered), **params)
    assert flat(clustered).values(path, unwind=True).count("cat") == 10
    run("delete_run", clustered, run_key=clustered.list_runs()[0])
    clustered.reload()
    assert not clustered.has_field(path)


def test_a_map_has_all_that_was_clustered(run: Run, clustered: "fo.Dataset") -> None:
    run("visualize_clusters", clustered, method="pca")
    results = clustered.load_brain_results(f"{clustered.list_runs()[0]}_map")
    assert len(results.points) == 30


def test_run_is_compared_with_classes_of_all_slices(run: Run, clustered: "fo.Dataset") -> None:
    import fiftyone as fo

    path, view = label_path(clustered), flat(clustered)
    if path.startswith("objects"):
        view.set_values("objects.detections.label", view.values(path))
    else:
        view.set_values("kind", [fo.Classification(label=one) for one in view.values(path)])
    field = "objects" if path.startswith("objects") else "kind"
    report = run("evaluate_clusters", clustered, label_field=field)
    assert report["scores"]["n_images"] == 30
    progress = run("review_progress", clustered, ground_truth=field)
    assert progress["accuracy_all"] == 1


def test_embeddings_are_computed_for_all_slices(run: Run, grouped: "fo.Dataset") -> None:
    run("compute_embeddings", flat(grouped))
    assert all(vector is not None for vector in flat(grouped).values("gcn_embedding"))


def test_training_reads_all_slices(plugin_part: Part, grouped: "fo.Dataset") -> None:
    targets = plugin_part("operators.data.targets")
    assert len(targets.resolve_target(flat(grouped)).items()) == 30
    assert len(targets.resolve_target(grouped).items()) == 15
    assert len(targets.resolve_target(flat(grouped).to_patches("objects")).items()) == 30


def test_slices_that_are_no_images_are_refused(plugin_part: Part, grouped: "fo.Dataset") -> None:
    import fiftyone as fo

    targets = plugin_part("operators.data.targets")
    for name, file in (("cloud", "points.pcd"), ("film", "film.mp4")):
        sample = fo.Sample(filepath=file, group=fo.Group().element(name))
        grouped.add_sample(sample)
    assert len(targets.resolve_target(flat(grouped)).items()) == 30
    for name, kind in (("cloud", "point-cloud"), ("film", "video")):
        grouped.group_slice = name
        said = rf"got {kind} media\); show a slice of images \(left and right\)"
        with pytest.raises(ValueError, match=said):
            targets.resolve_target(grouped)
        with pytest.raises(ValueError, match=said):
            targets.resolve_target(grouped.select_group_slices(name))
    with pytest.raises(ValueError, match=r"got mixed media.*media_type='image'"):
        targets.resolve_target(grouped.select_group_slices(_allow_mixed=True))


@pytest.fixture(params=["images", "patches"])
def hiding(request: pytest.FixtureRequest, run: Run, blobs: "np.ndarray") -> "fo.Dataset":
    """Images, or objects, with the run "old", whose dataset got groups later: of 30 others."""
    import fiftyone as fo

    is_patches = request.param == "patches"
    dataset = request.getfixturevalue("with_objects" if is_patches else "embedded")
    run("cluster_images", dataset, run_key="old", **what_is_clustered(dataset))
    dataset.add_group_field("group", default="left")
    for row, vector in enumerate(blobs):
        sample = fo.Sample(filepath=f"/nowhere/{row}.png", group=fo.Group().element("left"))
        if is_patches:
            box = fo.Detection(label="half", bounding_box=[0, 0, 1, 1], vectors=vector)
            sample["objects"] = fo.Detections(detections=[box])
        else:
            sample["vectors"] = vector
        dataset.add_sample(sample)
    return dataset


def what_is_clustered(dataset: "fo.Dataset") -> dict[str, str]:
    params = {"embeddings_field": "vectors"}
    return params | ({"patches_field": "objects"} if dataset.has_field("objects") else {})


def test_clusters_of_images_that_got_no_group_are_not_given_up(
    plugin_part: Part, hiding: "fo.Dataset"
) -> None:
    read = plugin_part("operators.corrections.reads")
    cluster = plugin_part("operators").cluster_images
    again = {"run_key": "old", "overwrite": True, **what_is_clustered(hiding)}
    for act in (
        lambda: read.list_clusters(hiding, "old"),
        lambda: cluster(hiding, **again),
        lambda: plugin_part("operators").load_run(hiding, "old"),
    ):
        with pytest.raises(ValueError, match="hides images of the run 'old', so nothing was"):
            act()
    assert hiding.list_runs() == ["old"]


def test_a_run_of_what_is_in_groups_is_used_beside_one_that_is_hidden(
    run: Run, write: ModuleType, hiding: "fo.Dataset"
) -> None:
    params = {"run_key": "new", "cluster_field": "other", **what_is_clustered(hiding)}
    run("cluster_images", hiding, **params)
    write.confirm_clusters(hiding, ["c00000"], name="cat", run_key="new")
    run("load_run", hiding, run_key="new")
    run("cluster_images", hiding, overwrite=True, **params)
    path = "objects.detections.other" if hiding.has_field("objects") else "other.label"
    assert hiding.count_values(path)["cat"] == 10
