"""`python -m gcn`: runs one command; an interrupt ends it with a sentence from the first moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from .command_line.interrupts import ending_at_once


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: Words of the command line without the program; None for those
            of this process.

    Returns:
        The exit code: 0 done, 2 wrong input, 130 interrupted.
    """
    return _prepared(arguments)()


def _prepared(arguments: Sequence[str] | None) -> Callable[[], int]:
    """Reads the options, which is quick, and only then loads what does the work."""
    from .command_line.parser import parse

    options = parse(arguments)
    from .command_line.commands import run

    return partial(run, options)


if __name__ == "__main__":
    with ending_at_once():
        command = _prepared(None)
    raise SystemExit(command())
