"""Labels that images had before they were clustered, as a person would have said them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .state import OUTSIDE, Int64, ReviewState


class Labeled(NamedTuple):
    """A review in which labels count as confirmations.

    Attributes:
        state: The review.
        images: Rows that labels confirm and nothing else did.
        new: Of these, rows that had no cluster.
        names: Names that no cluster had.
        contradicted: Rows that a person has put into a cluster of another name, where they stay.
    """

    state: ReviewState
    images: int
    new: int
    names: int
    contradicted: int


def with_labels(state: ReviewState, labels: Sequence[str | None]) -> Labeled:
    """Puts rows with a label into the cluster of that name, confirmed.

    What is confirmed already stays where it is. A confirmed cluster without a name gets that of its
    labels, where they agree.

    Args:
        state: A review; its rows may be more than the labels.
        labels: Names for clusters, None for none, length L; those of the first L rows.

    Returns:
        The review with them.
    """
    rows = _rows_by_label(labels)
    names = {**_names_of_confirmed(state, rows), **state.names}
    number_of = {name: cluster for cluster, name in sorted(names.items())[::-1]}
    clusters, confirmed, contradicted = state.clusters.copy(), state.confirmed.copy(), 0
    next_id = state.next_id
    for name, those in sorted(rows.items()):
        settled, free = those[state.confirmed[those]], those[~state.confirmed[those]]
        if len(free) and name not in number_of:
            number_of[name], names[next_id], next_id = next_id, name, next_id + 1
        if len(free):
            clusters[free], confirmed[free] = number_of[name], True
        contradicted += sum(names.get(c) != name for c in state.clusters[settled].tolist())
    newly = confirmed & ~state.confirmed
    return Labeled(
        dataclasses.replace(
            state, clusters=clusters, confirmed=confirmed, names=names, next_id=next_id
        ),
        images=int(newly.sum()),
        new=int((newly & (state.clusters == OUTSIDE)).sum()),
        names=len(set(names.values()) - set(state.names.values())),
        contradicted=contradicted,
    )


def _rows_by_label(labels: Sequence[str | None]) -> dict[str, Int64]:
    found: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        if label is not None:
            found.setdefault(label, []).append(row)
    return {label: np.array(rows, np.int64) for label, rows in found.items()}


def _names_of_confirmed(state: ReviewState, rows: dict[str, Int64]) -> dict[int, str]:
    """Names for confirmed clusters without one: the label that all of their labeled rows have."""
    found: dict[int, set[str]] = {}
    for label, those in rows.items():
        for cluster in set(state.clusters[those[state.confirmed[those]]].tolist()):
            if cluster >= 0 and cluster not in state.names:
                found.setdefault(cluster, set()).add(label)
    return {cluster: labels.pop() for cluster, labels in found.items() if len(labels) == 1}
