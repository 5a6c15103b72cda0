"""Progress for who calls from Python: a bar on the terminal, and Ctrl-C at any time."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import fiftyone as fo

from .progress import Progress


@contextmanager
def told(progress: Progress | None) -> Iterator[Progress]:
    """Finds somebody to tell how far long work is.

    Ctrl-C raises `KeyboardInterrupt` inside of the block, also where FiftyOne's operators would
    only note it: they run in `asyncio.run`, which holds the first one back until the work is done.

    Args:
        progress: Whom the caller wants to be told; None for a bar, where there is a terminal or a
            notebook and FiftyOne's `show_progress_bars` is on.

    Yields:
        The function to call.
    """
    with _remembered_interrupts() as interrupts, ExitStack() as stack:
        listener = progress or stack.enter_context(_bar())

        def report(share: float, label: str) -> None:
            if interrupts:
                raise KeyboardInterrupt
            listener(share, label)

        yield report


@contextmanager
def _bar() -> Iterator[Progress]:
    from tqdm.auto import tqdm

    layout = "{percentage:3.0f}% |{bar:30}| {elapsed} {desc}"
    hidden = None if fo.config.show_progress_bars else True
    with tqdm(total=1.0, bar_format=layout, disable=hidden, leave=False) as bar:

        def report(share: float, label: str) -> None:
            bar.set_description_str(label, refresh=False)
            bar.update(share - bar.n)

        yield report


@contextmanager
def _remembered_interrupts() -> Iterator[list[int]]:
    """Notes each Ctrl-C, since the compiler of the kernels loses one that falls into it."""
    seen: list[int] = []

    def interrupt(signum: int, frame: FrameType | None) -> None:
        seen.append(signum)
        signal.default_int_handler(signum, frame)

    if threading.current_thread() is not threading.main_thread():
        yield seen
        return
    usual = signal.signal(signal.SIGINT, interrupt)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, usual or signal.SIG_DFL)
