"""Where a review is kept in MongoDB, beside FiftyOne's own collections.

| collection | one document per | why |
|---|---|---|
| reviews | review | how far the log has been applied, and who may write |
| log | correction | append-only: what, when, the clusters it touched |
| changes | correction and 100,000 rows | the rows: before, after |
| clusters | cluster | what lists show; never the rows |
| members | cluster and 100,000 rows | the rows, packed: what a correction reads and rewrites |
| bases | cluster of the run | its strongest connections, as GCN-C scored them |
| pairs | pair of clusters | connections between the clusters of today |

All but `log` and `changes` can be rebuilt from the run and the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import fiftyone as fo
from fiftyone.core.odm import get_db_conn
from pymongo import (
    ASCENDING,
    DESCENDING,
    DeleteMany,
    DeleteOne,
    InsertOne,
    ReplaceOne,
    UpdateMany,
    UpdateOne,
)
from pymongo.collection import Collection

from ...base.side_by_side import side_by_side

PREFIX = "autolabel_gcn"
NAMES = ("reviews", "log", "changes", "clusters", "members", "bases", "pairs")
DERIVED = ("clusters", "members", "bases", "pairs")

Write = InsertOne | ReplaceOne | UpdateOne | UpdateMany | DeleteOne | DeleteMany
# Writes in a message, so that some are worded while MongoDB carries out others.
_AT_ONCE = 500

_INDEXES: dict[str, list[dict[str, int]]] = {
    "log": [{"number": ASCENDING}, {"state": ASCENDING, "number": DESCENDING}],
    "changes": [{"entry": ASCENDING, "chunk": ASCENDING}, {"labels_of": ASCENDING}],
    "clusters": [
        {"cluster": ASCENDING},
        {"useful": DESCENDING, "cluster": ASCENDING},
        {"size": DESCENDING, "cluster": ASCENDING},
        {"confidence": ASCENDING, "cluster": ASCENDING},
        {"sort_key": ASCENDING, "cluster": ASCENDING},
        {"name": ASCENDING},
        {"state": ASCENDING, "useful": DESCENDING},
        # Holds all that the progress counts, so that no document is read for it.
        dict.fromkeys(("state", "size", "confirmed", "name", "mixed"), ASCENDING),
        {"sources.base": ASCENDING},
    ],
    "members": [{"cluster": ASCENDING, "chunk": ASCENDING}],
    "bases": [{"base": ASCENDING}],
    "pairs": [{"first": ASCENDING}, {"second": ASCENDING}, {"gain": DESCENDING}],
}


class Tables:
    """The documents of one review.

    Attributes:
        review: The review's id: that of the dataset and the token of the run.
        reviews: Collection of the heads; `_id` is the review's id.
        log: Collection of the corrections.
        changes: Collection of their rows.
        clusters: Collection of the clusters.
        members: Collection of the clusters' rows.
        bases: Collection of the connections of the run.
        pairs: Collection of the connections of today.
    """

    def __init__(self, review: str) -> None:
        database = get_db_conn()
        self.review = review
        self.reviews: Collection = database[f"{PREFIX}.reviews"]
        self.log: Collection = database[f"{PREFIX}.log"]
        self.changes: Collection = database[f"{PREFIX}.changes"]
        self.clusters: Collection = database[f"{PREFIX}.clusters"]
        self.members: Collection = database[f"{PREFIX}.members"]
        self.bases: Collection = database[f"{PREFIX}.bases"]
        self.pairs: Collection = database[f"{PREFIX}.pairs"]

    def query(self, **conditions: Any) -> dict[str, Any]:
        """Builds a query for documents of this review.

        Args:
            **conditions: Further conditions.

        Returns:
            The query.
        """
        return {"review": self.review, **conditions}

    def head(self) -> dict[str, Any] | None:
        """Reads the head.

        Returns:
            The document; None if the review has not begun.
        """
        return self.reviews.find_one({"_id": self.review})

    def add_head(self) -> None:
        """Makes the head of a review that has not begun, where there is none."""
        fresh = {"ready": False, "lock": None}
        self.reviews.update_one({"_id": self.review}, {"$setOnInsert": fresh}, upsert=True)

    def add_indexes(self) -> None:
        """Makes all queries of a review quick; does nothing where the indexes exist."""
        for name, indexes in _INDEXES.items():
            for keys in indexes:
                index = [("review", ASCENDING), *keys.items()]
                getattr(self, name).create_index(index)

    def clear(self, names: tuple[str, ...]) -> None:
        """Deletes documents of this review.

        Args:
            names: Collections.
        """
        for name in names:
            if name != "reviews":
                getattr(self, name).delete_many(self.query())
        if "reviews" in names:
            self.reviews.delete_one({"_id": self.review})


def write_bulk(collection: Collection, writes: Sequence[Write]) -> None:
    """Carries out writes that do not depend on each other.

    Args:
        collection: The collection.
        writes: The writes; there may be none.
    """

    def write(start: int) -> None:
        collection.bulk_write(writes[start : start + _AT_ONCE], ordered=False)

    side_by_side(write, range(0, len(writes), _AT_ONCE))


def review_id(dataset: fo.Dataset, token: str) -> str:
    """Names the review of a run. A clone of the dataset has its own.

    Args:
        dataset: The dataset.
        token: The run's token, which renaming does not change.

    Returns:
        The id.
    """
    return f"{dataset._doc.id}:{token}"


def forget_review(dataset: fo.Dataset, token: str) -> None:
    """Deletes all there is of a review.

    Args:
        dataset: The dataset.
        token: The run's token.
    """
    Tables(review_id(dataset, token)).clear(NAMES)


def sweep() -> None:
    """Deletes reviews of datasets that FiftyOne has deleted."""
    database = get_db_conn()
    # First the reviews: one that begins from now on may be that of a dataset made from now on.
    reviews = [head["_id"] for head in database[f"{PREFIX}.reviews"].find({}, {"_id": 1})]
    living = {str(document["_id"]) for document in database["datasets"].find({}, {"_id": 1})}
    for review in reviews:
        if review.split(":")[0] not in living:
            Tables(review).clear(NAMES)


def count_corrections(dataset: fo.Dataset, token: str) -> int:
    """Counts the corrections that hold.

    Args:
        dataset: The dataset.
        token: The run's token.

    Returns:
        Their number.
    """
    tables = Tables(review_id(dataset, token))
    return tables.log.count_documents(tables.query(state="done"))
