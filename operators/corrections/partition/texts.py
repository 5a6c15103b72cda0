"""Corrections in words, for the log and the notice in the App."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.wording import count_text, list_text
from .state import ReviewState

SHOWN = 4


def quoted(state: ReviewState, clusters: Sequence[int]) -> str:
    """Lists clusters.

    Args:
        state: Their state.
        clusters: At least one.

    Returns:
        "'Tom' and 'c00003'", with a count instead of the names beyond the fourth.
    """
    shown = [f"'{shortened(state.label(cluster))}'" for cluster in clusters[:SHOWN]]
    if len(clusters) > SHOWN:
        shown.append(f"{len(clusters) - SHOWN:,} more")
    return list_text(shown)


def shortened(name: str) -> str:
    """Cuts a long name.

    Args:
        name: A name.

    Returns:
        At most 40 characters.
    """
    return name if len(name) <= 40 else f"{name[:39]}…"


def counted(number: int, noun: str) -> str:
    """Puts a number of items in brackets.

    Args:
        number: How many.
        noun: "images" or "patches".

    Returns:
        "(12 images)".
    """
    return f"({count_text(number, noun)})"
