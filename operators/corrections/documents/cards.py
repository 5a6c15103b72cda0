"""The documents that lists of clusters are read from, and the pairs that are asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from pymongo import DeleteMany, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from ..partition.delta import VerdictChange
from ..partition.name_rules import sort_key
from ..partition.nearest import nearest_pairs
from ..partition.pairs import Mixture, ScoredPairs, images_settled
from ..partition.summaries import Summary, summarize
from .ids import texts_of
from .members import Loaded
from .tables import Tables, Write, write_bulk


def cards_of(tables: Tables, loaded: Loaded, clusters: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Words clusters as documents.

    Args:
        tables: The review's documents.
        loaded: All rows of the clusters, their names and verdicts.
        clusters: The clusters; those without rows are left out.

    Returns:
        Document by cluster.
    """
    state = loaded.state
    verdicts: dict[int, dict[str, str]] = {}
    for (first, second), verdict in state.verdicts.items():
        verdicts.setdefault(first, {})[str(second)] = verdict
        verdicts.setdefault(second, {})[str(first)] = verdict
    wanted = np.array(sorted(clusters), np.int64)
    return {
        summary.cluster: _card(tables, loaded, summary, verdicts.get(summary.cluster, {}))
        for summary in summarize(state, wanted)
    }


def _card(
    tables: Tables, loaded: Loaded, summary: Summary, verdicts: dict[str, str]
) -> dict[str, Any]:
    state, cluster = loaded.state, summary.cluster
    label = state.label(cluster)
    return {
        "_id": f"{tables.review}:{cluster}",
        "review": tables.review,
        "cluster": cluster,
        "label": label,
        "name": state.names.get(cluster),
        "sort_key": sort_key(label),
        "size": summary.size,
        "confirmed": summary.confirmed,
        "confidence": round(summary.confidence, 6),
        "state": summary.state,
        "small": summary.is_small,
        "mixed": summary.is_mixed,
        "parts": summary.parts,
        "useful": summary.usefulness,
        "exemplars": {role: _named(loaded, rows) for role, rows in summary.exemplars().items()},
        "sources": [{"base": base, "rows": rows} for base, rows in summary.sources.items()],
        "verdicts": verdicts,
    }


def _named(loaded: Loaded, rows: list[int]) -> list[dict[str, str]]:
    items, samples = texts_of(loaded.items[rows]), texts_of(loaded.samples[rows])
    return [{"item": item, "sample": sample} for item, sample in zip(items, samples, strict=True)]


def write_cards(
    tables: Tables, loaded: Loaded, clusters: list[int], verdicts: Iterable[VerdictChange]
) -> None:
    """Brings the documents of some clusters, and the pairs around them, up to date.

    Args:
        tables: The review's documents.
        loaded: All rows of the clusters, their names and verdicts.
        clusters: The clusters that were rewritten.
        verdicts: What changed in verdicts, also about other clusters.
    """
    cards = cards_of(tables, loaded, clusters)
    writes: list[Write] = [ReplaceOne({"_id": c["_id"]}, c, upsert=True) for c in cards.values()]
    gone = [cluster for cluster in clusters if cluster not in cards]
    if gone:
        writes.append(DeleteMany(tables.query(cluster={"$in": gone})))
    rewritten = set(clusters)
    said: dict[int, dict[int, str | None]] = {}
    elsewhere: list[Write] = []
    for (first, second), _, after in verdicts:
        for cluster, other in ((first, second), (second, first)):
            if cluster not in rewritten:
                said.setdefault(cluster, {})[other] = after
        # The pairs of rewritten clusters are written anew, with their verdicts.
        if rewritten.isdisjoint((first, second)):
            pair = tables.query(first=first, second=second)
            elsewhere.append(UpdateOne(pair, {"$set": {"verdict": after}}))
    writes += [_verdict_update(tables, cluster, about) for cluster, about in said.items()]
    write_bulk(tables.clusters, writes)
    _write_pairs(tables, [cluster for cluster in clusters if cluster >= 0], cards)
    write_bulk(tables.pairs, elsewhere)


def refresh_cards(tables: Tables, loaded: Loaded, clusters: list[int]) -> None:
    """Brings the documents of clusters up to date that were confirmed or named, and kept all rows.

    Args:
        tables: The review's documents.
        loaded: All rows of the clusters, their names and verdicts.
        clusters: The clusters.
    """
    cards = cards_of(tables, loaded, clusters)
    write_bulk(tables.clusters, [ReplaceOne({"_id": c["_id"]}, c) for c in cards.values()])
    if cards:
        _refresh_gains(tables, {cluster: card for cluster, card in cards.items() if cluster >= 0})


def _refresh_gains(tables: Tables, cards: Mapping[int, dict[str, Any]]) -> None:
    """Works out anew what the questions about clusters settle; who is near whom stays."""
    about = {"$in": list(cards)}
    query = tables.query(**{"$or": [{"first": about}, {"second": about}]})
    pairs = list(tables.pairs.find(query, {"first": 1, "second": 1, "settles": 1}))
    others = {pair[end] for pair in pairs for end in ("first", "second")} - cards.keys()
    fields = {"cluster": 1, "size": 1, "confirmed": 1, "name": 1}
    near = tables.clusters.find(tables.query(cluster={"$in": sorted(others)}), fields)
    mixtures = {card["cluster"]: _mixture(card) for card in (*cards.values(), *near)}
    changed: dict[int, list[Any]] = {}
    for pair in pairs:
        settled = images_settled(mixtures[pair["first"]], mixtures[pair["second"]])
        if settled != pair["settles"]:
            changed.setdefault(settled, []).append(pair["_id"])
    writes = [
        UpdateMany(
            {"_id": {"$in": ids}},
            [{"$set": {"settles": settled, "gain": {"$multiply": ["$strength", settled]}}}],
        )
        for settled, ids in changed.items()
    ]
    write_bulk(tables.pairs, writes)


def _verdict_update(tables: Tables, cluster: int, about: Mapping[int, str | None]) -> UpdateOne:
    told = {f"verdicts.{other}": verdict for other, verdict in about.items() if verdict}
    lost = {f"verdicts.{other}": "" for other, verdict in about.items() if not verdict}
    changes = {"$set": told, "$unset": lost}
    used = {operator: paths for operator, paths in changes.items() if paths}
    return UpdateOne({"_id": f"{tables.review}:{cluster}"}, used)


def _write_pairs(tables: Tables, clusters: list[int], cards: Mapping[int, dict[str, Any]]) -> None:
    if not clusters:
        return
    about = {"$in": clusters}
    tables.pairs.delete_many(tables.query(**{"$or": [{"first": about}, {"second": about}]}))
    own = [card for cluster, card in cards.items() if cluster >= 0]
    sources = {source["base"] for card in own for source in card["sources"]}
    scored = _scored_around(tables, sources)
    known = sources | set(np.unique(scored.pairs).tolist())
    bases = sorted(base for base in known if base >= 0)
    fields = {"cluster": 1, "size": 1, "confirmed": 1, "name": 1, "sources": 1, "verdicts": 1}
    query = tables.query(cluster={"$gte": 0, "$nin": clusters}, **{"sources.base": {"$in": bases}})
    others = list(tables.clusters.find(query, fields)) if bases else []
    documents = pair_documents(tables, [*own, *others], scored, set(clusters))
    write_bulk(tables.pairs, [InsertOne(document) for document in documents])


def _scored_around(tables: Tables, bases: set[int]) -> ScoredPairs:
    rows = [
        (min(doc["base"], other), max(doc["base"], other), strength)
        for doc in tables.bases.find(tables.query(base={"$in": sorted(bases)}))
        for other, strength in doc["near"]
    ]
    if not rows:
        return ScoredPairs(np.empty((0, 2), np.int64), np.empty(0, np.float32))
    table = np.unique(np.array(rows, np.float64), axis=0)
    return ScoredPairs(table[:, :2].astype(np.int64), table[:, 2].astype(np.float32))


def pair_documents(
    tables: Tables,
    cards: list[dict[str, Any]],
    scored: ScoredPairs,
    about: set[int] | None = None,
) -> list[dict[str, Any]]:
    """Words the connections between clusters as documents.

    Args:
        tables: The review's documents.
        cards: The clusters.
        scored: Strengths between clusters of the run.
        about: Clusters of which at least one is in each pair; all pairs if left out.

    Returns:
        The strongest pairs of each cluster.
    """
    mixtures = {card["cluster"]: _mixture(card) for card in cards}
    verdicts = {card["cluster"]: card["verdicts"] for card in cards}
    found = nearest_pairs(mixtures.values(), scored, about)
    documents: list[dict[str, Any]] = []
    for (first, second), strength in zip(
        found.pairs.tolist(), found.strength.tolist(), strict=True
    ):
        settled = images_settled(mixtures[first], mixtures[second])
        documents.append(
            {
                "review": tables.review,
                "first": first,
                "second": second,
                "strength": strength,
                "settles": settled,
                "gain": strength * settled,
                "verdict": verdicts[first].get(str(second)),
            }
        )
    return documents


def _mixture(card: Mapping[str, Any]) -> Mixture:
    sources = {source["base"]: source["rows"] for source in card.get("sources", ())}
    is_confirmed = card["confirmed"] == card["size"]
    return Mixture(card["cluster"], card["size"], is_confirmed, card["name"], sources)


UNNAMED: dict[str, Any] = {"state": {"$in": ["confirmed", "partly"]}, "name": None}
"""Condition for clusters of which images are confirmed but get no label; noise has another state.

There is an index of the state, so that it costs nothing where little is confirmed.
"""


def open_pairs(verdict: str | None = None) -> dict[str, Any]:
    """Builds the condition for pairs that can be asked about.

    Args:
        verdict: What was said about them: `LATER`, or None for nothing yet.

    Returns:
        Part of a query.
    """
    return {"verdict": verdict, "gain": {"$gt": 0}}
