"""The panel shows what an operator of the same window did to the runs."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import URI, Answer, Send

if TYPE_CHECKING:
    import fiftyone as fo

LAYOUT = {
    "component_id": "root",
    "children": [
        {"type": "Samples", "component_id": "s1"},
        {"children": [{"type": "cluster_review", "component_id": "p1"}]},
    ],
}
Execute = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def execute(plugin: ModuleType) -> Execute:
    """Executes an operator as the App does, and gives the events that its panels get."""
    import asyncio
    import inspect

    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext, Executor

    def call(
        dataset: "fo.Dataset", name: str, spaces: Any = LAYOUT, **params: object
    ) -> list[dict[str, Any]]:
        uri = f"@autolabel/gcn/{name}"
        request = {"dataset_name": dataset.name, "operator_uri": uri, "params": params}
        executor = Executor()
        ctx = ExecutionContext({**request, "spaces": spaces}, executor=executor, operator_uri=uri)
        result = foo.get_operator(uri).execute(ctx)
        if inspect.iscoroutine(result):
            for _ in asyncio.run(result):
                pass
        dataset.reload()
        requests = json.loads(json.dumps(executor.to_json()["requests"], default=str))
        return [one["params"] for one in requests if one["operator_uri"] == URI]

    return call


@pytest.fixture
def answer_to(clustered: "fo.Dataset") -> Callable[[dict[str, Any]], Answer]:
    """Handles an event that an operator made the browser send."""
    import fiftyone.operators as foo

    def handle(params: dict[str, Any]) -> Answer:
        result = foo.execute_operator(URI, ctx={"dataset": clustered, "params": params})
        return Answer(result.executor.to_json()["requests"])

    return handle


AnswerTo = Callable[[dict[str, Any]], Answer]
AGAIN = {"embeddings_field": "vectors", "overwrite": True, "save_view": False}


def test_a_correction_by_an_operator_beside_the_panel_is_shown_on_its_page(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo
) -> None:
    send(clustered, "open_cluster", cluster="c00000")
    (event,) = execute(clustered, "merge_clusters", clusters=["c00000", "c00001"])
    answer = answer_to(event)
    assert answer.state["review"]["page"] == "cluster"
    assert "Merged 'c00001' into 'c00000'" in answer.page
    assert "20 images" in answer.page
    assert not answer.sent("clear_view")


def test_clusters_that_were_found_anew_take_the_place_of_the_old_without_a_warning(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    (event,) = execute(clustered, "cluster_images", **AGAIN)
    assert event["panel_id"] == "p1"
    assert event["panel_state"]["review"]["token"] == state["review"]["token"]
    answer = answer_to(event)
    assert answer.state["review"]["page"] == "clusters"
    assert answer.sent("clear_view")
    assert "clustered or loaded anew" not in answer.page
    after = send(clustered, "turn_page", answer.state, offset=0)
    assert "clustered or loaded anew" not in after.page


def test_new_images_come_in_where_the_user_is(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo
) -> None:
    copy = clustered.first().copy()
    copy["cluster"] = None
    clustered.add_samples([copy])
    key = clustered.first().cluster.cluster_id
    send(clustered, "open_cluster", cluster=key)
    (event,) = execute(clustered, "assign_new_images")
    answer = answer_to(event)
    assert answer.state["review"]["cluster"] == key
    assert "11 images" in answer.page


def test_a_deleted_run_leaves_the_panel(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo
) -> None:
    send(clustered, "open_cluster", cluster="c00000")
    (event,) = execute(clustered, "delete_run", run_key="cluster")
    answer = answer_to(event)
    assert "has no clusters yet" in answer.page
    assert "confirm_cluster" not in answer.page


def test_another_run_takes_the_place_of_one_that_was_deleted(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo
) -> None:
    execute(clustered, "cluster_images", embeddings_field="vectors", cluster_field="other")
    send(clustered, "open_cluster", {"review": {"run_key": "cluster"}}, cluster="c00000")
    (event,) = execute(clustered, "delete_run", run_key="cluster")
    review = answer_to(event).state["review"]
    assert (review["run_key"], review["page"]) == ("other", "clusters")


def test_a_renamed_run_stays_open_where_it_was(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo
) -> None:
    send(clustered, "open_cluster", cluster="c00001")
    (event,) = execute(clustered, "rename_run", run_key="cluster", new_run_key="mine")
    review = answer_to(event).state["review"]
    assert (review["run_key"], review["cluster"]) == ("mine", "c00001")


@pytest.mark.parametrize("operator", ["delete_run", "rename_run"])
def test_the_dropdown_may_name_the_run_before_the_browser_has_the_new_state(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo, operator: str
) -> None:
    execute(clustered, "cluster_images", embeddings_field="vectors", cluster_field="other")
    state = send(
        clustered, "open_cluster", {"review": {"run_key": "cluster"}}, cluster="c00000"
    ).state
    params = {"rename_run": {"new_run_key": "mine"}, "delete_run": {}}[operator]
    (event,) = execute(clustered, operator, run_key="cluster", **params)
    shown = answer_to(event).state["review"]["run_key"]
    # The App says that the dropdown changed, with the state from before the answer.
    answer = send(clustered, "choose_run", state, value=shown)
    assert "deleted or renamed" not in answer.page
    assert answer.state["review"]["run_key"] == shown


def test_the_view_of_a_loaded_run_stays_in_the_grid(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo
) -> None:
    execute(clustered, "cluster_images", **{**AGAIN, "save_view": True})
    send(clustered, "open_cluster", cluster="c00001")
    (event,) = execute(clustered, "load_run", run_key="cluster", corrections=False)
    answer = answer_to(event)
    assert answer.state["review"]["page"] == "clusters"
    assert not answer.sent("clear_view")


def test_a_loaded_run_is_shown_in_the_panel_that_was_open_with_another(
    send: Send, clustered: "fo.Dataset", execute: Execute, answer_to: AnswerTo
) -> None:
    execute(clustered, "cluster_images", embeddings_field="vectors", cluster_field="other")
    send(clustered, "open_cluster", {"review": {"run_key": "cluster"}}, cluster="c00001")
    (event,) = execute(clustered, "load_run", run_key="other")
    answer = answer_to(event)
    review = answer.state["review"]
    assert (review["run_key"], review["page"]) == ("other", "clusters")
    assert not answer.sent("clear_view")  # the grid keeps the saved view of the run
    assert not answer.sent("set_view")


@pytest.mark.parametrize("spaces", [None, "text", {}, {"children": [{"type": "cluster_review"}]}])
def test_a_window_without_the_panel_gets_no_event(
    send: Send, clustered: "fo.Dataset", execute: Execute, spaces: Any
) -> None:
    send(clustered, "on_load")
    assert execute(clustered, "delete_run", spaces, run_key="cluster") == []


def test_the_button_of_the_result_shows_the_run_that_was_made_in_an_open_panel(
    send: Send,
    run: Callable[..., dict[str, Any]],
    plugin_part: Callable[[str], ModuleType],
    clustered: "fo.Dataset",
    execute: Execute,
    answer_to: AnswerTo,
) -> None:
    send(clustered, "open_cluster", cluster="c00000")
    made = run("cluster_images", clustered, embeddings_field="vectors", cluster_field="other")
    form = plugin_part("operators.app.result_forms").summary_form(made, "Result").to_json()
    button = form["type"]["properties"]["next"]["view"]
    (event,) = execute(clustered, button["operator"].rsplit("/")[-1], **button["params"])
    assert answer_to(event).state["review"]["run_key"] == "other"
