from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

State = Callable[["fo.Dataset"], dict[str, Any]]


@pytest.fixture
def runs(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators")


@pytest.fixture
def deletion(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.runs.run_deletion")


def labels_of(dataset: "fo.Dataset") -> list[Any]:
    paths = ["cluster.label", "cluster.confidence", "cluster.cluster_id", "cluster.confirmed"]
    return dataset.values(paths)


def test_runs_are_listed(runs: ModuleType, clustered: "fo.Dataset") -> None:
    clustered.register_run("other", clustered.init_run(method="theirs"))
    (summary,) = runs.list_runs(clustered)
    assert summary.as_dict() == {
        "run_key": "cluster",
        "token": summary.config["token"],
        "status": "complete",
        "cluster_field": "cluster",
        "timestamp": summary.timestamp,
        "images": 30,
        "clusters": 3,
        "embeddings": "vectors",
        "model": "shipped",
        "scores": {},
    }


@pytest.mark.parametrize("is_deleted", [False, True], ids=["edited", "deleted"])
def test_loading_restores_the_assignment_exactly(
    runs: ModuleType, clustered: "fo.Dataset", is_deleted: bool
) -> None:
    before = labels_of(clustered)
    if is_deleted:
        clustered.delete_sample_field("cluster")
        clustered.delete_saved_views()
    else:
        clustered.set_values("cluster.label", ["mine"] * 30)
        clustered.set_values("cluster.confirmed", [True] * 30)
    # What was edited would become a correction of the run otherwise.
    report = runs.load_run(clustered, "cluster", corrections=is_deleted)
    assert labels_of(clustered) == before
    assert report == {
        "run_key": "cluster",
        "cluster_field": "cluster",
        "restored": 30,
        "saved_view": "cluster: one tile per cluster",
        "notice": "",
    }
    assert len(clustered.load_saved_view(report["saved_view"])) == 3


def test_interrupted_loading_shows_and_is_repeated(
    runs: ModuleType,
    clustered: "fo.Dataset",
    stop_at: Callable[[str], Callable[[float, str], None]],
) -> None:
    before = labels_of(clustered)
    with pytest.raises(Exception, match="Restoring"):
        runs.load_run(clustered, "cluster", progress=stop_at("Restoring"))
    assert runs.list_runs(clustered)[0].status == "restoring"
    runs.load_run(clustered, "cluster")
    assert runs.list_runs(clustered)[0].status == "complete"
    assert labels_of(clustered) == before


def test_a_field_that_became_the_users_is_not_overwritten(
    deletion: ModuleType, runs: ModuleType, clustered: "fo.Dataset"
) -> None:
    clustered.delete_sample_field("cluster")
    clustered.clone_sample_field("ground_truth", "cluster")
    with pytest.raises(ValueError, match="'cluster' is no longer that of the run 'cluster'"):
        runs.load_run(clustered, "cluster")
    deletion.delete_run(clustered, "cluster")
    assert clustered.count("cluster") == 30


@pytest.mark.parametrize("locked", ["cluster", "gcn_embedding"])
def test_read_only_fields_are_refused_before_anything_is_changed(
    deletion: ModuleType,
    runs: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    dataset: "fo.Dataset",
    state_of: State,
    locked: str,
) -> None:
    plugin_part("operators.runs.clustering").cluster_images(dataset.limit(5))
    field = dataset.get_field(locked)
    field.read_only = True
    field.save()
    before = state_of(dataset)
    sentence = f"'{locked}' is read-only, so .* set 'read_only' of the field to False first"
    with pytest.raises(ValueError, match=sentence):
        deletion.delete_run(dataset, "cluster", delete_embeddings=True)
    if locked == "cluster":
        with pytest.raises(ValueError, match=sentence):
            runs.load_run(dataset, "cluster")
    assert state_of(dataset) == before
    assert runs.list_runs(dataset)[0].status == "complete"


def test_deleting_takes_field_view_and_indexes_along(
    deletion: ModuleType,
    runs: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    embedded: "fo.Dataset",
    state_of: State,
) -> None:
    before = state_of(embedded)
    plugin_part("operators.runs.clustering").cluster_images(embedded, embeddings_field="vectors")
    report = deletion.delete_run(embedded, "cluster", delete_embeddings=True)
    assert report["deleted"] == [
        "run 'cluster'",
        "field 'cluster'",
        "saved view 'cluster: one tile per cluster'",
    ]
    assert state_of(embedded) == before


def test_run_on_objects_is_loaded_and_deleted(
    deletion: ModuleType,
    runs: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    with_objects: "fo.Dataset",
    state_of: State,
) -> None:
    before = state_of(with_objects)
    plugin_part("operators.runs.clustering").cluster_images(
        with_objects, patches_field="objects", embeddings_field="vectors"
    )
    labels = with_objects.values("objects.detections.cluster")
    with_objects.clear_sample_field("objects.detections.cluster")
    runs.load_run(with_objects, "objects_cluster")
    assert with_objects.values("objects.detections.cluster") == labels
    deletion.delete_run(with_objects, "objects_cluster")
    assert state_of(with_objects) == before


def test_computed_embeddings_go_on_request_unless_another_run_uses_them(
    deletion: ModuleType,
    runs: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    dataset: "fo.Dataset",
) -> None:
    cluster_images = plugin_part("operators.runs.clustering").cluster_images
    cluster_images(dataset.limit(5), cluster_field="a")
    cluster_images(dataset.limit(5), cluster_field="b")
    deletion.delete_run(dataset, "a", delete_embeddings=True)
    assert dataset.has_field("gcn_embedding")
    deletion.delete_run(dataset, "b", delete_embeddings=True)
    assert not dataset.has_field("gcn_embedding")


def test_computed_embeddings_stay_while_a_similarity_run_reads_them(
    deletion: ModuleType, plugin_part: Callable[[str], ModuleType], dataset: "fo.Dataset"
) -> None:
    import fiftyone.brain as fob

    cluster_images = plugin_part("operators.runs.clustering").cluster_images
    cluster_images(dataset.limit(5))
    dataset.reload()
    fob.compute_similarity(dataset, embeddings="gcn_embedding", brain_key="alike")
    deletion.delete_run(dataset, "cluster", delete_embeddings=True)
    assert dataset.has_field("gcn_embedding")
    assert dataset.load_brain_results("alike").total_index_size == 5


def test_run_whose_objects_are_gone_can_be_deleted(
    deletion: ModuleType,
    runs: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    with_objects: "fo.Dataset",
) -> None:
    plugin_part("operators.runs.clustering").cluster_images(
        with_objects, patches_field="objects", embeddings_field="vectors", save_view=False
    )
    with_objects.delete_sample_field("objects")
    assert deletion.delete_run(with_objects, "objects_cluster")["deleted"] == [
        "run 'objects_cluster'"
    ]


def test_unknown_run_is_refused_with_the_nearest(
    deletion: ModuleType, runs: ModuleType, clustered: "fo.Dataset"
) -> None:
    for act in (runs.load_run, deletion.delete_run):
        with pytest.raises(ValueError, match="no clustering run 'clusters'; did you mean"):
            act(clustered, "clusters")
        with pytest.raises(ValueError, match="Name a clustering run: there is only 'cluster'"):
            act(clustered, "")


def test_a_run_that_lost_all_its_images_says_what_to_do(
    runs: ModuleType, write: ModuleType, clustered: "fo.Dataset"
) -> None:
    write.confirm_clusters(clustered, ["c00000"])
    clustered.delete_samples(clustered)
    with pytest.raises(ValueError, match="no images left in the dataset; delete it, or choose"):
        runs.load_run(clustered, "cluster")


def test_a_run_whose_images_a_group_field_hides_is_not_taken_for_an_empty_one(
    runs: ModuleType, clustered: "fo.Dataset"
) -> None:
    clustered.add_group_field("group", default="left")
    with pytest.raises(ValueError, match=r"has become a grouped dataset.*; keep the run"):
        runs.load_run(clustered, "cluster")
    assert clustered.list_runs() == ["cluster"]


def test_a_run_that_lost_its_results_says_what_to_do(
    runs: ModuleType, clustered: "fo.Dataset"
) -> None:
    clustered._doc.runs["cluster"].results = None
    clustered._doc.runs["cluster"].save()
    with pytest.raises(
        ValueError, match="'cluster' has no stored results; cluster the images again"
    ):
        runs.load_run(clustered, "cluster")


def test_a_review_without_images_is_empty(
    plugin_part: Callable[[str], ModuleType], clustered: "fo.Dataset"
) -> None:
    clustered.delete_samples(clustered)
    found = plugin_part("operators.corrections.reads").list_clusters(clustered)
    assert found["clusters"] == []


def test_a_run_whose_results_the_database_has_lost_says_what_to_do_too(
    runs: ModuleType, clustered: "fo.Dataset"
) -> None:
    clustered._doc.runs["cluster"].results.delete()  # the file; the record goes on naming it
    clustered.reload()
    with pytest.raises(ValueError, match="'cluster' has no stored results; cluster the images ag"):
        runs.load_run(clustered, "cluster")
