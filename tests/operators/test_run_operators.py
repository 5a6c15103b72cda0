"""The operators `list_runs`, `load_run` and `delete_run`."""

import asyncio
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]


def inputs_of(name: str, dataset: "fo.Dataset", **params: object) -> dict[str, Any]:
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext

    operator = foo.get_operator(f"@autolabel/gcn/{name}")
    ctx = ExecutionContext({"dataset_name": dataset.name, "params": params})
    return operator.resolve_type(ctx, "inputs").to_json()["type"]["properties"]


def test_list_runs_gives_and_shows_a_table(run: Run, clustered: "fo.Dataset") -> None:
    result = run("list_runs", clustered)
    assert [row["run_key"] for row in result["runs"]] == ["cluster"]
    assert "| cluster | complete | cluster | 30 | 3 | vectors |" in result["summary"]
    day, time = result["runs"][0]["timestamp"].split("T")
    assert f"{day} {time}" in result["summary"].replace("\N{NON-BREAKING HYPHEN}", "-")
    assert result["runs"][0]["model"] == "shipped"
    assert "Model" not in result["summary"]


def test_list_runs_tells_the_model_where_one_is_not_the_shipped_one(
    run: Run, clustered: "fo.Dataset"
) -> None:
    config = clustered.get_run_info("cluster").config
    config.checkpoint = {"path": "mine", "sha256": "0"}
    clustered.update_run_config("cluster", config)
    result = run("list_runs", clustered)
    assert result["runs"][0]["model"] == "mine"
    assert "| Embeddings | Model |" in result["summary"]
    assert "| vectors | mine |" in result["summary"]


def test_list_runs_of_a_new_dataset_is_empty(run: Run, dataset: "fo.Dataset") -> None:
    assert run("list_runs", dataset)["runs"] == []


def test_load_run_restores(run: Run, clustered: "fo.Dataset") -> None:
    clustered.clear_sample_field("cluster")
    assert run("load_run", clustered, run_key="cluster")["restored"] == 30


def test_load_run_says_what_it_replaces(clustered: "fo.Dataset") -> None:
    note = inputs_of("load_run", clustered, run_key="cluster")["note"]
    assert "What 'cluster' holds now will be replaced" in note["view"]["label"]
    assert inputs_of("load_run", clustered, run_key="gone")["run_key"]["invalid"]


def test_delete_run_names_what_goes_before_it_goes(run: Run, clustered: "fo.Dataset") -> None:
    warning = inputs_of("delete_run", clustered, run_key="cluster")["note"]["view"]["label"]
    for what in ("run 'cluster'", "field 'cluster'", "saved view 'cluster: one tile per cluster'"):
        assert what in warning
    assert "the field 'cluster' and the saved view" in warning
    run("delete_run", clustered, run_key="cluster")
    assert not clustered.has_field("cluster")
    assert clustered.list_runs() == clustered.list_saved_views() == []


def test_risk_is_declared(plugin: ModuleType) -> None:
    import fiftyone.operators as foo

    risks = {
        name: foo.get_operator(f"@autolabel/gcn/{name}").config.risk_level.name
        for name in ("list_runs", "load_run", "delete_run", "cluster_images")
    }
    assert risks == {
        "list_runs": "LOW",
        "load_run": "MEDIUM",
        "delete_run": "HIGH",
        "cluster_images": "MEDIUM",
    }


def test_delete_run_ends_well_where_the_app_shows_what_goes(clustered: "fo.Dataset") -> None:
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext, Executor

    clustered.reload()
    request = {
        "dataset_name": clustered.name,
        "view": clustered.select_fields("cluster")._serialize(),
        "operator_uri": "@autolabel/gcn/delete_run",
        "params": {"run_key": "cluster"},
    }
    operator = foo.get_operator(request["operator_uri"])
    ctx = ExecutionContext(request, executor=Executor())
    messages = list(asyncio.run(operator.execute(ctx)))
    assert clustered.list_runs() == []
    assert "Deleted the run 'cluster'" in messages[-1].to_json_line()
