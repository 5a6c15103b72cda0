"""Builds the documents of a review from its run, and builds them again from run and log."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from pymongo.collection import Collection

from ...base.params import ParameterError
from ..documents.cards import cards_of, pair_documents
from ..documents.members import Loaded, member_documents
from ..documents.tables import DERIVED, Tables
from ..log.changes import delta_of
from ..log.entries import damaged, read_change, read_entry, steps_of
from ..partition.delta import apply_delta
from ..partition.history import states_of
from ..partition.pairs import ScoredPairs
from ..partition.state import NOISE

NEAR_BASES = 32
"""Connections that are kept per cluster of the run."""
T = TypeVar("T")


def write_all(tables: Tables, loaded: Loaded, scored: ScoredPairs) -> None:
    """Writes all documents that can be derived from the state.

    Args:
        tables: The review's documents; old ones go.
        loaded: All rows.
        scored: Strengths between clusters of the run.
    """
    tables.clear(DERIVED)
    state = loaded.state
    # What is taken back from a cluster is known, and in none.
    clustered = np.unique(state.clusters[state.clusters >= NOISE]).tolist()
    _insert(tables.members, member_documents(tables, loaded, clustered))
    cards = cards_of(tables, loaded, clustered)
    _insert(tables.clusters, cards.values())
    _insert(tables.bases, _base_documents(tables, scored))
    own = [card for cluster, card in cards.items() if cluster >= 0]
    _insert(tables.pairs, pair_documents(tables, own, scored))


def _base_documents(tables: Tables, scored: ScoredPairs) -> Iterator[dict[str, Any]]:
    near: dict[int, list[list[float]]] = {}
    for row in np.argsort(-scored.strength, kind="stable").tolist():
        first, second = scored.pairs[row].tolist()
        for base, other in ((first, second), (second, first)):
            listed = near.setdefault(base, [])
            if len(listed) < NEAR_BASES:
                listed.append([other, float(scored.strength[row])])
    for base, listed in near.items():
        yield {"review": tables.review, "base": base, "near": listed}


def _insert(collection: Collection, documents: Iterable[dict[str, Any]]) -> None:
    rest = iter(documents)
    while batch := list(islice(rest, 500)):
        collection.insert_many(batch, ordered=False)


def begin(tables: Tables, loaded: Loaded, scored: ScoredPairs, base: str) -> None:
    """Writes the documents of a review that begins, the log being empty.

    Args:
        tables: The review's documents; the caller is the writer.
        loaded: All rows of the run that are still there.
        scored: Strengths between its clusters.
        base: Fingerprint of what the run found.
    """
    tables.add_indexes()
    write_all(tables, loaded, scored)
    state = loaded.state
    tables.reviews.update_one(
        {"_id": tables.review},
        {
            "$set": {
                "number": 0,
                "notice": "",
                "next_id": state.next_id,
                "width": state.width,
                "base": base,
                "is_patches": loaded.samples is not loaded.items,
            }
        },
    )


def replay(tables: Tables, loaded: Loaded) -> Loaded:
    """Carries out the whole log.

    Args:
        tables: The review's documents.
        loaded: All rows of the run, as the run found them.

    Returns:
        All rows as they are now, those of images that were added included.

    Raises:
        ParameterError: The log is damaged, or of a newer version.
    """
    numbers = [doc["number"] for doc in tables.log.find(tables.query(), {"number": 1})]
    for place, number in enumerate(sorted(numbers), start=1):
        if place != number:
            raise damaged(place)
        entry = read_entry(tables, number)
        if entry is None:
            raise ParameterError("run_key", "The run was deleted in the meantime")
        loaded, delta = delta_of(loaded, read_change(tables, entry))
        loaded = dataclasses.replace(loaded, state=apply_delta(loaded.state, delta))
    return loaded


def rebuild(tables: Tables, now: Loaded, scored: ScoredPairs) -> None:
    """Builds all documents again from the run and the log.

    Args:
        tables: The review's documents; the caller is the writer.
        now: All rows as `replay` leaves them, without those whose items are gone.
        scored: Strengths between the clusters of the run.
    """
    write_all(tables, now, scored)
    entries = tables.log.find(tables.query()).sort("number", 1)
    steps = steps_of(entries)
    for number, state in states_of(steps).items():
        tables.log.update_one(tables.query(number=number), {"$set": {"state": state}})
    head = {"number": len(steps), "next_id": now.state.next_id}
    tables.reviews.update_one({"_id": tables.review}, {"$set": head})
