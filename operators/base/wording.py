"""Numbers and lists in sentences."""

from collections.abc import Sequence


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
