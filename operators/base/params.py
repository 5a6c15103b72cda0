"""Parameters with names, defaults and rules, for form, SDK and delegated runs."""

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .plain import plain
from .wording import shown

# What FiftyOne itself, and the texts of our forms, add to the parameters of an operator.
_SYSTEM_NAMES = frozenset(
    {"view_target", "custom_view_target", "panel_id", "panel_state"}
    | {"problem", "note", "left_out", "advanced"}
)

Check = Callable[[str, Any], Any]
T = TypeVar("T")


class ParameterError(ValueError):
    """A value that a parameter cannot take; the message is one sentence for the user.

    Attributes:
        parameter: Name of the parameter, so that a form can show the sentence beside it.
    """

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


def parameter(default: Any, check: Check) -> Any:
    """Declares a parameter.

    Args:
        default: Its value when none is given.
        check: Turns a raw value into a good one, or raises a `ParameterError`.

    Returns:
        A field of a dataclass.
    """
    return dataclasses.field(default=default, metadata={"check": check})


def parse(cls: type[T], values: Mapping[str, Any]) -> T:
    """Checks raw values and builds the parameters of one operator.

    Args:
        cls: The parameters' dataclass.
        values: Raw values by name, from a form, a call or a stored request. None and ""
            stand for the default.

    Returns:
        The checked parameters.

    Raises:
        ParameterError: A name is unknown, or a value breaks its parameter's rule.
    """
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields and name not in _SYSTEM_NAMES:
            raise ParameterError(name, _unknown_name(name, list(fields)))
    checked = {
        name: field.metadata["check"](name, value)
        for name, field in fields.items()
        if (value := plain(values.get(name))) is not None and value != ""
    }
    return cls(**checked)


def nearest(name: str, known: list[str]) -> str:
    """Words a hint for a name that does not exist.

    Args:
        name: The unknown name.
        known: The names there are.

    Returns:
        "did you mean 'x'?", or the first few names, or a remark that there are none.
    """
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    shown = [f"'{other}'" for other in sorted(known)[:5]]
    more = f" and {len(known) - 5} more" if len(known) > 5 else ""
    if len(known) == 1:
        return f"there is only {shown[0]}"
    return f"there are {', '.join(shown)}{more}" if known else "there are none"


def _unknown_name(name: str, known: list[str]) -> str:
    return f"{shown(name)} is not a parameter of this operator; {nearest(name, known)}"
