"""Checks of single values: each gives a good one, or one sentence on what is wrong."""

import re
from typing import Any

from .params import Check, ParameterError
from .wording import shown

LARGEST = 2**63 - 1
"""What the database can hold of a whole number."""
MAX_ITEMS = 1_000_000
"""Of a list."""

# MongoDB takes neither in a query: half a character has no UTF-8, and NUL ends a pattern.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def content(name: str, value: Any) -> str:
    """Checks a text that is not stored itself: what is read from it is checked piece by piece.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The text.

    Raises:
        ParameterError: It is none.
    """
    if not isinstance(value, str):
        raise ParameterError(name, f"'{name}' must be a text (got {shown(value)})")
    return value


def text(name: str, value: Any) -> str:
    """Checks a text; whatever a client sends as one passes through here.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The text.

    Raises:
        ParameterError: It is none, or has characters that no database can store.
    """
    if _UNSTORABLE.search(content(name, value)):
        raise ParameterError(
            name,
            f"'{name}' has characters that cannot be stored (got {shown(value)}); type it again",
        )
    return value


def identifier(name: str, value: Any) -> str:
    """Checks the name of a field or run.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The name.

    Raises:
        ParameterError: It is no identifier.
    """
    word = text(name, value)
    if not word.isidentifier() or word.startswith("_"):
        raise ParameterError(
            name,
            f"'{name}' must start with a letter and hold only letters, digits and underscores "
            f"(got {shown(word)})",
        )
    return word


def field_path(name: str, value: Any) -> str:
    """Checks the name of a field, which may be inside of others.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The name, or names with dots between them.

    Raises:
        ParameterError: One of them is no identifier.
    """
    words = text(name, value).split(".")
    return ".".join(identifier(name, word) for word in words)


def whole(minimum: int) -> Check:
    """Makes a check for whole numbers.

    Args:
        minimum: The smallest that will do.

    Returns:
        The check.
    """

    def check(name: str, value: Any) -> int:
        is_whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not is_whole or int(value) < minimum:
            raise ParameterError(
                name, f"'{name}' must be a whole number of at least {minimum} (got {shown(value)})"
            )
        if int(value) > LARGEST:
            raise ParameterError(name, f"'{name}' is too large (got {shown(value)})")
        return int(value)

    return check


def yes_no(name: str, value: Any) -> bool:
    """Checks a choice between True and False.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The choice.

    Raises:
        ParameterError: It is neither.
    """
    if not isinstance(value, bool):
        raise ParameterError(name, f"'{name}' must be True or False (got {shown(value)})")
    return value


def one_of(choices: tuple[str, ...]) -> Check:
    """Makes a check for a choice.

    Args:
        choices: What will do.

    Returns:
        The check.
    """

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            listed = ", ".join(f"'{choice}'" for choice in choices)
            raise ParameterError(name, f"'{name}' must be one of {listed} (got {shown(value)})")
        return value

    return check


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Checks a list of ids or names; a single one will do.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The texts, each once.

    Raises:
        ParameterError: It is no list of texts, or too long.
    """
    listed = [value] if isinstance(value, str) else value
    is_list = isinstance(listed, list | tuple | set | frozenset)
    if not is_list or not all(isinstance(one, str) for one in listed):
        raise ParameterError(name, f"'{name}' must be a list of texts (got {shown(value)})")
    if len(listed) > MAX_ITEMS:
        raise ParameterError(name, f"'{name}' has at most {MAX_ITEMS:,} entries (got more)")
    return tuple(dict.fromkeys(text(name, one) for one in listed if one))


def groups_of_texts(name: str, value: Any) -> tuple[tuple[str, ...], ...]:
    """Checks a list of lists of ids.

    Args:
        name: Name of the parameter.
        value: Its raw value.

    Returns:
        The lists.

    Raises:
        ParameterError: It is none.
    """
    if not isinstance(value, list | tuple) or any(isinstance(one, str) for one in value):
        raise ParameterError(name, f"'{name}' must be a list of lists of ids (got {shown(value)})")
    return tuple(texts(name, one) for one in value)
