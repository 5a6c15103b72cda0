"""A progress bar on a terminal, and a Ctrl-C that no compiled code can swallow."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from tqdm import tqdm

from ..runtime.progress import Progress

_LAYOUT = "{percentage:3.0f}% |{bar:30}| {elapsed}, {remaining} left: {desc}"


@contextlib.contextmanager
def progress_bar() -> Iterator[Progress]:
    """Draws a bar on a terminal, and nothing where stderr is a pipe or a file.

    Yields:
        A reporter; it raises KeyboardInterrupt once Ctrl-C has been pressed.
    """
    with (
        _remembered_interrupts() as interrupts,
        tqdm(total=1.0, bar_format=_LAYOUT, disable=None, leave=False) as bar,
    ):

        def report(done: float, doing: str) -> None:
            if interrupts:
                raise KeyboardInterrupt
            bar.n = done
            bar.set_description_str(doing)

        yield report


@contextlib.contextmanager
def _remembered_interrupts() -> Iterator[list[int]]:
    """Notes each Ctrl-C, since the compiler of the kernels loses one that falls into it."""
    seen: list[int] = []

    def interrupt(signum: int, frame: FrameType | None) -> None:
        seen.append(signum)
        signal.default_int_handler(signum, frame)

    usual = signal.signal(signal.SIGINT, interrupt)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, usual)
