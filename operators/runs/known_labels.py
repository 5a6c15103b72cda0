"""Labels that some images have before they are clustered: they count as confirmed clusters."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Hashable, Mapping

import numpy as np

from ..base.operator_params import ClusterImagesParams
from ..base.params import ParameterError
from ..base.wording import count_text
from ..corrections.partition.labeled import with_labels
from ..corrections.partition.name_rules import checked_name
from ..corrections.partition.state import OUTSIDE, initial_state
from ..data.clusters import part_names
from ..data.items import Items
from ..data.label_fields import LabelField, resolve_label_field
from ..data.targets import Target
from ..training.classes import check_stored, read_classes
from .earlier import Earlier


@dataclasses.dataclass(frozen=True)
class KnownLabels:
    """What a field says of the images that are to be clustered.

    Attributes:
        field: What the user calls it.
        names: The label of each image that has one, as a cluster can be named, by the image's id.
        unusable: Images whose label cannot name a cluster.
    """

    field: str
    names: Mapping[str, str]
    unusable: int = 0


def label_field_of(target: Target, params: ClusterImagesParams) -> LabelField | None:
    """Finds the field with the known labels. Cheap: looks at the schema only.

    Args:
        target: What is to be clustered.
        params: The parameters, with `label_field` and `cluster_field`.

    Returns:
        The field; None if none was asked for.

    Raises:
        ParameterError: It holds no labels, or is to hold the clusters.
    """
    if params.label_field is None:
        return None
    parts = part_names(target, params.cluster_field)
    if params.label_field in {*parts, *(target.path(part) for part in parts)}:
        raise ParameterError(
            "label_field",
            f"'{params.label_field}' is to hold the clusters; what is confirmed in it is kept "
            "anyway, so choose the field that labels come from, or leave it empty",
        )
    label = resolve_label_field(target, params.label_field)
    check_stored(target, label)
    return label


def read_known(target: Target, params: ClusterImagesParams, items: Items) -> KnownLabels | None:
    """Reads the labels that images have.

    Args:
        target: What is to be clustered.
        params: The parameters, with `label_field`.
        items: The images that are to be clustered.

    Returns:
        Their labels; None if no field was named.

    Raises:
        ParameterError: None of them has a label, or no two have the same one.
    """
    field = label_field_of(target, params)
    if field is None:
        return None
    found = read_classes(target, items, field)
    labels = {
        item: value for item, value in zip(items.ids, found, strict=True) if value is not None
    }
    usable = {value: _name_of(value) for value in set(labels.values())}
    names = {item: name for item, value in labels.items() if (name := usable[value]) is not None}
    unusable, sizes = len(labels) - len(names), Counter(names.values())
    of = f"of {count_text(len(items), target.noun)} to cluster"
    if not sizes:
        why = "; their labels cannot name clusters" if unusable else ""
        raise ParameterError(
            "label_field",
            f"'{field.name}' has no label for any {of}{why}; choose another field, or none",
        )
    if len(sizes) == sizes.total() > 2:
        raise ParameterError(
            "label_field",
            f"'{field.name}' has another label for each {of} that has one (got {len(sizes):,} "
            "labels), which says of no two that they belong together; choose another field",
        )
    return KnownLabels(field.name, names, unusable)


def _name_of(value: Hashable) -> str | None:
    try:
        return checked_name(str(value))
    except ParameterError:
        return None


def with_known(earlier: Earlier | None, known: KnownLabels | None, items: Items) -> Earlier | None:
    """Adds known labels to an earlier review, as if a person had confirmed them there.

    Args:
        earlier: The review; None for none.
        known: The labels; None for none.
        items: The images of its first rows: those that are clustered.

    Returns:
        The review with them; None for neither.
    """
    if known is None:
        return earlier
    if earlier is None:
        nothing = initial_state(np.full(len(items), OUTSIDE))
        earlier = Earlier(nothing, Items((), ()), lost=0, token="", number=0, is_review=False)
    labeled = with_labels(earlier.state, [known.names.get(item) for item in items.ids])
    report = labeled._asdict() | {"field": known.field, "unusable": known.unusable}
    del report["state"]
    return dataclasses.replace(earlier, state=labeled.state, labeled=report)
