"""Runs a long task from the App with a progress bar and a result, and elsewhere as a plain call."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import fiftyone.operators as foo
from bson import ObjectId
from fiftyone.operators import types
from fiftyone.operators.delegated import DelegatedOperationService
from fiftyone.operators.executor import ExecutionRunState
from fiftyone.operators.message import GeneratedMessage

from ..base import warm_up
from ..base.progress import Progress
from ..base.terminal import told
from .result_forms import progress_form, summary_form
from .saved_view import reload_or_leave
from .stage_words import stage_words

logger = logging.getLogger(__name__)

Task = Callable[[Progress], dict[str, Any]]
Done = Callable[[Mapping[str, Any]], str]
Follow = Callable[[Mapping[str, Any]], Sequence[GeneratedMessage]]
Drawn = Callable[[], Sequence[Mapping[str, Any]]]
"""Gives what can be drawn so far, Plotly's `data` and `layout` each; called from another thread."""

# Seconds between two progress messages; each redraws the App's dialog or writes to the database.
INTERVAL = 0.5
# Seconds after which a message is sent though nothing changed, to notice that the browser left.
HEARTBEAT = 5.0


class Cancelled(RuntimeError):  # noqa: N818
    """Nobody waits for the task any more, so it stops and undoes what it wrote."""


def run_task(
    ctx: foo.ExecutionContext,
    task: Task,
    done: Done,
    follow: Follow | None = None,
    leaves_view: bool = False,
    drawn: Drawn = tuple,
) -> dict[str, Any] | Iterator[GeneratedMessage]:
    """Runs a task in the way that fits to where it was called from.

    Call it from an operator's `async def execute`: there, calls from Python block until the task
    ends instead of running under FiftyOne's timeout of 600 seconds.

    Args:
        ctx: The execution context.
        task: The work; takes a progress function and gives plain JSON types, among them a
            `summary` in Markdown.
        done: Words the notification at the end from the result.
        follow: What the App then does with the result.
        leaves_view: Whether the App first goes back to the whole dataset, because its view may
            need what the task deletes.
        drawn: Figures that the App shows below the progress bar while the task goes on.

    Returns:
        The task's result; called from the App, the messages that show progress and result.
    """
    if not ctx.delegated and "operator_uri" in ctx.request_params:
        return _stream(ctx, task, done, follow, leaves_view, drawn)
    with told(None) as show:
        if not ctx.delegated:
            return task(show)
        store = _throttled(lambda share, label: _store_progress(ctx, share, label))

        def report(share: float, label: str) -> None:
            show(share, label)
            store(share, label)

        return task(report)


def _store_progress(ctx: foo.ExecutionContext, share: float, label: str) -> None:
    """Stores how far a delegated run is, unless somebody gave it up in the meantime."""
    try:
        run = DelegatedOperationService().get(ObjectId(str(ctx.request_params["run_doc"])))
    except ValueError as error:
        raise Cancelled("The delegated operation was deleted, so it was cancelled") from error
    if run.run_state == ExecutionRunState.FAILED:
        raise Cancelled("The delegated operation was marked as failed, so it was cancelled")
    ctx.set_progress(share, stage_words(label))


def _throttled(report: Progress) -> Progress:
    last = [0.0]

    def throttled(share: float, label: str) -> None:
        now = time.monotonic()
        if now - last[0] >= INTERVAL:
            last[0] = now
            report(float(share), label)

    return throttled


def _stream(
    ctx: foo.ExecutionContext,
    task: Task,
    done: Done,
    follow: Follow | None,
    leaves_view: bool,
    drawn: Drawn,
) -> Iterator[GeneratedMessage]:
    news: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
    left = threading.Event()

    def report(share: float, label: str) -> None:
        if left.is_set():
            raise Cancelled("The App was closed, so the operation was cancelled")
        news.put((float(share), stage_words(label)))

    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="autolabel-gcn")
    if leaves_view:
        yield ctx.ops.clear_view()
    yield ctx.ops.set_progress(progress=0.0, label="Starting")
    try:
        future = pool.submit(_after_warm_up, task, report)
        yield from _progress_messages(ctx, future, news, drawn)
    finally:
        left.set()
        pool.shutdown(wait=False)
    error = future.exception()
    if error is None:
        yield reload_or_leave(ctx)
        yield from _result_messages(ctx, future.result(), done, follow)
    else:
        logger.error("The operation failed", exc_info=error)
        yield from _error_messages(ctx, error)


def _after_warm_up(task: Task, report: Progress) -> dict[str, Any]:
    if warm_up.is_going_on():
        report(0.0, "Loading the networks")
    warm_up.wait()
    return task(report)


def _progress_messages(
    ctx: foo.ExecutionContext,
    future: "Future[dict[str, Any]]",
    news: "queue.SimpleQueue[tuple[float, str]]",
    drawn: Drawn,
) -> Iterator[GeneratedMessage]:
    latest, sent = (0.0, "Starting"), time.monotonic()
    while not future.done():
        is_new = False
        try:
            latest = news.get(timeout=INTERVAL)
            is_new = True
        except queue.Empty:
            pass
        now = time.monotonic()
        if now - sent >= (INTERVAL if is_new else HEARTBEAT):
            sent = now
            yield _progress_message(ctx, *latest, drawn())


def _progress_message(
    ctx: foo.ExecutionContext, done: float, label: str, figures: Sequence[Mapping[str, Any]]
) -> GeneratedMessage:
    if not figures:
        return ctx.ops.set_progress(progress=done, label=label)
    # A progress bar can have nothing beside it, so the bar becomes part of an output.
    return ctx.ops.show_output(progress_form(label, figures).to_json(), {"progress": done})


def _result_messages(
    ctx: foo.ExecutionContext,
    result: dict[str, Any],
    done: Done,
    follow: Follow | None,
) -> Iterator[GeneratedMessage]:
    form = summary_form(result, "Result")
    if form is not None:
        yield ctx.ops.show_output(form.to_json(), result)
    if follow is not None:
        yield from follow(result)
    variant = "warning" if result.get("warnings") else "success"
    yield ctx.ops.notify(done(result), variant=variant)


def _error_messages(ctx: foo.ExecutionContext, error: BaseException) -> Iterator[GeneratedMessage]:
    form = types.Object()
    form.view("error", types.Error(label="Failed", description=str(error)))
    shown = types.Property(form, view=types.View(label="Failed"))
    yield ctx.ops.show_output(shown.to_json(), {})
    yield ctx.ops.notify(str(error), variant="error")
