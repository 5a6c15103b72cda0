from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[..., None]


@pytest.fixture
def check(plugin_part: Callable[[str], ModuleType]) -> Check:
    """Checks where a run would write to: `check(dataset, cluster_field="a", run_key="b")`."""
    params = plugin_part("operators.base.params")
    kinds = plugin_part("operators.base.operator_params")
    slots = plugin_part("operators.runs.slots")
    resolve = plugin_part("operators.data.targets").resolve_target

    def call(samples: object, **given: object) -> None:
        parsed = params.parse(kinds.ClusterImagesParams, {"run_key": "cluster", **given})
        slots.check_slot(resolve(samples, parsed.patches_field), parsed)

    return call


@pytest.fixture
def clustered(plugin_part: Callable[[str], ModuleType], embedded: "fo.Dataset") -> "fo.Dataset":
    """A dataset with the finished run `cluster` in its field `cluster`."""
    journal = plugin_part("operators.runs.journal")
    target = plugin_part("operators.data.targets").resolve_target(embedded)
    columns: dict[str, Any] = {"ids": [], "sample_ids": None, "labels": [], "confidence": []}
    with journal.Journal(target, "cluster", "cluster") as writer:
        writer.begin()
        writer.commit({}, columns | {"parts": []}, with_view=True)
    return embedded


def test_free_place_is_fine(check: Check, dataset: "fo.Dataset") -> None:
    check(dataset)


def test_own_run_needs_overwrite(check: Check, clustered: "fo.Dataset") -> None:
    with pytest.raises(ValueError, match="The run 'cluster' exists; overwrite it, or"):
        check(clustered)
    check(clustered, overwrite=True)


def test_field_of_another_run_is_refused(check: Check, clustered: "fo.Dataset") -> None:
    with pytest.raises(ValueError, match="'cluster' belongs to the run 'cluster'"):
        check(clustered, run_key="other", overwrite=True)


def test_key_of_a_renamed_run_is_that_of_its_field(
    plugin_part: Callable[[str], ModuleType], clustered: "fo.Dataset"
) -> None:
    operators = plugin_part("operators")
    operators.rename_run(clustered, "cluster", "final")
    with pytest.raises(ValueError, match="The run 'final' exists; overwrite it, or"):
        operators.cluster_images(clustered, embeddings_field="vectors")
    report = operators.cluster_images(clustered, embeddings_field="vectors", overwrite=True)
    assert report.run_key == "final"
    assert clustered.list_runs() == ["final"]


@pytest.mark.parametrize("change", ["rename_sample_field", "clone_sample_field"])
def test_field_that_was_renamed_or_cloned_says_whose_it_was(
    check: Check, clustered: "fo.Dataset", change: str
) -> None:
    getattr(clustered, change)("cluster", "people")
    words = "The field 'people' was written by the run 'cluster' under another name; choose another"
    with pytest.raises(ValueError, match=words):
        check(clustered, run_key="people", cluster_field="people", overwrite=True)


def test_run_does_not_move_to_another_field(check: Check, clustered: "fo.Dataset") -> None:
    with pytest.raises(ValueError, match="writes to 'cluster', so it cannot be replaced by one"):
        check(clustered, cluster_field="elsewhere", overwrite=True)


def test_run_of_somebody_else_is_refused(check: Check, dataset: "fo.Dataset") -> None:
    dataset.register_run("cluster", dataset.init_run(method="theirs"))
    with pytest.raises(ValueError, match="'cluster' is not one of this plugin"):
        check(dataset, overwrite=True)


def test_field_of_another_type_is_refused(check: Check, dataset: "fo.Dataset") -> None:
    import fiftyone as fo

    dataset.add_sample_field("score", fo.FloatField)
    with pytest.raises(ValueError, match=r"'score' \(FloatField\) was not written by this plugin"):
        check(dataset, cluster_field="score", overwrite=True)


def test_labels_of_the_user_are_refused(check: Check, dataset: "fo.Dataset") -> None:
    with pytest.raises(ValueError, match=r"'ground_truth' \(Classification\) was not written by"):
        check(dataset, cluster_field="ground_truth", overwrite=True)


def test_one_name_for_clusters_and_embeddings_is_refused(
    check: Check, dataset: "fo.Dataset", with_objects: "fo.Dataset"
) -> None:
    sentence = r"^'{}' is where the embeddings are; choose another name for the clusters$"
    with pytest.raises(ValueError, match=sentence.format("x")):
        check(dataset, cluster_field="x", embeddings_field="x", backbone="efficientnet-lite0")
    with pytest.raises(ValueError, match=sentence.format("gcn_embedding")):
        check(dataset, cluster_field="gcn_embedding")
    check(dataset, cluster_field="gcn_embedding", brain_key="near")
    with pytest.raises(ValueError, match=sentence.format("objects.detections.x_id")):
        check(with_objects, patches_field="objects", cluster_field="x", embeddings_field="x_id")


@pytest.mark.parametrize("key", ["x_incomplete", "cluster_incomplete"])
def test_keys_of_unfinished_runs_are_no_keys(
    check: Check, clustered: "fo.Dataset", key: str
) -> None:
    sentence = rf"^'{key}' ends with '_incomplete', which names runs that are being written; choose"
    with pytest.raises(ValueError, match=sentence):
        check(clustered, cluster_field="other", run_key=key)
    with pytest.raises(ValueError, match=sentence):
        check(clustered, cluster_field=key, run_key=key)


def test_attribute_of_the_user_beside_the_clusters_is_refused(
    check: Check, with_objects: "fo.Dataset"
) -> None:
    import fiftyone as fo

    with_objects.add_sample_field("objects.detections.cluster_id", fo.IntField)
    with pytest.raises(ValueError, match=r"'objects.detections.cluster_id' \(IntField\)"):
        check(with_objects, patches_field="objects")


def test_read_only_field_is_refused(check: Check, clustered: "fo.Dataset") -> None:
    field = clustered.get_field("cluster")
    field.read_only = True
    field.save()
    with pytest.raises(ValueError, match="'cluster' is read-only"):
        check(clustered, overwrite=True)


def test_orphaned_field_of_a_run_needs_overwrite(check: Check, clustered: "fo.Dataset") -> None:
    clustered.delete_run("cluster")
    with pytest.raises(ValueError, match="The field 'cluster' exists; overwrite it, or"):
        check(clustered)
    check(clustered, overwrite=True)


# FiftyOne takes these names for one, and replaces the view that is there.
@pytest.mark.parametrize(
    ("name", "run_key"),
    [
        ("cluster: one tile per cluster", "cluster"),
        ("Cluster, one tile per cluster", "cluster"),
    ],
)
def test_saved_view_of_the_user_is_not_replaced(
    check: Check, dataset: "fo.Dataset", name: str, run_key: str
) -> None:
    dataset.save_view(name, dataset.limit(3))
    with pytest.raises(ValueError, match=f"saved view '{name}' of somebody else"):
        check(dataset, run_key=run_key)
    check(dataset, run_key=run_key, save_view=False)
