"""The rows of clusters, packed into documents that can be read and rewritten at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from pymongo import DeleteMany, ReplaceOne

from ..partition.state import Int64, ReviewState
from .ids import DTYPE, Ids, joined
from .tables import Tables, write_bulk

CHUNK = 100_000
"""Rows in a document: about 4 MB, a quarter of what MongoDB allows."""

_COLUMNS = {"confidence": "<f4", "confirmed": "?", "parts": "<i4", "origins": "<i4"}


@dataclasses.dataclass(frozen=True, eq=False)
class Loaded:
    """Some clusters of a review, with all their rows.

    Attributes:
        state: Their state.
        items: Item of each row, shape (N,).
        samples: Sample of each row, shape (N,); the same array as `items` for images.
    """

    state: ReviewState
    items: Ids
    samples: Ids


def read_members(tables: Tables, clusters: Iterable[int], head: dict[str, Any]) -> Loaded:
    """Reads clusters with their names and verdicts.

    A row that is in two documents, because a writer died between them, is read once: the log says
    where it belongs.

    Args:
        tables: The review's documents.
        clusters: The clusters; those that do not exist are passed over.
        head: The review's head.

    Returns:
        Their rows.
    """
    wanted = sorted({int(cluster) for cluster in clusters})
    found = list(tables.members.find(tables.query(cluster={"$in": wanted})))
    items = joined([np.frombuffer(doc["items"], DTYPE) for doc in found])
    _, first = np.unique(items, return_index=True)
    first = np.sort(first)
    clusters_of = [np.full(len(doc["items"]) // 12, doc["cluster"], np.int64) for doc in found]
    columns = {
        name: np.concatenate([np.empty(0, kind), *(np.frombuffer(d[name], kind) for d in found)])
        for name, kind in _COLUMNS.items()
    }
    items = items[first]
    samples = items
    if head["is_patches"]:
        samples = joined([np.frombuffer(doc["samples"], DTYPE) for doc in found])[first]
    names, verdicts = _said_about(tables, wanted)
    state = ReviewState(
        clusters=np.concatenate([np.empty(0, np.int64), *clusters_of])[first],
        confirmed=columns["confirmed"][first],
        confidence=columns["confidence"][first],
        parts=columns["parts"][first].astype(np.int64),
        origins=columns["origins"][first].astype(np.int64),
        names=names,
        verdicts=verdicts,
        next_id=head["next_id"],
        width=head["width"],
    )
    return Loaded(state, items, samples)


def _said_about(
    tables: Tables, clusters: list[int]
) -> tuple[dict[int, str], dict[tuple[int, int], str]]:
    names: dict[int, str] = {}
    verdicts: dict[tuple[int, int], str] = {}
    fields = {"cluster": 1, "name": 1, "verdicts": 1}
    for doc in tables.clusters.find(tables.query(cluster={"$in": clusters}), fields):
        cluster = doc["cluster"]
        if doc["name"] is not None:
            names[cluster] = doc["name"]
        for other, verdict in doc["verdicts"].items():
            verdicts[min(cluster, int(other)), max(cluster, int(other))] = verdict
    return names, verdicts


def member_documents(
    tables: Tables, loaded: Loaded, clusters: Iterable[int]
) -> Iterator[dict[str, Any]]:
    """Packs the rows of clusters.

    Args:
        tables: The review's documents.
        loaded: All rows of the clusters, and perhaps others.
        clusters: The clusters; those without rows have no documents.

    Yields:
        One document per cluster and `CHUNK` rows, by rising number.
    """
    state = loaded.state
    rows = np.flatnonzero(np.isin(state.clusters, [*clusters]))
    rows = rows[np.argsort(state.clusters[rows], kind="stable")]
    columns = {"items": loaded.items[rows]}
    if loaded.samples is not loaded.items:
        columns["samples"] = loaded.samples[rows]
    columns |= {name: getattr(state, name)[rows].astype(kind) for name, kind in _COLUMNS.items()}
    groups = np.unique(state.clusters[rows], return_index=True, return_counts=True)
    for cluster, start, count in np.stack(groups, 1).tolist():
        stop = start + count
        for chunk, first in enumerate(range(start, stop, CHUNK)):
            part = slice(first, min(first + CHUNK, stop))
            yield {
                "_id": f"{tables.review}:{cluster}:{chunk}",
                "review": tables.review,
                "cluster": cluster,
                "chunk": chunk,
                **{name: column[part].tobytes() for name, column in columns.items()},
            }


def write_members(tables: Tables, loaded: Loaded, clusters: Iterable[int]) -> None:
    """Rewrites the documents of some clusters.

    Args:
        tables: The review's documents.
        loaded: The state to write, with all rows of the clusters.
        clusters: The clusters; those without rows lose their documents.
    """
    chunks = dict.fromkeys(clusters, 0)
    writes: list[ReplaceOne | DeleteMany] = []
    for document in member_documents(tables, loaded, chunks):
        chunks[document["cluster"]] += 1
        writes.append(ReplaceOne({"_id": document["_id"]}, document, upsert=True))
    of_count: dict[int, list[int]] = {}
    for cluster, count in chunks.items():
        of_count.setdefault(count, []).append(cluster)
    for count, those in of_count.items():
        rest = tables.query(cluster={"$in": those}, chunk={"$gte": count})
        writes.append(DeleteMany(rest))
    write_bulk(tables.members, writes)


def with_rows(
    loaded: Loaded, items: Ids, samples: Ids, columns: Mapping[str, np.ndarray]
) -> Loaded:
    """Adds rows that no document had.

    Args:
        loaded: Some clusters.
        items: Item of each new row, shape (M,).
        samples: Sample of each, shape (M,).
        columns: `clusters`, `confirmed`, `confidence`, `parts` and `origins` of each.

    Returns:
        The rows that there were, and behind them the new ones.
    """
    state = dataclasses.replace(
        loaded.state,
        **{
            name: np.concatenate([getattr(loaded.state, name), new])
            for name, new in columns.items()
        },
    )
    both = joined([loaded.items, items])
    is_patches = loaded.samples is not loaded.items
    return Loaded(state, both, joined([loaded.samples, samples]) if is_patches else both)


def without_rows(loaded: Loaded, rows: Int64) -> Loaded:
    """Takes rows away whose items are gone.

    Args:
        loaded: Some clusters.
        rows: The rows that go.

    Returns:
        The others, in order.
    """
    kept = np.setdiff1d(np.arange(len(loaded.items)), rows)
    columns = ("clusters", "confirmed", "confidence", "parts", "origins")
    state = dataclasses.replace(
        loaded.state, **{name: getattr(loaded.state, name)[kept] for name in columns}
    )
    items = loaded.items[kept]
    is_patches = loaded.samples is not loaded.items
    return Loaded(state, items, loaded.samples[kept] if is_patches else items)
