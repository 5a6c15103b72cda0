"""A large synthetic dataset with a finished clustering run, made without the networks."""

from __future__ import annotations

import datetime
import importlib
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import fiftyone as fo

PLUGIN = "fiftyone.plugins.orgs.autolabel.gcn.operators"


def part(name: str) -> Any:
    """Imports a module of the plugin as FiftyOne loads it.

    Args:
        name: Its name inside `operators`.

    Returns:
        The module.
    """
    import fiftyone.operators as foo

    foo.list_operators()
    return importlib.import_module(f"{PLUGIN}.{name}")


def cluster_sizes(images: int, clusters: int) -> np.ndarray:
    """Draws sizes as collections have them: few large clusters, many small ones.

    Args:
        images: Their sum.
        clusters: How many.

    Returns:
        Shape (clusters,), falling, each at least 1.
    """
    share = 1.0 / np.arange(1, clusters + 1) ** 0.8
    sizes = np.maximum(1, np.floor(share / share.sum() * images)).astype(int)
    sizes[0] += images - sizes.sum()
    return sizes


def make_dataset(images: int, clusters: int, dimension: int = 0) -> tuple[fo.Dataset, float]:
    """Makes a dataset with a finished run, without going through the networks.

    Args:
        images: Number of images.
        clusters: Number of clusters.
        dimension: Of the vectors in the field "vectors"; 0 for none.

    Returns:
        The dataset, and the seconds it took.
    """
    import fiftyone as fo

    begun = time.perf_counter()
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(clusters), cluster_sizes(images, clusters))
    parts = labels * 8 + rng.choice(8, images, p=[0.6, 0.2, 0.1, 0.04, 0.03, 0.01, 0.01, 0.01])
    confidence = np.round(rng.beta(8, 2, images), 6)
    near = (np.arange(clusters)[:, None] + rng.integers(1, clusters, (clusters, 8))) % clusters
    pairs = np.unique(
        np.sort(np.stack([np.repeat(np.arange(clusters), 8), near.ravel()], 1), 1), axis=0
    )
    dataset = fo.Dataset(persistent=True)
    dataset.media_type = "image"
    target = part("targets").resolve_target(dataset)
    with part("journal").Journal(target, "cluster", "cluster") as journal:
        journal.begin()
        ids = insert_samples(dataset, labels, confidence)
        columns = {
            "ids": ids,
            "sample_ids": None,
            "labels": labels.tolist(),
            "confidence": confidence.tolist(),
            "parts": parts.tolist(),
            "pairs": pairs.tolist(),
            "strength": np.round(rng.beta(2, 5, len(pairs)), 6).tolist(),
        }
        counts = {"items": images, "clusters": clusters}
        journal.commit({"counts": counts, "embeddings": {}}, columns, with_view=False)
    if dimension:
        add_vectors(target, dimension)
    return dataset, time.perf_counter() - begun


def add_vectors(target: Any, dimension: int) -> None:
    """Gives all images random vectors of the size of real ones.

    Args:
        target: The images.
        dimension: Length of a vector.
    """
    stored = part("stored_values")
    part("fields").add_vector_field(target, "vectors", "none", dimension)
    rng = np.random.default_rng(1)
    for items in target.items().chunks(5_000):
        vectors = rng.standard_normal((len(items), dimension), dtype=np.float32)
        rows = [{"vectors": stored.stored_vector(vector)} for vector in vectors]
        stored.write_stored(target, items, rows)


def insert_samples(dataset: fo.Dataset, labels: np.ndarray, confidence: np.ndarray) -> list[str]:
    """Writes samples as FiftyOne stores them, much faster than through its objects.

    Args:
        dataset: An empty dataset with a cluster field.
        labels: Cluster of each, shape (N,).
        confidence: Confidence of each, shape (N,).

    Returns:
        Their ids.
    """
    from bson import ObjectId

    now = datetime.datetime.now(datetime.timezone.utc)
    documents = [
        {
            "_id": ObjectId(),
            "filepath": f"/nowhere/{number:07d}.jpg",
            "tags": [],
            "metadata": None,
            "_media_type": "image",
            "_rand": number / len(labels),
            "_dataset_id": dataset._doc.id,
            "created_at": now,
            "last_modified_at": now,
            "cluster": {
                "_id": ObjectId(),
                "_cls": "Classification",
                "tags": [],
                "label": f"c{label:05d}",
                "confidence": float(confidence[number]),
                "logits": None,
                "cluster_id": f"c{label:05d}",
                "confirmed": False,
            },
        }
        for number, label in enumerate(labels.tolist())
    ]
    dataset._sample_collection.insert_many(documents, ordered=False)
    return [str(document["_id"]) for document in documents]
