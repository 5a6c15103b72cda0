"""Tells whoever waits that the first clustering of a computer takes longer than all others.

It compiles its loops for up to a minute, in a stage that takes a second later, and nothing else
would say why the progress stands still.
"""

from __future__ import annotations

from pathlib import Path

from .compiled import kernel_folder
from .progress import Progress

_MARK = "clustered"
_noted: list[bool] = []


def is_first_run() -> bool:
    """Whether nothing was clustered yet with this code on this computer."""
    mark = _mark()
    return not _noted and (mark is None or not mark.exists())


def note_run() -> None:
    """Notes that all that a clustering needs is compiled."""
    if not is_first_run():
        return
    _noted.append(True)
    mark = _mark()
    if mark is not None:
        try:
            mark.touch()
        except OSError:  # it will be said once more
            return


def tell_first_run(progress: Progress) -> Progress:
    """A reporter that also says, on the first run, why it takes long.

    Args:
        progress: Called with the share done and what is happening.

    Returns:
        The same reporter, or one that adds a few words to what is happening.
    """
    if not is_first_run():
        return progress
    words = "the first run prepares itself, once: up to a minute more"
    return lambda done, what: progress(done, f"{what} ({words})")


def _mark() -> Path | None:
    folder = kernel_folder()
    return None if folder is None else folder / _MARK
