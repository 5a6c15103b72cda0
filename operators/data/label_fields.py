"""Fields that say what is on an image or patch: the classes to compare clusters with."""

import dataclasses

import fiftyone as fo

from ..base.params import ParameterError, nearest
from .fields import type_name
from .targets import Target, list_patches_fields

_CLASS_FIELDS = (fo.StringField, fo.IntField, fo.BooleanField)
_DEFAULT = "ground_truth"


@dataclasses.dataclass(frozen=True)
class LabelField:
    """Where the class of each item is.

    Attributes:
        name: What the user calls it, such as "ground_truth".
        value: Path of the value, without the path to the patches, such as "ground_truth.label".
    """

    name: str
    value: str


def list_label_fields(target: Target) -> list[str]:
    """Lists the fields that hold one class per item.

    Args:
        target: What is worked on.

    Returns:
        For images the names of Classification and text fields; for patches the name of the
        patches field, which stands for the objects' own labels, and their text attributes.
    """
    if target.root is None or target.patches_field is None:
        schema = target.dataset.get_field_schema()
        return [
            name
            for name, field in schema.items()
            if _is_classification(field)
            or (isinstance(field, fo.StringField) and name != "filepath")
        ]
    objects = target.dataset.get_field(target.root).field
    own = objects.document_type._fields  # the id, masks and so on
    added = [
        name
        for name, field in objects.get_field_schema().items()
        if isinstance(field, fo.StringField) and name not in own
    ]
    return [target.patches_field, *added]


def resolve_label_field(target: Target, name: str | None) -> LabelField:
    """Finds where the classes are. Cheap: looks at the schema only.

    Args:
        target: What is worked on.
        name: Name of the field; on patches an attribute of the objects, its full path, or the
            patches field for their own labels. None for "ground_truth", or on patches for their
            own labels.

    Returns:
        The field.

    Raises:
        ParameterError: The field does not exist, or holds no class per item.
    """
    if target.patches_field is not None:
        return _resolve_on_patches(target, name or target.patches_field)
    name = name or _DEFAULT
    field = target.dataset.get_field(name)
    if field is None:
        raise ParameterError("label_field", _no_field(target, name))
    if _is_classification(field):
        return LabelField(name, f"{name}.label")
    if isinstance(field, _CLASS_FIELDS) and not _is_in_a_list(target, name):
        return LabelField(name, name)
    raise ParameterError(
        "label_field",
        f"'{name}' ({type_name(field)}) does not hold one class per image; choose a "
        f"Classification or text field ({nearest('', list_label_fields(target))})",
    )


def _resolve_on_patches(target: Target, name: str) -> LabelField:
    if name == target.patches_field:
        return LabelField(name, "label")
    if name in list_patches_fields(target.dataset):
        raise ParameterError(
            "label_field",
            f"The objects of '{target.patches_field}' were clustered, so their classes cannot come "
            f"from those of '{name}'; choose '{target.patches_field}' or an attribute of its "
            "objects",
        )
    attribute = name.removeprefix(f"{target.root}.")
    field = target.dataset.get_field(target.path(attribute))
    if field is None:
        raise ParameterError("label_field", _no_field(target, target.path(attribute)))
    if not isinstance(field, _CLASS_FIELDS) or _is_in_a_list(target, attribute):
        raise ParameterError(
            "label_field",
            f"'{target.path(attribute)}' ({type_name(field)}) does not hold one class per object; "
            f"choose '{target.patches_field}' or a text attribute of its objects",
        )
    return LabelField(name, attribute)


def _no_field(target: Target, name: str) -> str:
    known = list_label_fields(target)
    return f"'{target.dataset.name}' has no field '{name}' with classes; {nearest(name, known)}"


def _is_in_a_list(target: Target, name: str) -> bool:
    """Tells whether an item has any number of values, as in "objects.detections.label"."""
    parts = name.split(".")[:-1]
    parents = [target.path(".".join(parts[: i + 1])) for i in range(len(parts))]
    return any(isinstance(target.dataset.get_field(path), fo.ListField) for path in parents)


def _is_classification(field: fo.Field) -> bool:
    return isinstance(field, fo.EmbeddedDocumentField) and field.document_type is fo.Classification
