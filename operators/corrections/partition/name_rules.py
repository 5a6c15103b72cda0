"""Names that a person gives to clusters."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from ...base.params import ParameterError
from ...base.wording import shown
from .state import is_key_like

MAX_LENGTH = 200
# Copied along from web pages and files: with them two names look the same and are not.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
# Of these, the text that follows on the page would be turned round.
OVERRIDES = "\u202a\u202b\u202c\u202d\u202e"


def checked_name(name: object) -> str | None:
    """Checks a name. Quotes, emoji, markup, dollar signs and dots are all fine.

    Args:
        name: What was typed.

    Returns:
        The name in composed Unicode without surrounding space and invisible characters; None for
        an empty one.

    Raises:
        ParameterError: It is no text, too long, has control characters, or is reserved.
    """
    if name is None:
        return None
    if not isinstance(name, str):
        raise ParameterError("name", f"'name' must be a text (got {shown(name)})")
    if len(name) > 4 * MAX_LENGTH:
        raise ParameterError("name", _too_long(len(name)))
    text = unicodedata.normalize("NFC", name.translate(INVISIBLE)).strip()
    if len(text) > MAX_LENGTH:
        raise ParameterError("name", _too_long(len(text)))
    if any(_is_control(character) for character in text):
        raise ParameterError(
            "name", "A name must be one line without control characters; type it again"
        )
    if is_key_like(text):
        raise ParameterError(
            "name",
            f"'{text}' is how a cluster without a name is called; choose another name, or leave "
            "it empty to take a name away",
        )
    return text or None


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in OVERRIDES


def _too_long(length: int) -> str:
    return f"A name has at most {MAX_LENGTH} characters (got {length:,}); choose a shorter one"


def sort_key(label: str) -> str:
    """Gives what names are sorted and searched by.

    Args:
        label: A name.

    Returns:
        It without differences of case.
    """
    return unicodedata.normalize("NFC", label).casefold()


def spelled(label: str) -> str | None:
    """Gives what labels are compared by that somebody typed where nobody checked them.

    Args:
        label: Any text.

    Returns:
        The same for all spellings of a name; None if it is no name.
    """
    if is_key_like(label):  # most labels are: the rest takes longer
        return None
    try:
        name = checked_name(label)
    except ParameterError:
        return None
    return None if name is None else sort_key(name)


def by_spelling(names: Mapping[int, str]) -> dict[str | None, int]:
    """Lists clusters by their names.

    Args:
        names: Names by cluster.

    Returns:
        Cluster by the name as `spelled` gives it; the first one where several have it.
    """
    return {spelled(name): cluster for cluster, name in sorted(names.items())[::-1]}
