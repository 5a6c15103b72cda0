"""What takes long is told before it begins."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def merged(clustered: "fo.Dataset", plugin: ModuleType) -> "fo.Dataset":
    """Two of the three clusters are one."""
    plugin.operators.merge_clusters(clustered, clusters=["c00000", "c00001"])
    return clustered


def test_clustering_again_is_told_first_and_then_done_by_the_browser(
    send: Send, merged: "fo.Dataset"
) -> None:
    state = send(merged, "open_cluster", cluster="c00000").state
    asked = {"cluster": "c00000", "by": "clustering", "based_on": 1}
    told = send(merged, "split_cluster", state, **asked)
    assert "Clustering it again" in told.page
    assert sorted(merged.count_values("cluster.label").values()) == [10, 20]
    (event,) = told.sent("cluster_review")
    method, new_state = event.pop("__method__"), event.pop("panel_state")
    assert event.pop("panel_id") == "p1"
    assert new_state["review"] == told.state["review"]
    answer = send(merged, method, new_state, **event)
    assert not answer.sent("cluster_review")
    assert "Clustering it again" not in answer.page
    assert sorted(merged.count_values("cluster.label").values()) == [10, 10, 10]


def test_a_cluster_is_split_in_two(send: Send, clustered: "fo.Dataset", plugin: ModuleType) -> None:
    plugin.operators.merge_clusters(clustered, clusters=["c00000", "c00001", "c00002"])
    opened = send(clustered, "open_cluster", cluster="c00000")
    assert "'Split in two'" in opened.page
    asked = {"cluster": "c00000", "by": "clustering", "num_clusters": 2, "based_on": 1}
    told = send(clustered, "split_cluster", opened.state, **asked)
    (event,) = told.sent("cluster_review")
    method, state = event.pop("__method__"), event.pop("panel_state")
    event.pop("panel_id")
    send(clustered, method, state, **event)
    assert sorted(clustered.count_values("cluster.label").values()) == [10, 20]


def test_a_cluster_of_one_part_can_be_split_by_the_networks_too(
    send: Send, clustered: "fo.Dataset", plugin: ModuleType
) -> None:
    page = send(clustered, "open_cluster", cluster="c00000").page
    assert "'Split in two'" in page
    assert "'Cluster it again'" in page
    assert "'Split into them'" not in page
    plugin.operators.mark_noise(clustered, clusters=["c00000"])
    assert "'Split in two'" not in send(clustered, "open_cluster", cluster="noise").page


@pytest.mark.parametrize(("thirds", "is_offered"), [((4, 3, 3), True), ((5, 3, 2), False)])
def test_the_first_part_can_be_split_off_where_the_others_are_more(
    send: Send, clustered: "fo.Dataset", thirds: tuple[int, ...], is_offered: bool
) -> None:
    columns = clustered.load_run_results("cluster", cache=False).serialize()
    columns.pop("cls", None)
    rows = [row for row, label in enumerate(columns["labels"]) if label == 0]
    parts, first = list(columns["parts"]), max(columns["parts"]) + 1
    numbers = [first + part for part, size in enumerate(thirds) for _ in range(size)]
    for row, number in zip(rows, numbers, strict=True):
        parts[row] = number
    results = clustered.init_run_results("cluster", **columns | {"parts": parts})
    clustered.save_run_results("cluster", results, cache=False)
    opened = send(clustered, "open_cluster", cluster="c00000")
    assert opened.page.count("Split off'") == 2 + is_offered
    if is_offered:
        params = {"cluster": "c00000", "part": 0, "based_on": 0}
        send(clustered, "split_off", opened.state, **params)
        assert sorted(clustered.count_values("cluster.label").values()) == [4, 6, 10, 10]
        assert clustered.count_values("cluster.label")["c00000"] == 6


def test_nothing_else_is_told_first(send: Send, merged: "fo.Dataset") -> None:
    state = send(merged, "open_cluster", cluster="c00000").state
    asked = {"cluster": "c00000", "by": "parts", "based_on": 1}
    assert not send(merged, "split_cluster", state, **asked).sent("cluster_review")
    assert sorted(merged.count_values("cluster.label").values()) == [10, 10, 10]


def told_of_it(send: Send, dataset: "fo.Dataset") -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The event that the browser sends once it told that a cluster is clustered again."""
    state = send(dataset, "open_cluster", cluster="c00000").state
    asked = {"cluster": "c00000", "by": "clustering", "based_on": 1}
    (event,) = send(dataset, "split_cluster", state, **asked).sent("cluster_review")
    return event.pop("__method__"), event.pop("panel_state"), event


def delete_vectors(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    dataset.delete_sample_field("vectors")


def empty_vectors(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    dataset.set_values("vectors", [None] * 30)


def merge_it(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    plugin.operators.merge_clusters(dataset, clusters=["c00000", "c00002"], into="c00002")


def correct_it(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    plugin.operators.rename_cluster(dataset, cluster="c00000", name="Tom")


def delete_images(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    dataset.delete_samples(dataset.match({"cluster.cluster_id": "c00000"}))


def delete_run(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    plugin.operators.delete_run(dataset, "cluster")


def cluster_anew(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    plugin.operators.cluster_images(dataset, embeddings_field="vectors", overwrite=True)


def delete_model(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    of_run(dataset, plugin, "gone")


def damage_model(dataset: "fo.Dataset", plugin: ModuleType) -> None:
    of_run(dataset, plugin, __file__)


def of_run(dataset: "fo.Dataset", plugin: ModuleType, checkpoint: str) -> None:
    info = dataset.get_run_info("cluster")
    info.config.checkpoint["path"] = checkpoint
    dataset.update_run_config("cluster", info.config)


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (delete_vectors, "The field 'vectors' with the embeddings of the run 'cluster' is gone"),
        (empty_vectors, "'vectors' has no embeddings for any of your target"),
        (merge_it, "There is no cluster 'c00000'"),
        (correct_it, "Somebody else corrected the same clusters in the meantime"),
        (delete_images, "gone, with the last of its images"),
        (delete_run, "was deleted or renamed meanwhile"),
        (cluster_anew, "was clustered or loaded anew since this page was drawn"),
        (delete_model, "The model 'gone' that the run was made with is gone"),
        (damage_model, "is not a readable checkpoint"),
    ],
)
def test_what_prevents_clustering_again_takes_the_place_of_what_was_told(
    send: Send,
    merged: "fo.Dataset",
    plugin: ModuleType,
    happens: Callable[["fo.Dataset", ModuleType], None],
    sentence: str,
) -> None:
    method, state, event = told_of_it(send, merged)
    happens(merged, plugin)
    merged.reload()
    before = merged.count_values("cluster.label") if merged.has_field("cluster") else {}
    answer = send(merged, method, state, **event)
    assert "Clustering it again" not in answer.page
    assert sentence in answer.page
    merged.reload()
    after = merged.count_values("cluster.label") if merged.has_field("cluster") else {}
    assert after == before


def test_a_database_that_goes_between_both_events_takes_the_place_of_what_was_told(
    send: Send,
    merged: "fo.Dataset",
    plugin_part: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pymongo

    method, state, event = told_of_it(send, merged)
    dead = pymongo.MongoClient("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50")
    tables = plugin_part("operators.corrections.documents.tables")
    monkeypatch.setattr(tables, "get_db_conn", lambda: dead["gone"])
    page = send(merged, method, state, **event).page
    monkeypatch.undo()
    dead.close()
    assert "Clustering it again" not in page
    assert "connection to the database was lost" in page
    assert sorted(merged.count_values("cluster.label").values()) == [10, 20]


def test_a_run_of_a_trained_model_is_clustered_again_with_it(
    send: Send,
    merged: "fo.Dataset",
    models: ModuleType,
    plugin: ModuleType,
    plugin_part: Callable[[str], ModuleType],
) -> None:
    models.save_model(plugin_part("gcn").load_model(), "mine", overwrite=True)
    of_run(merged, plugin, "mine")
    method, state, event = told_of_it(send, merged)
    send(merged, method, state, **event)
    assert sorted(merged.count_values("cluster.label").values()) == [10, 10, 10]
