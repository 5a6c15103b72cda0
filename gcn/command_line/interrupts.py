"""Ctrl-C while a program is still loading, where unwinding would print a traceback."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

INTERRUPTED = 130
"""Exit code: 128 + SIGINT, as shells count."""


@contextlib.contextmanager
def ending_at_once() -> Iterator[None]:
    """Ends the process at a Ctrl-C in one sentence, for as long as nothing has been written.

    No exception is raised: half-loaded libraries answer one with errors of their own. An interrupt
    that is ignored or handled by somebody stays so.
    """
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _end(signum: int, frame: FrameType | None) -> None:
    os.write(2, b"error: interrupted; nothing was written\n")
    os._exit(INTERRUPTED)
