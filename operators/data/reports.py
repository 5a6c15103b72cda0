"""What a clustering tells its user."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class ClusteringReport:
    """What `cluster_images` found.

    Attributes:
        run_key: Key of the run.
        cluster_field: Full path of the field with the clusters.
        saved_view: Name of the saved view; None if it was not asked for.
        counts: Numbers of `items` in the target, `clustered` ones (with those that were kept from
            outside the target, as in what follows), `clusters`, `singletons` (clusters of one),
            `noise`, items `without_embedding`, `failed` files, and `emptied` items that took no
            part and whose cluster, of the run that was replaced, was cleared.
        largest: Up to ten largest clusters: `cluster` and `size`.
        failed: Reason by id of the files that could not be embedded in this run.
        embeddings: Where the embeddings came from, and their `dimension`.
        stages: Per stage its `name`, `seconds`, `counts` and `thresholds`.
        warnings: Sentences about the result.
        corrections: What was known before: the corrections of the run that was replaced
            (`is_review`), labels, or both; None for neither. Numbers of `confirmed` images that a
            review had, `outside` ones among them that were not
            clustered again, and `lost` ones that are gone from the dataset; of `names` kept and
            `names_lost`; of `answers` kept that two clusters are different, and `answers_lost`; of
            corrections that came `meanwhile`, while the networks worked; of images that `moved` out
            of their cluster, and `new` ones; of `doubted` images that the model would not have put
            where a person did, and the `disagreements`: `cluster`, `name`, `images` (one whose
            neighbors came with it is not doubted). Whether they were read `from_field`, because
            its run was gone. And what was `labeled`, None without labels: the `field`; numbers of
            `images` that it confirmed, of `new` ones among them, which had no cluster, of `names`
            that no cluster had, of `contradicted` images that are confirmed under another name,
            and of `unusable` labels, which cannot name a cluster.
        seconds: Time taken, embeddings included.
    """

    run_key: str
    cluster_field: str
    saved_view: str | None
    counts: dict[str, int]
    largest: list[dict[str, Any]]
    failed: dict[str, str]
    embeddings: dict[str, Any]
    stages: list[dict[str, Any]]
    warnings: list[str]
    corrections: dict[str, Any] | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Gives the report in plain JSON types.

        Returns:
            The attributes by name; `failed` holds the first 100.
        """
        values = dataclasses.asdict(self)
        return values | {"failed": dict(list(self.failed.items())[:100])}


def label_width(labels: list[int]) -> int:
    """Digits that the numbers of all clusters take, at least 5.

    Args:
        labels: Cluster number of each item; -1 for noise.

    Returns:
        The number of digits.
    """
    return max(5, len(str(max(labels, default=0))))


def clustering_counts(labels: np.ndarray) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Counts clusters and names the largest.

    Args:
        labels: Cluster number of each item, shape (N,), -1 for noise.

    Returns:
        Counts by name, and up to ten rows of `cluster` and `size`.
    """
    numbers, sizes = np.unique(labels[labels >= 0], return_counts=True)
    width = label_width(labels.tolist())
    order = np.argsort(-sizes, kind="stable")[:10]
    counts = {
        "clustered": int(sizes.sum()),
        "clusters": len(numbers),
        "singletons": int((sizes == 1).sum()),
        "noise": int((labels < 0).sum()),
    }
    largest = [{"cluster": f"c{numbers[i]:0{width}d}", "size": int(sizes[i])} for i in order]
    return counts, largest
