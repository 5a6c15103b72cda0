"""The last step of a clustering that takes the place of an earlier one: half done, it goes on."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.dying import run_until_killed

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Cluster = Callable[..., Any]
Check = Callable[[list[Any]], None]

# Replaces a run of 30 images by one that has them in one cluster, and is killed at a step.
KILLED = """
from fiftyone.core.odm import RunDocument
targets = part("data.targets")
clusters = part("data.clusters")
journal = part("runs.journal")

owner, name = sys.argv[2].split(".")
setattr({"Dataset": fo.Dataset, "RunDocument": RunDocument}[owner], name, die)
target = targets.resolve_target(fo.load_dataset(sys.argv[1]))
items = target.items()
writer = journal.Journal(target, "cluster", "cluster")
writer.begin()
writer.write(items, [clusters.new_cluster(1, 0.5, 5)] * 30)
columns = {"ids": list(items.ids), "sample_ids": None, "labels": [1] * 30}
writer.commit({}, columns | {"confidence": [0.5] * 30, "parts": [0] * 30}, True)
"""
# What is deleted before that: nothing; the results of the earlier run; that run.
STEPS = ["Dataset.delete_run", "RunDocument.delete", "Dataset.rename_run"]


@pytest.fixture
def token(clustered: "fo.Dataset", write: ModuleType) -> str:
    """That of an earlier run with a correction, in which the first ten images are "Tom"."""
    first = clustered.first().cluster.cluster_id
    return write.confirm_clusters(clustered, [first], name="Tom")["token"]


@pytest.fixture
def has_place(clustered: "fo.Dataset", token: str, plugin_part: Part) -> Check:
    """Compares a dataset with what a run leaves that has the place of the earlier one."""
    from fiftyone.operators.store import ExecutionStore

    runs, part = plugin_part("operators"), plugin_part("operators.corrections.documents.tables")

    def check(labels: list[Any]) -> None:
        clustered.reload()
        (summary,) = runs.list_runs(clustered)
        assert (summary.run_key, summary.status) == ("cluster", "complete")
        assert summary.token != token
        assert clustered.list_saved_views() == ["cluster: one tile per cluster"]
        assert ExecutionStore.create("any", clustered._doc.id).list_stores() == []
        earlier = part.Tables(part.review_id(clustered, token))
        assert earlier.head() is None
        assert earlier.log.count_documents(earlier.query()) == 0
        assert clustered.values("cluster.label") == labels
        runs.load_run(clustered, "cluster")
        assert clustered.values("cluster.label") == labels

    return check


@pytest.mark.parametrize("step", STEPS)
def test_a_run_killed_while_it_takes_its_place_is_led_there_by_one_call(
    clustered: "fo.Dataset", has_place: Check, plugin_part: Part, step: str
) -> None:
    deletion = plugin_part("operators.runs.run_deletion")
    params = plugin_part("operators.base.operator_params").DeleteRunParams("cluster_incomplete")
    run_until_killed(KILLED, clustered.name, step)
    clustered.reload()
    record = plugin_part("operators.data.records").read_record(clustered, "cluster_incomplete")
    assert record.status == "incomplete"
    assert deletion.what_goes(clustered, record, params) == [
        "what is left of the earlier run 'cluster', whose place the new one takes"
    ]
    assert deletion.delete_run(clustered, "cluster_incomplete")["deleted"] == [
        "what was left of the earlier run 'cluster', whose place the new one has taken"
    ]
    has_place(["c00001"] * 30)


@pytest.mark.parametrize("step", ["delete_run", "rename_run"])
def test_a_run_interrupted_while_it_takes_its_place_is_there(
    clustered: "fo.Dataset",
    cluster: Cluster,
    has_place: Check,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    labels = clustered.values("cluster.label")

    def interrupted(*_: object) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(type(clustered), step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        cluster(clustered)
    has_place(labels)


@pytest.mark.parametrize("step", ["delete_run", "rename_run"])
def test_what_a_run_carried_over_counts_when_its_place_is_taken_next(
    clustered: "fo.Dataset",
    cluster: Cluster,
    has_place: Check,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    from pymongo.errors import AutoReconnect

    labels = clustered.values("cluster.label")

    def lost(*_: object) -> None:
        raise AutoReconnect

    monkeypatch.setattr(type(clustered), step, lost)
    with pytest.raises(ConnectionError, match="was lost while clustering"):
        cluster(clustered)
    monkeypatch.undo()
    clustered.reload()
    assert "cluster_incomplete" in clustered.list_runs()
    report = cluster(clustered)
    assert (report.corrections["confirmed"], report.corrections["names"]) == (10, 1)
    has_place(labels)


def test_a_run_killed_before_its_last_step_leaves_the_views_of_the_earlier_one(
    graded: "fo.Dataset", plugin_part: Part
) -> None:
    plugin_part("operators").evaluate_clusters(graded, label_field="kind")
    views = sorted(graded.list_saved_views())
    assert len(views) > 1
    run_until_killed(KILLED, graded.name, "Dataset.save_run_results")
    graded.reload()
    plugin_part("operators").delete_run(graded, "cluster_incomplete")
    assert sorted(graded.list_saved_views()) == views


def test_a_view_that_stays_as_it_is_is_never_deleted(
    clustered: "fo.Dataset", cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is killed between deleting and saving would leave none."""
    import fiftyone as fo

    def refused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(fo.Dataset, "_delete_saved_view", refused)
    cluster(clustered)
    (name,) = clustered.list_saved_views()
    assert len(clustered.load_saved_view(name)) == len(clustered.distinct("cluster.label"))


def test_the_view_of_patches_that_are_clustered_again_has_their_new_clusters(
    objects: "fo.Dataset", cluster: Cluster
) -> None:
    cluster(objects.limit(5), patches_field="objects", keep_corrections=False)
    view = objects.load_saved_view(*objects.list_saved_views())
    labels = objects.distinct("objects.detections.cluster")
    assert view.values("objects.cluster") == labels
    assert len(objects.exists("objects")) == 15


def test_views_of_the_earlier_run_go_with_it(
    graded: "fo.Dataset", cluster: Cluster, plugin_part: Part
) -> None:
    plugin_part("operators").evaluate_clusters(graded, label_field="kind")
    cluster(graded)
    assert graded.list_saved_views() == ["cluster: one tile per cluster"]
    cluster(graded, save_view=False)
    assert graded.list_saved_views() == []


def test_who_asks_before_its_last_step_is_told_what_to_do(
    clustered: "fo.Dataset", plugin_part: Part
) -> None:
    run_until_killed(KILLED, clustered.name, "Dataset.rename_run")
    clustered.reload()
    operators = plugin_part("operators")
    with pytest.raises(ValueError, match=r"delete_run\(dataset, 'cluster_incomplete'\)$"):
        operators.review_progress(clustered)
    operators.delete_run(clustered, "cluster_incomplete")
    assert operators.review_progress(clustered)["images"] == 30
