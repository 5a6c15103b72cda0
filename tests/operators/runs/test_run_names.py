from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def names(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.runs.run_names")


def test_field_corrections_and_view_stay_with_the_run(
    names: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    write = plugin_part("operators.correcting")
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    assert names.rename_run(clustered, "cluster", "first") == {"run_key": "first", "was": "cluster"}
    assert clustered.list_runs() == ["first"]
    assert clustered.list_saved_views() == ["first: one tile per cluster"]
    write.undo_correction(clustered, run_key="first")
    write.redo_correction(clustered, run_key="first")
    plugin_part("operators").load_run(clustered, "first")
    assert clustered.count_values("cluster.label")["Tom"] == 10
    plugin_part("operators.runs.run_deletion").delete_run(clustered, "first")
    assert not clustered.has_field("cluster")
    assert clustered.list_saved_views() == []


def test_only_the_case_of_a_name_may_change(
    names: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    plugin_part("operators.visualization.visualization").visualize_clusters(clustered, method="pca")
    names.rename_run(clustered, "cluster", "Cluster")
    assert clustered.list_saved_views() == ["Cluster: one tile per cluster"]
    assert clustered.list_workspaces() == ["Cluster: review"]
    assert "Cluster_map" in repr(clustered.load_workspace("Cluster: review").to_dict())
    assert clustered.list_brain_runs() == ["Cluster_map"]


def test_runs_in_chinese_have_views_and_workspaces_beside_each_other(
    names: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    cluster = plugin_part("operators.runs.clustering").cluster_images
    visualize = plugin_part("operators.visualization.visualization").visualize_clusters
    keys = ["\N{CJK UNIFIED IDEOGRAPH-96C6}", "\N{CJK UNIFIED IDEOGRAPH-5408}"]
    names.rename_run(clustered, "cluster", keys[0])
    cluster(clustered, embeddings_field="vectors", cluster_field="other", run_key=keys[1])
    for key in keys:
        visualize(clustered, run_key=key, method="pca")
    clustered.reload()
    assert [name[0] for name in clustered.list_saved_views()] == keys
    assert sorted(name[0] for name in clustered.list_workspaces()) == sorted(keys)
    names.rename_run(clustered, keys[0], "first")
    assert "first: one tile per cluster" in clustered.list_saved_views()
    assert "first: review" in clustered.list_workspaces()


def test_renamed_run_can_be_replaced(
    names: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    names.rename_run(clustered, "cluster", "first")
    cluster_images = plugin_part("operators.runs.clustering").cluster_images
    cluster_images(clustered, embeddings_field="vectors", run_key="first", overwrite=True)
    assert clustered.list_runs() == ["first"]


def test_interrupted_renaming_is_finished_by_the_same_call(
    names: ModuleType, clustered: "fo.Dataset", plugin_part: Part
) -> None:
    clustered.rename_run("cluster", "first")  # all that an interrupted call may have done
    names.rename_run(clustered, "cluster", "first")
    plugin_part("operators").load_run(clustered, "first")
    with pytest.raises(ValueError, match="There is no clustering run 'cluster'"):
        names.rename_run(clustered, "cluster", "first")


def test_a_run_that_was_renamed_by_fiftyone_says_how_to_finish_it(
    names: ModuleType, plugin_part: Part, clustered: "fo.Dataset"
) -> None:
    write = plugin_part("operators.correcting")
    evaluate = plugin_part("operators.evaluation.evaluation").evaluate_clusters
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    clustered.reload()
    clustered.rename_run("cluster", "mine")
    sentence = (
        r"^The run 'mine' was called 'cluster', and its field 'cluster' still is that run's; "
        r"finish the renaming with this plugin's rename_run\(dataset, 'cluster', 'mine'\)$"
    )
    for call in (
        lambda: write.confirm_clusters(clustered, ["c00001"]),
        lambda: plugin_part("operators").load_run(clustered, "mine"),
        lambda: evaluate(clustered, run_key="mine", label_field="ground_truth"),
    ):
        with pytest.raises(ValueError, match=sentence):
            call()
    names.rename_run(clustered, "cluster", "mine")
    assert write.confirm_clusters(clustered, ["c00001"])["images"] > 0
    assert clustered.count_values("cluster.label")["Tom"] == 10
    clustered.reload()
    clustered.rename_run("mine", "yours")
    cluster = plugin_part("operators.runs.clustering").cluster_images
    cluster(clustered, embeddings_field="vectors", cluster_field="other", run_key="mine")
    # There is another run of that name by now, so nothing is to be finished.
    with pytest.raises(ValueError, match="'cluster' is no longer that of the run 'yours'; rename"):
        write.confirm_clusters(clustered, ["c00002"], run_key="yours")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("gone", "first", "There is no clustering run 'gone'"),
        ("cluster", "other", "There is a run 'other' already"),
        ("cluster", "my run", "must start with a letter"),
        ("cluster", "", "Type the new name"),
        ("cluster", "x_incomplete", r"^'x_incomplete' ends with '_incomplete', .* another run key"),
        ("cluster", "cluster", "There is a run 'cluster' already"),
    ],
)
def test_unfit_names_get_one_sentence(
    names: ModuleType, clustered: "fo.Dataset", old: str, new: str, sentence: str
) -> None:
    config: Any = clustered.init_run(method="theirs")
    clustered.register_run("other", config)
    with pytest.raises(ValueError, match=sentence):
        names.rename_run(clustered, old, new)
    assert sorted(clustered.list_runs()) == ["cluster", "other"]


def test_a_run_whose_field_is_read_only_keeps_its_name(
    names: ModuleType, clustered: "fo.Dataset"
) -> None:
    field = clustered.get_field("cluster")
    field.read_only = True
    field.save()
    with pytest.raises(ValueError, match="is read-only, so the run 'cluster' cannot be renamed"):
        names.rename_run(clustered, "cluster", "first")
    assert clustered.list_runs() == ["cluster"]
    field.read_only = False
    field.save()
