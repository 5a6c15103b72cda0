"""The operators that correct: registry, forms, selection, results."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]
Part = Callable[[str], ModuleType]


def context(dataset: "fo.Dataset", **request: Any) -> Any:
    from fiftyone.operators.executor import ExecutionContext, Executor

    return ExecutionContext({"dataset_name": dataset.name, **request}, executor=Executor())


def form(
    operator_name: str, dataset: "fo.Dataset", /, selected: Any = None, **params: Any
) -> dict[str, Any]:
    import fiftyone.operators as foo

    operator = foo.get_operator(f"@autolabel/gcn/{operator_name}")
    ctx = context(dataset, params=params, selected=selected)
    return operator.resolve_type(ctx, "inputs").to_json()["type"]["properties"]


def problems(inputs: dict[str, Any]) -> dict[str, str]:
    return {name: value["error_message"] for name, value in inputs.items() if value["invalid"]}


def test_every_correction_can_be_called_by_name(
    run: Run, clustered: "fo.Dataset", tmp_path: Path
) -> None:
    ids = clustered.values("id")
    keys = [clustered[ids[i]].cluster.cluster_id for i in (0, 10, 20)]
    assert run("merge_clusters", clustered, clusters=keys[:2])["images"] == 10
    assert run("undo_correction", clustered)["images"] == 10
    assert run("redo_correction", clustered)["images"] == 10
    groups = {"by": "groups", "groups": [ids[:10]]}
    merged = clustered.reload() or clustered[ids[0]].cluster.cluster_id
    assert len(run("split_cluster", clustered, cluster=merged, **groups)["created"]) == 1
    assert run("move_to_cluster", clustered, items=ids[:2], name="Tom")["images"] == 2
    assert run("rename_cluster", clustered, cluster="Tom", name="Ann")["entry"]
    assert run("confirm_clusters", clustered, clusters=["Ann"])["entry"] is None  # moved by hand
    assert run("mark_noise", clustered, items=ids[-1:])["images"] == 1
    assert run("apply_labels", clustered, label_field="species")["written"] == 2
    assert run("review_progress", clustered, ground_truth="ground_truth")["confirmed"] == 3
    path = str(tmp_path / "log.jsonl")
    assert run("export_corrections", clustered, path=path)["entries"] == 8
    run("load_run", clustered, run_key="cluster", corrections=False)
    assert run("import_corrections", clustered, path=path)["entries"] == 8
    assert run("rename_run", clustered, run_key="cluster", new_run_key="mine")["run_key"] == "mine"
    clustered.reload()
    assert clustered.count_values("cluster.label")["Ann"] == 2
    assert clustered.count_values("species.label")["Ann"] == 2


def test_new_images_are_assigned_from_python_and_delegated(
    run: Run, embedded: "fo.Dataset"
) -> None:
    run("cluster_images", embedded.limit(25), embeddings_field="vectors")
    report = run("assign_new_images", embedded)
    assert (report["assigned"], report["summary"]) == (5, report["text"])


def test_forms_tell_what_will_be_done(clustered: "fo.Dataset") -> None:
    inputs = form("merge_clusters", clustered, clusters=["c00000", "c00001"])
    assert problems(inputs) == {}
    assert "Merged 'c00001' into 'c00000' (10 images moved)" in inputs["note"]["view"]["label"]
    choices = [choice["value"] for choice in inputs["clusters"]["view"]["choices"]]
    assert sorted(choices) == ["c00000", "c00001", "c00002"]
    assert "run_key" not in inputs  # there is only one


def test_the_form_of_an_import_tells_whether_the_file_fits(
    run: Run, clustered: "fo.Dataset", tmp_path: Path
) -> None:
    run("merge_clusters", clustered, clusters=["c00000", "c00001"])
    log = tmp_path / "log.jsonl"
    run("export_corrections", clustered, path=str(log))
    assert "has all that" in _foretold_import(clustered, log)
    run("undo_correction", clustered)
    (refused,) = problems(form("import_corrections", clustered, path=str(log))).values()
    assert "the log lacks, from number 2 on, 'Undid" in refused
    run("load_run", clustered, run_key="cluster", corrections=False)
    assert "1 correction will be carried out" in _foretold_import(clustered, log)
    assert clustered.count_values("cluster.cluster_id")["c00001"] == 10  # not yet
    log.write_text(log.read_text()[:-9])
    damaged = problems(form("import_corrections", clustered, path=str(log)))["path"]
    assert "Line 2 of the log is damaged" in damaged


def _foretold_import(dataset: "fo.Dataset", log: Path) -> str:
    inputs = form("import_corrections", dataset, path=str(log))
    assert problems(inputs) == {}
    return inputs["note"]["view"]["label"]


@pytest.mark.parametrize(
    ("name", "params", "parameter", "sentence"),
    [
        ("merge_clusters", {"clusters": ["c00000"]}, "clusters", "needs two different clusters"),
        ("split_cluster", {"cluster": "c00009"}, "cluster", "There is no cluster 'c00009'"),
        ("move_to_cluster", {"cluster": "c00001"}, "items", "Select at least one of the images"),
        ("rename_cluster", {"cluster": "c00000", "name": "noise"}, "name", "how a cluster without"),
        ("mark_noise", {}, "items", "Select at least one image"),
        ("confirm_clusters", {"clusters": ["Tim"]}, "clusters", "There is no cluster 'Tim'"),
        ("confirm_clusters", {"clusters": 5}, "clusters", "'Clusters' must be a list of"),
        ("rename_cluster", {"cluster": "c00000", "name": "a\0"}, "name", "'Name' has characters"),
        ("cluster_images", {"patches_field": 5}, "problem", "must be a text (got 5)"),
        ("cluster_images", {"k": 10**30}, "k", "'Neighbors (k)' is too large"),
        ("train_model", {"patches_field": ["x"]}, "problem", "must be a text (got ['x'])"),
        ("review_progress", {"ground_truth": "x"}, "ground_truth", "There is no field 'x'"),
        ("review_progress", {"ground_truth": "vectors"}, "ground_truth", "'vectors' does not hold"),
        ("import_corrections", {"path": "/gone"}, "path", "no file '/gone'; type the path"),
    ],
)
def test_wrong_values_are_marked_in_the_form(
    clustered: "fo.Dataset", name: str, params: dict[str, Any], parameter: str, sentence: str
) -> None:
    found = problems(form(name, clustered, **params))
    assert list(found) == [parameter]
    assert sentence in found[parameter]


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("undo_correction", {}, "There is nothing to undo"),
        ("redo_correction", {}, "There is nothing to redo"),
        ("apply_labels", {}, "Name the field that the labels go to"),
        ("apply_labels", {"label_field": "x"}, "No cluster is named and confirmed"),
        ("merge_clusters", {"clusters": []}, "at least two clusters"),
        ("export_corrections", {"path": ""}, "Type the path of the file"),
        ("rename_run", {"run_key": "cluster"}, "Type the new name"),
    ],
)
def test_what_is_not_filled_in_yet_is_asked_for_and_not_marked_as_wrong(
    clustered: "fo.Dataset", name: str, params: dict[str, Any], sentence: str
) -> None:
    inputs = form(name, clustered, **params)
    assert list(problems(inputs)) == ["problem"]  # which blocks the form
    assert inputs["problem"]["view"]["name"] == "Notice"
    assert sentence in inputs["problem"]["view"]["label"]


@pytest.mark.parametrize(
    "name",
    ["merge_clusters", "rename_cluster", "undo_correction", "apply_labels", "assign_new_images"],
)
def test_without_a_run_the_form_says_what_to_do(dataset: "fo.Dataset", name: str) -> None:
    found = problems(
        form(name, dataset, label_field="x") if "label" in name else form(name, dataset)
    )
    assert "There is no clustering run yet; cluster images first" in "".join(found.values())


def test_unknown_parameters_are_refused(run: Run, clustered: "fo.Dataset") -> None:
    with pytest.raises(Exception, match="'clusterz' is not a parameter of this operator"):
        run("merge_clusters", clustered, clusterz=["c00000", "c00001"])


def test_selection_of_the_grid_is_moved(clustered: "fo.Dataset") -> None:
    import fiftyone.operators as foo

    ids = clustered.values("id")[:3]
    inputs = form("move_to_cluster", clustered, selected=ids, name="Tom")
    assert inputs["items"]["view"]["label"] == "3 selected"
    assert "Moved 3 images to the new cluster 'Tom'" in inputs["note"]["view"]["label"]
    operator = foo.get_operator("@autolabel/gcn/move_to_cluster")
    request = {"params": {"name": "Tom"}, "selected": ids}
    ctx = context(clustered, operator_uri=operator.uri, **request)
    assert operator.execute(ctx)["images"] == 3
    assert len(ctx.executor.to_json()["requests"]) == 2  # the grid follows, and a notice
    clustered.reload()
    assert clustered.count_values("cluster.label")["Tom"] == 3


def test_selected_objects_are_moved(objects: "fo.Dataset") -> None:
    import fiftyone.operators as foo

    samples = objects.values("id")[:2]
    labels = [ids[0] for ids in objects.values("objects.detections.id")[:2]]
    selected = [
        {"label_id": label, "sample_id": sample, "field": "objects"}
        for label, sample in zip(labels, samples, strict=True)
    ]
    operator = foo.get_operator("@autolabel/gcn/move_to_cluster")
    ctx = context(objects, params={"name": "Tom"}, selected_labels=selected)
    assert operator.execute(ctx)["images"] == 2
    ctx = context(objects, params={"name": "Ann"}, selected=samples)
    with pytest.raises(ValueError, match="is about the patches of 'objects', the selection is not"):
        operator.execute(ctx)


def test_split_around_the_selection(clustered: "fo.Dataset") -> None:
    import fiftyone.operators as foo

    operator = foo.get_operator("@autolabel/gcn/split_cluster")
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    params = {"cluster": "c00000", "by": "images"}
    report = operator.execute(context(clustered, params=params, selected=ids[:2]))
    assert len(report["created"]) == 1


def test_dry_run_from_python_tells_what_would_be_done_in_full(
    run: Run, clustered: "fo.Dataset"
) -> None:
    before = clustered.values("cluster.label")
    around = [clustered.first().id, clustered.limit(10).last().id]
    key = clustered.first().cluster.cluster_id
    report = run("split_cluster", clustered, cluster=key, by="images", items=around, dry_run=True)
    assert (report["entry"], report["notice"]) == (None, "")
    assert report["text"].startswith(f"Split '{key}' into 2 clusters")
    clustered.reload()
    assert clustered.values("cluster.label") == before


def test_a_selection_for_something_else_does_not_enter_a_correction_of_clusters(
    clustered: "fo.Dataset",
) -> None:
    import fiftyone.operators as foo

    selected = clustered.match({"cluster.cluster_id": "c00001"}).values("id")[:3]
    inputs = form("mark_noise", clustered, selected=selected, clusters=["c00000"])
    assert "Marked 'c00000' as noise (10 images)" in inputs["note"]["view"]["label"]
    assert "items" not in inputs  # it would say that three are selected
    operator = foo.get_operator("@autolabel/gcn/mark_noise")
    ctx = context(clustered, params={"clusters": ["c00000"]}, selected=selected)
    assert operator.execute(ctx)["images"] == 10


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("mark_noise", {"clusters": ["c00000"]}),
        ("split_cluster", {"cluster": "c00000", "by": "clustering"}),
        ("split_cluster", {"cluster": "c00000", "by": "parts"}),
    ],
)
def test_selected_images_do_not_block_a_correction_of_clusters_of_objects(
    objects: "fo.Dataset", name: str, params: dict[str, Any]
) -> None:
    images = objects.values("id")[:2]
    chosen, free = (form(name, objects, selected=ids, **params) for ids in (images, []))
    assert problems(chosen) == problems(free)
    needs = form("mark_noise", objects, selected=images)
    assert "switch the view and select" in problems(needs)["items"]


def test_risk_is_declared(plugin: ModuleType) -> None:
    import fiftyone.operators as foo

    for name, risk in {"review_progress": "LOW", "merge_clusters": "MEDIUM"}.items():
        operator = foo.get_operator(f"@autolabel/gcn/{name}")
        assert operator.config.risk_level.name == risk
