"""The review of a run: where it is, and what can be looked up in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import fiftyone as fo
import numpy as np
from fiftyone.core.collections import SampleCollection

from ...base.checks import text
from ...base.params import ParameterError, nearest
from ...data import fields, records
from ...data.cluster_updates import check_writable
from ...data.items import Items
from ...data.ownership import check_own_field
from ...data.records import RunRecord
from ...data.targets import Target, dataset_of, target_of_record
from ..partition.name_rules import sort_key
from ..partition.state import OUTSIDE, Int64, cluster_key, cluster_number
from .ids import DTYPE, Ids, texts_of
from .members import Loaded, read_members
from .tables import Tables, review_id


@dataclasses.dataclass(frozen=True, eq=False)
class Review:
    """The review of one run, ready to be read.

    Attributes:
        dataset: The dataset.
        record: The run's record.
        target: What was clustered, the whole dataset.
        tables: The review's documents.
        head: How far the log has been applied, as it was when the review was opened.
    """

    dataset: fo.Dataset
    record: RunRecord
    target: Target
    tables: Tables
    head: dict[str, Any]

    @property
    def field(self) -> str:
        """Name of the cluster field, without the path to the patches."""
        return self.record.cluster_field

    @property
    def number(self) -> int:
        """Number of the last correction; 0 for none."""
        return int(self.head["number"])

    @property
    def token(self) -> str:
        """Identity of what the run found: another one once its clusters are numbered anew."""
        return str(self.record.config["token"])

    @property
    def stamp(self) -> dict[str, Any]:
        """What a correction can say that it builds on: `run_key`, `token` and `seq`."""
        return {"run_key": self.record.key, "token": self.token, "seq": self.number}

    def key(self, cluster: int) -> str:
        """Names a cluster as the dataset does.

        Args:
            cluster: Its number.

        Returns:
            "c00017" or "noise".
        """
        return cluster_key(cluster, self.head["width"])

    def load(self, clusters: Iterable[int]) -> Loaded:
        """Reads clusters with all their rows.

        Args:
            clusters: Their numbers.

        Returns:
            Those that exist.
        """
        return read_members(self.tables, clusters, self.head)

    def count_items(self) -> int:
        """Counts what is in any cluster, noise included.

        Returns:
            The number; what was deleted from the dataset counts until it is swept out.
        """
        group = {"$group": {"_id": None, "items": {"$sum": "$size"}}}
        found = list(self.tables.clusters.aggregate([{"$match": self.tables.query()}, group]))
        return int(found[0]["items"]) if found else 0

    def refreshed(self) -> Review:
        """Reads the head again.

        Returns:
            The review as it is now.

        Raises:
            ParameterError: It was deleted.
        """
        head = self.tables.head()
        if head is None:
            raise ParameterError(
                "run_key", f"The run '{self.record.key}' was deleted; see the others"
            )
        return dataclasses.replace(self, head=head)

    def resolve(self, cluster: object, parameter: str = "cluster") -> int:
        """Finds a cluster by its id or its name.

        Args:
            cluster: "c00017", "noise", or a name that one cluster has.
            parameter: What an error is about.

        Returns:
            Its number.

        Raises:
            ParameterError: There is no such cluster, or several have that name.
        """
        if not isinstance(cluster, str) or not cluster or len(cluster) > 1000:
            raise ParameterError(parameter, f"'{parameter}' must be the id or name of a cluster")
        number = cluster_number(text(parameter, cluster))
        if number is not None:
            if number < 0 or self.tables.clusters.find_one(self.tables.query(cluster=number)):
                return number
            raise ParameterError(
                parameter,
                f"There is no cluster '{cluster}'; it may have been merged or emptied in the "
                "meantime",
            )
        return self._by_name(cluster, parameter)

    def resolve_all(self, clusters: Sequence[str], parameter: str = "clusters") -> list[int]:
        """Finds many clusters in one query.

        Args:
            clusters: Their ids or names; see `resolve`.
            parameter: What an error is about.

        Returns:
            Their numbers, in the same order.

        Raises:
            ParameterError: One of them is not there, or several have a name.
        """
        numbers = [cluster_number(text(parameter, cluster)) for cluster in clusters]
        wanted = sorted({number for number in numbers if number is not None})
        query = self.tables.query(cluster={"$in": wanted})
        there = {card["cluster"] for card in self.tables.clusters.find(query, {"cluster": 1})}
        return [
            self.resolve(cluster, parameter) if number is None or number not in there else number
            for cluster, number in zip(clusters, numbers, strict=True)
        ]

    def _by_name(self, name: str, parameter: str) -> int:
        found = self.named(name)
        if len(found) == 1:
            return found[0]
        if found:
            keys = ", ".join(f"'{self.key(cluster)}'" for cluster in found[:5])
            raise ParameterError(
                parameter, f"{len(found)} clusters are called '{name}'; name one by its id: {keys}"
            )
        names = self.tables.clusters.distinct("name", self.tables.query(name={"$ne": None}))
        hint = (
            nearest(name, names) if names else "none has a name yet; its id will do, like 'c00012'"
        )
        raise ParameterError(parameter, f"There is no cluster '{_short(name)}'; {hint}")

    def named(self, name: str) -> list[int]:
        """Finds the clusters that a person gave a name.

        Args:
            name: The name; case matters not.

        Returns:
            Their numbers, ascending.
        """
        query = self.tables.query(sort_key=sort_key(name), name={"$ne": None})
        return sorted(doc["cluster"] for doc in self.tables.clusters.find(query, {"cluster": 1}))

    def clusters_of(self, items: Ids) -> Int64:
        """Looks up in the field where images are.

        Args:
            items: The images, shape (N,).

        Returns:
            Cluster of each, or `OUTSIDE`, shape (N,), int64.
        """
        texts = tuple(texts_of(items))
        keys: dict[str, Any] = {}
        for chunk in Items(texts, texts).chunks(fields.BATCH):
            keys |= fields.read_values(self.target, chunk, f"{self.field}.cluster_id")
        numbers = [cluster_number(keys.get(text) or "") for text in texts]
        return np.array([OUTSIDE if n is None else n for n in numbers], np.int64)

    def search(self, items: Ids) -> Int64:
        """Looks in all clusters where items are.

        Args:
            items: The items, shape (N,).

        Returns:
            Cluster of each, or `OUTSIDE`, shape (N,), int64.
        """
        found = np.full(len(items), OUTSIDE, np.int64)
        query = self.tables.query()
        for doc in self.tables.members.find(query, {"cluster": 1, "items": 1}):
            members = np.frombuffer(doc["items"], DTYPE)
            found[np.isin(items, members)] = doc["cluster"]
        return found


def find_review(samples: SampleCollection, run_key: str | None) -> Review:
    """Finds a review without touching it.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one that there is.

    Returns:
        The review; its head is empty if it has not begun.

    Raises:
        ParameterError: There is no such run, or it cannot be reviewed.
    """
    dataset = dataset_of(samples)
    record = _complete_record(dataset, run_key)
    target = target_of_record(dataset, record.patches_field)
    check_own_field(target, record)
    check_writable(target, record.cluster_field, record.key)
    tables = Tables(review_id(dataset, record.config["token"]))
    head = tables.head() or {}
    return Review(dataset, record, target, tables, head if head.get("ready") else {})


def _complete_record(dataset: fo.Dataset, run_key: str | None) -> RunRecord:
    if run_key is None or run_key == "":
        found = records.list_records(dataset)
        known = [r for r in found if r.status == records.COMPLETE]
        known = known or [r for r in found if r.status == records.RESTORING]
        if found and not known:
            keys = [record.key for record in found]
            raise ParameterError(
                "run_key",
                "There is no finished clustering run, only one that is being written or was "
                f"interrupted; wait for it, or delete it with delete_run(dataset, '{keys[-1]}')",
            )
        if len(known) != 1:
            keys = [record.key for record in known]
            problem = "There is no clustering run yet" if not known else "Name a clustering run"
            cure = "cluster images first" if not known else nearest("", keys)
            raise ParameterError("run_key", f"{problem}; {cure}")
        record = known[0]
    else:
        record = records.read_record(dataset, run_key)
    if record.status == records.INCOMPLETE:
        raise ParameterError(
            "run_key",
            f"The run '{record.key}' is being written or was interrupted; it can only be deleted",
        )
    if record.status == records.RESTORING:
        raise ParameterError(
            "run_key", f"The loading of the run '{record.key}' was interrupted; load it again"
        )
    return record


def needs_repair(review: Review) -> bool:
    """Tells whether the log is ahead of the documents and the fields.

    Args:
        review: The review.

    Returns:
        Whether a correction was recorded and not carried out to its end.
    """
    later = review.tables.query(number={"$gt": review.number})
    return review.tables.log.find_one(later, {"_id": 1}) is not None


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}..."
