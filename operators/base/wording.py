"""Numbers, lists and values in sentences."""

from collections.abc import Sequence
from typing import Any

LONGEST = 60
"""Characters of a value that a sentence shows."""


def shown(value: Any) -> str:
    """Shows a value that was not what was wanted, in one line and in short.

    Args:
        value: Any value, such as a whole dataset.

    Returns:
        As Python writes it.
    """
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def count_text(number: int, noun: str) -> str:
    """Words a number of things.

    Args:
        number: How many.
        noun: The plural of a regular noun: "images", "patches", "classes".

    Returns:
        "1 image", "1 patch", "1,200 images".
    """
    ending = len("es") if noun.endswith(("ches", "sses")) else len("s")
    return f"{number:,} {noun if number != 1 else noun[:-ending]}"


def list_text(things: Sequence[str]) -> str:
    """Lists things in a sentence.

    Args:
        things: At least one.

    Returns:
        "a", "a and b", "a, b and c".
    """
    *others, last = things
    return f"{', '.join(others)} and {last}" if others else last
