"""Checks of what a browser sends with an event: anybody can call any event with anything."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..base.checks import text as checked_text
from ..base.params import ParameterError

# Longer than any name or id; keeps messages and state small.
LONGEST = 1_000
MOST_OFFSET = 10**9

Values = Mapping[str, Any]


def text(values: Values, name: str) -> str:
    """Takes a text.

    Args:
        values: What was sent.
        name: Name of the value.

    Returns:
        The text; "" for None.

    Raises:
        ParameterError: It is no text, longer than 1,000 characters, or not to be stored.
    """
    value = values.get(name)
    if value is None:
        return ""
    checked = checked_text(name, value)
    if len(checked) > LONGEST:
        raise ParameterError(
            name, f"'{name}' must have at most {LONGEST:,} characters (got {len(checked):,})"
        )
    return checked


def needed(values: Values, name: str) -> str:
    """Takes a text that must be there.

    Args:
        values: What was sent.
        name: Name of the value.

    Returns:
        The text.

    Raises:
        ParameterError: It is empty or no text.
    """
    value = text(values, name)
    if not value:
        raise ParameterError(name, f"The event lacks its '{name}'; reload the panel and try again")
    return value


def choice(values: Values, name: str, choices: Sequence[str]) -> str:
    """Takes one of some choices.

    Args:
        values: What was sent.
        name: Name of the value.
        choices: What it may be.

    Returns:
        The choice.

    Raises:
        ParameterError: It is something else.
    """
    value = values.get(name)
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(f"'{known}'" for known in choices)
        raise ParameterError(name, f"'{name}' must be one of {listed} (got {value!r:.80})")
    return value


def whole(values: Values, name: str) -> int:
    """Takes a number to count with.

    Args:
        values: What was sent.
        name: Name of the value.

    Returns:
        A whole number from 0 to a billion.

    Raises:
        ParameterError: It is something else.
    """
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_OFFSET:
        raise ParameterError(name, f"'{name}' must be a whole number from 0 (got {value!r:.80})")
    return value


def based_on(values: Values) -> int | None:
    """Takes the number of the last correction that the user saw.

    Args:
        values: What was sent, with `based_on`.

    Returns:
        The number; None if none was sent.

    Raises:
        ParameterError: It is no number.
    """
    return None if values.get("based_on") is None else whole(values, "based_on")


def listed(value: Any, name: str) -> list[Any]:
    """Takes a list of anything.

    Args:
        value: What was sent.
        name: What it is called.

    Returns:
        The list; empty for None and whatever else is empty.

    Raises:
        ParameterError: It is something else.
    """
    if not value:
        return []
    if not isinstance(value, list | tuple):
        raise ParameterError(name, f"'{name}' must be a list (got {value!r:.80})")
    return list(value)


def id_list(values: Values, name: str, most: int) -> list[str]:
    """Takes a list of texts.

    Args:
        values: What was sent.
        name: Name of the value.
        most: How many there may be.

    Returns:
        The texts, each once, in their order.

    Raises:
        ParameterError: It is no list, too long, or has something else in it.
    """
    value = values.get(name)
    if not isinstance(value, list | tuple):
        raise ParameterError(name, f"'{name}' must be a list (got {value!r:.80})")
    if len(value) > most:
        raise ParameterError(
            name, f"'{name}' must have at most {most:,} entries (got {len(value):,})"
        )
    return list(dict.fromkeys(needed({name: entry}, name) for entry in value))
