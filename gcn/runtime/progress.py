"""Reports how far a long task is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Called with the share done in [0, 1] and what is happening; it may raise to cancel."""


def share(progress: Progress | None, start: float, stop: float) -> Progress | None:
    """A reporter whose 0..1 is start..stop of `progress`; None stays None."""
    if progress is None:
        return None
    return lambda done, what: progress(start + (stop - start) * done, what)


def named(progress: Progress | None, what: str) -> Progress | None:
    """A reporter that says `what` in place of what it is told; None stays None."""
    if progress is None:
        return None
    return lambda done, _: progress(done, what)


def tell(progress: Progress | None, done: float, what: str) -> None:
    """Reports, if anybody listens."""
    if progress is not None:
        progress(done, what)
