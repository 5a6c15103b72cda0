"""The names that are offered where one is typed: those nearest to it, of however many there are."""

from collections.abc import Sequence

from ..base.params import ParameterError
from ..corrections import reads
from .session import Session

# More than anybody reads through; with thousands of names, typing brings up the others.
OFFERED = 50


def offered_names(
    session: Session, path: str, first: Sequence[str] = (), current: str = ""
) -> list[str]:
    """Lists names to choose from.

    Args:
        session: The event.
        path: Place of the field.
        first: Names to offer before all others.
        current: What the field holds before anything is typed.

    Returns:
        Those of `first`, then names in use: those that begin with what is typed, those that hold
        it, and of each kind those with most images before the others.
    """
    typed = "" if session.is_fresh else _typed(session, path)
    prefix = "" if typed == current else typed
    run_key = session.state.run_key
    found = reads.list_names(session.dataset, prefix=prefix, run_key=run_key, limit=OFFERED)
    return list(dict.fromkeys([*first, *(row["name"] for row in found["names"])]))


def _typed(session: Session, path: str) -> str:
    """What is typed so far; nothing where it can be no name, which only a decision has to tell."""
    try:
        return session.typed(path)
    except ParameterError:
        return ""


def are_too_many(session: Session) -> bool:
    """Tells whether there are more names than are offered at once.

    Args:
        session: The event.

    Returns:
        Whether the offer depends on what is typed.
    """
    found = reads.list_names(session.dataset, run_key=session.state.run_key, limit=1)
    return found["total"] > OFFERED
