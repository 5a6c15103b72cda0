"""What undo and redo mean: which entries of the append-only log hold at present."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

UNDO, REDO = "undo", "redo"
DONE, UNDONE, DROPPED, NOTE = "done", "undone", "dropped", "note"
"""State of an entry: it holds; it can be redone; it was undone and something else was done since;
it is itself an undo or redo."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One entry of the log, as far as undo and redo are concerned.

    Attributes:
        number: Its place in the log, from 1.
        kind: `UNDO`, `REDO`, or the kind of a correction.
        of: The entries that an undo or redo is about.
    """

    number: int
    kind: str
    of: tuple[int, ...] = ()


def advance(states: dict[int, str], step: Step) -> dict[int, str]:
    """Takes one more entry into account.

    Args:
        states: State by number of the entries so far.
        step: The next entry.

    Returns:
        The states that change, the entry's own among them.
    """
    if step.kind == UNDO:
        return dict.fromkeys(step.of, UNDONE) | {step.number: NOTE}
    if step.kind == REDO:
        return dict.fromkeys(step.of, DONE) | {step.number: NOTE}
    lost = {number: DROPPED for number, state in states.items() if state == UNDONE}
    return lost | {step.number: DONE}


def states_of(steps: Iterable[Step]) -> dict[int, str]:
    """Reads a log from its start.

    Args:
        steps: The entries in order.

    Returns:
        State by number.
    """
    states: dict[int, str] = {}
    for step in steps:
        states |= advance(states, step)
    return states


def to_undo(done: Sequence[int], back_to: int | None) -> tuple[int, ...]:
    """Chooses what an undo takes back.

    Args:
        done: Numbers of the entries that hold.
        back_to: Everything after this entry goes; None for the last one alone.

    Returns:
        Numbers, newest first; empty if there is nothing.
    """
    latest = sorted(done, reverse=True)
    if back_to is None:
        return tuple(latest[:1])
    return tuple(number for number in latest if number > back_to)


def to_redo(undone: Sequence[int], up_to: int | None) -> tuple[int, ...]:
    """Chooses what a redo brings back.

    Args:
        undone: Numbers of the entries that can be redone.
        up_to: Everything up to this entry returns; None for the next one alone.

    Returns:
        Numbers, oldest first; empty if there is nothing.
    """
    earliest = sorted(undone)
    if up_to is None:
        return tuple(earliest[:1])
    return tuple(number for number in earliest if number <= up_to)
