"""Names of fields that FiftyOne allows, though some of them keep it from reading its samples."""

from collections.abc import Iterable

import fiftyone as fo

from ..base.params import ParameterError
from .targets import Target

# How mongoengine spells an operator: FiftyOne cannot reload a sample that has such a field. And how
# it calls the primary key: FiftyOne warns that such a field may be dropped.
_MONGOENGINE = frozenset({"slice", "pk"})
# Objects that are one thing in several images hold an `Instance` there.
_OBJECTS = frozenset({"instance"})


def check_not_reserved(target: Target, parameter: str, names: Iterable[str]) -> None:
    """Refuses to make fields that would hide a method or property of samples or objects.

    Args:
        target: What is worked on.
        parameter: The parameter that names them.
        names: Names of the fields, without the path to the patches; those that exist are fine.

    Raises:
        ParameterError: One of them is such a name.
    """
    if target.root is None:
        owner, what, others = fo.Sample, "samples", _MONGOENGINE
    else:
        others = _MONGOENGINE | _OBJECTS
        owner, what = target.dataset.get_field(target.root).field.document_type, "objects"
    for name in names:
        is_reserved = hasattr(owner, name) or name in others
        if is_reserved and target.dataset.get_field(target.path(name)) is None:
            raise ParameterError(
                parameter,
                f"'{name}' is a name that FiftyOne's {what} need themselves, and a field of that "
                "name can make them unreadable; choose another one",
            )
