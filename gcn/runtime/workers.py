"""Threads that a fork waits for until they are really gone.

Python counts a thread as ended before the system does: what libraries keep for each thread is freed
last. A child that is forked in between has their locks and nobody who opens them, and waits without
end in its first product of matrices.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id
from typing import Any

_LONGEST = 1.0
"""Seconds that a fork waits: by then the number of a thread may be another's."""
_ENDED: deque[int] = deque(maxlen=1024)


class Workers(ThreadPoolExecutor):
    """A pool of threads; a process that has left one may fork."""

    def __init__(
        self,
        max_workers: int,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self._ids: list[int] = []
        super().__init__(
            max_workers, initializer=_begin, initargs=(self._ids, initializer, initargs)
        )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the threads, as that of the base class."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            _ENDED.extend(self._ids)
            self._ids.clear()


def _begin(
    ids: list[int], initializer: Callable[..., object] | None, initargs: tuple[Any, ...]
) -> None:
    ids.append(get_native_id())
    if initializer is not None:
        initializer(*initargs)


def _wait_for_ended() -> None:
    # Two threads may fork at once: both wait for all, without a lock that a child would inherit.
    begun, ended = time.monotonic(), tuple(_ENDED)
    for thread in ended:
        while os.path.exists(f"/proc/self/task/{thread}") and time.monotonic() - begun < _LONGEST:
            time.sleep(1e-4)
    for thread in ended:
        with contextlib.suppress(ValueError):
            _ENDED.remove(thread)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_wait_for_ended)
