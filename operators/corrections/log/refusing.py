"""What the readers of a log have in common: plain checks, each failing with a clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bson
from bson.errors import BSONError

from ...base.params import ParameterError
from ..partition.name_rules import checked_name

MOST_BYTES = 15_000_000
"""Of one document, with room for what is added to it; MongoDB takes 16 MiB."""


class RefusedError(ValueError):
    """Why a line is no correction; the message is a clause."""


def entry(line: Mapping[str, Any], name: str) -> Any:
    """Takes a value of a line.

    Args:
        line: The line.
        name: Name of the value.

    Returns:
        The value.

    Raises:
        RefusedError: It is not there.
    """
    if name not in line:
        raise RefusedError(f"it lacks '{name}'")
    return line[name]


def list_in(line: Mapping[str, Any], name: str) -> list[Any]:
    """Takes a list of a line.

    Args:
        line: The line.
        name: Name of the list.

    Returns:
        The list.

    Raises:
        RefusedError: It is not there, or no list.
    """
    values = entry(line, name)
    if not isinstance(values, list):
        raise RefusedError(f"'{name}' must be a list (got {values!r:.40})")
    return values


def is_whole(value: object, low: int, high: int) -> bool:
    """Tells whether something is a whole number in a range.

    Args:
        value: Anything.
        low: The smallest number.
        high: The largest.

    Returns:
        Whether it is; True and False are no numbers.
    """
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def check_size(values: Mapping[str, Any]) -> None:
    """Refuses what the database does not take into one document.

    Args:
        values: Parts of the document.

    Raises:
        RefusedError: They are too large, or of a kind that it does not know.
    """
    try:
        size = len(bson.encode(values))
    except (BSONError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise RefusedError("it has values that the database does not take") from error
    if size > MOST_BYTES:
        raise RefusedError(f"it takes {size:,} bytes, {MOST_BYTES:,} at most are possible")


def check_name(name: object) -> None:
    """Refuses a name that no person can give to a cluster.

    Args:
        name: The name; None for none.

    Raises:
        RefusedError: The plugin itself would not take it as it is.
    """
    if name is not None and not isinstance(name, str):
        raise RefusedError(f"a name must be a text (got {name!r:.40})")
    try:
        is_same = checked_name(name) == name
    except ParameterError as error:
        problem = str(error).partition(";")[0]
        raise RefusedError(f"no cluster can have one of its names ({problem})") from error
    if not is_same:
        raise RefusedError(f"no cluster can have the name {name!r:.40}")
