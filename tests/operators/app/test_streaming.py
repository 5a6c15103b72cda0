import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo
    import fiftyone.operators as foo


@pytest.fixture
def streaming(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.app.streaming")


@pytest.fixture
def app_context(plugin: ModuleType, dataset: "fo.Dataset") -> "foo.ExecutionContext":
    """A context as the App's server makes it: the request names the operator."""
    from fiftyone.operators.executor import ExecutionContext, Executor

    request = {"dataset_name": dataset.name, "operator_uri": "@autolabel/gcn/x", "params": {}}
    return ExecutionContext(request_params=request, executor=Executor())


def words(result: Mapping[str, Any]) -> str:
    return f"Did {result['n']}"


def sent(messages: Iterator[Any]) -> list[tuple[str, dict[str, Any]]]:
    lines = [json.loads(message.to_json_line())["body"] for message in messages]
    return [(line["operator_uri"].rsplit("/")[-1], line["params"]) for line in lines]


def test_app_sees_progress_then_the_result(
    streaming: ModuleType, app_context: "foo.ExecutionContext"
) -> None:
    def task(progress: Callable[[float, str], None]) -> dict[str, Any]:
        progress(0.25, "A quarter")
        time.sleep(0.8)
        return {"n": 3, "summary": "**3** done"}

    messages = sent(streaming.run_task(app_context, task, words))
    names = [name for name, _ in messages]
    assert names[0] == "set_progress"
    assert names[-3:] == ["reload_dataset", "show_output", "notify"]
    assert messages[-2][1]["results"]["summary"] == "**3** done"
    assert "MarkdownView" in json.dumps(messages[-2][1]["outputs"])
    assert messages[-1][1] == {"message": "Did 3", "variant": "success"}


def test_the_notification_of_a_doubtful_result_is_amber(
    streaming: ModuleType, app_context: "foo.ExecutionContext"
) -> None:
    def task(progress: Callable[[float, str], None]) -> dict[str, Any]:
        return {"n": 3, "summary": "done", "warnings": ["Look at it"]}

    messages = sent(streaming.run_task(app_context, task, words))
    assert messages[-1][1] == {"message": "Did 3", "variant": "warning"}


def test_app_sees_figures_below_the_progress_as_soon_as_there_are_any(
    streaming: ModuleType, app_context: "foo.ExecutionContext"
) -> None:
    figures: list[dict[str, Any]] = []

    def task(progress: Callable[[float, str], None]) -> dict[str, Any]:
        for step in range(1, 4):
            progress(step / 10, f"Step {step}")
            time.sleep(0.8)
            figures[:] = [{"data": [{"y": [step]}], "layout": {}}]
        return {"n": 3, "summary": "done"}

    messages = sent(streaming.run_task(app_context, task, words, drawn=lambda: list(figures)))
    live = [params for name, params in messages[:-3] if name == "show_output"]
    assert messages[0][0] == "set_progress"
    assert live
    for params in live:
        fields = params["outputs"]["type"]["properties"]
        assert list(fields) == ["progress", "plot_0"]
        step = round(10 * params["results"]["progress"])
        assert fields["progress"]["view"]["label"] == f"Step {step}"
        (drawn,) = fields["plot_0"]["view"]["data"]
        assert drawn["y"][0] in (step - 1, step)  # drawn before this step, or since


def test_app_sees_how_long_it_will_still_take(
    streaming: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    app_context: "foo.ExecutionContext",
) -> None:
    with_time_left = plugin_part("operators.base.time_left").with_time_left

    def task(progress: Callable[[float, str], None]) -> dict[str, Any]:
        report = with_time_left(progress)
        for step in range(8):
            report(step / 20, f"Working: {step} of 20 images")
            time.sleep(0.55)
        return {"n": 8, "summary": "done"}

    labels = [
        p["label"]
        for name, p in sent(streaming.run_task(app_context, task, words))
        if name == "set_progress"
    ]
    assert "Working: 1 of 20 images" in labels
    assert re.fullmatch(r"Working: [67] of 20 images, about (5|10|15) seconds left", labels[-1])


def test_app_sees_the_sentence_of_an_error(
    streaming: ModuleType, app_context: "foo.ExecutionContext"
) -> None:
    def task(progress: Callable[[float, str], None]) -> dict[str, Any]:
        raise ValueError("'k' must be smaller")

    messages = sent(streaming.run_task(app_context, task, words))
    assert "'k' must be smaller" in json.dumps(messages[-2][1])
    assert messages[-1][1] == {"message": "'k' must be smaller", "variant": "error"}


def test_closing_the_app_cancels_the_task(
    streaming: ModuleType, app_context: "foo.ExecutionContext"
) -> None:
    ended = threading.Event()
    caught: list[BaseException] = []

    def task(progress: Callable[[float, str], None]) -> dict[str, Any]:
        try:
            for step in range(1000):
                progress(step / 1000, "Working")
                time.sleep(0.02)
        except RuntimeError as error:
            caught.append(error)
            raise
        finally:
            ended.set()
        return {"n": 1}

    messages = streaming.run_task(app_context, task, words)
    next(messages)
    next(messages)
    messages.close()
    assert ended.wait(10)
    assert "the operation was cancelled" in str(caught[0])


def test_python_gets_the_plain_result(streaming: ModuleType, dataset: "fo.Dataset") -> None:
    from fiftyone.operators.executor import ExecutionContext, Executor

    ctx = ExecutionContext({"dataset_name": dataset.name, "params": {}}, executor=Executor())
    assert streaming.run_task(ctx, lambda progress: {"n": 1}, words) == {"n": 1}


def test_call_from_python_is_not_cut_off_by_fiftyones_timeout(
    streaming: ModuleType, dataset: "fo.Dataset"
) -> None:
    from fiftyone.operators.decorators import coroutine_timeout
    from fiftyone.operators.executor import ExecutionContext, Executor

    ctx = ExecutionContext({"dataset_name": dataset.name, "params": {}}, executor=Executor())

    def slow(progress: Callable[[float, str], None]) -> dict[str, Any]:
        time.sleep(0.5)
        return {"n": 1}

    @coroutine_timeout(seconds=0.1)
    async def execute() -> Any:
        return streaming.run_task(ctx, slow, words)

    assert asyncio.run(execute()) == {"n": 1}


def queue(dataset: "fo.Dataset", **params: Any) -> str:
    import fiftyone.operators as foo

    uri = "@autolabel/gcn/cluster_images"
    return str(foo.get_operator(uri)(dataset, delegate=True, **params).result["id"])


def fail(operation: str) -> None:
    """`fiftyone delegated fail`, as the command line runs it."""
    import argparse

    from fiftyone.core.cli import DelegatedFailCommand

    DelegatedFailCommand.execute(argparse.ArgumentParser(), argparse.Namespace(ids=[operation]))


@pytest.mark.slow
def test_delegated_run_that_is_marked_as_failed_stops_and_undoes_itself(
    make_dataset: Callable[..., "fo.Dataset"],
    plugin_part: Callable[[str], ModuleType],
    state_of: Callable[..., Any],
    dataset: "fo.Dataset",
) -> None:
    from bson import ObjectId
    from fiftyone.operators.delegated import DelegatedOperationService

    many = make_dataset(dataset.values("filepath") * 40)
    cluster_images = plugin_part("operators.runs.clustering").cluster_images
    cluster_images(many.limit(30), save_view=False)
    before = state_of(many)
    operation = queue(many, overwrite=True, batch_size=1)
    service = DelegatedOperationService()
    worker = threading.Thread(
        target=service.execute_queued_operations,
        kwargs={"operator": "@autolabel/gcn/cluster_images"},
    )
    worker.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = service.get(ObjectId(operation)).status
        if status is not None and "of 1,170 images" in (status.label or ""):
            break
        time.sleep(0.05)
    else:
        pytest.fail("the run never said how far it was")
    fail(operation)
    worker.join(60)
    assert not worker.is_alive()
    assert service.get(ObjectId(operation)).run_state == "failed"
    assert 30 <= many.count("gcn_embedding") < 1_200
    after = state_of(many)
    for state in (before, after):
        del state["samples"]
    assert after == before
    assert many.count("cluster") == 30


def test_stage_and_share_reach_the_status_of_a_delegated_run(
    dataset: "fo.Dataset", blobs: Any
) -> None:
    from bson import ObjectId
    from fiftyone.operators.delegated import DelegatedOperationService

    dataset.set_values("vectors", list(blobs))
    operation = queue(dataset, embeddings_field="vectors")
    service = DelegatedOperationService()
    service.execute_queued_operations(operator="@autolabel/gcn/cluster_images")
    done = service.get(ObjectId(operation))
    assert done.run_state == "completed"
    assert 0 <= done.status.progress <= 1
    assert done.status.label
