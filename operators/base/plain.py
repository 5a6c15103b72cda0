"""Plain values in place of those of NumPy, which neither a form nor the database takes."""

from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Turns arrays into lists and their scalars into numbers, texts and truth values.

    Args:
        value: Any value; lists, tuples and mappings are gone through, the rest stays as it is.

    Returns:
        The value without anything of NumPy; tuples become lists.
    """
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    # So have arrays of other libraries, and columns of a table.
    to_list = getattr(value, "tolist", None)
    return value if to_list is None else to_list()
