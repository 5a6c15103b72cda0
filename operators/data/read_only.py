"""Fields that may not be written: FiftyOne would refuse them halfway."""

from collections.abc import Sequence

import fiftyone as fo

from ..base.params import ParameterError
from .targets import Target


def is_read_only(target: Target, name: str) -> bool:
    """Tells whether a field may not be written; one that does not exist may.

    Args:
        target: What is worked on.
        name: Name of the field.
    """
    return read_only_path(target, name) is not None


def read_only_path(target: Target, name: str) -> str | None:
    """Finds what of a field may not be written: all of it, or a part such as its label.

    Args:
        target: What is worked on.
        name: Name of the field.

    Returns:
        The path of what is read-only; None if nothing is, or if there is no such field.
    """
    path = target.path(name)
    field = target.dataset.get_field(path)
    if field is None or field.read_only:
        return None if field is None else path
    parts = field.get_field_schema() if isinstance(field, fo.EmbeddedDocumentField) else {}
    return next((f"{path}.{part}" for part, one in parts.items() if one.read_only), None)


def check_objects_writable(target: Target, parameter: str) -> None:
    """Refuses to write attributes of objects in a read-only field, which FiftyOne cannot.

    Args:
        target: What is worked on.
        parameter: The parameter that chose it.

    Raises:
        ParameterError: The field of the patches is read-only.
    """
    for path in (target.patches_field, target.root):
        if path is not None and target.dataset.get_field(path).read_only:
            raise ParameterError(
                parameter,
                f"The field '{path}' is read-only, so nothing can be written to its objects; set "
                "'read_only' of the field to False first",
            )


def check_not_read_only(target: Target, names: Sequence[str], problem: str) -> None:
    """Refuses what FiftyOne would refuse halfway: to write to read-only fields, or delete them.

    Args:
        target: What is worked on.
        names: Names of the fields; those that do not exist are fine.
        problem: What cannot be done therefore, for the message.

    Raises:
        ParameterError: One of them is read-only.
    """
    if names:
        check_objects_writable(target, "run_key")
    for name in names:
        path = read_only_path(target, name)
        if path is not None:
            raise ParameterError(
                "run_key",
                f"The field '{path}' is read-only, so {problem}; set 'read_only' of "
                "the field to False first",
            )
