"""A large synthetic dataset with a finished clustering run, made without the networks."""

from __future__ import annotations

import datetime
import importlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import fiftyone as fo

PHOTOS, PIXELS = 64, (1600, 1200)
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


def make_dataset(
    images: int, clusters: int, dimension: int = 0, photos: Sequence[Path] | None = None
) -> tuple[fo.Dataset, float]:
    """Makes a dataset with a finished run, without going through the networks.

    Args:
        images: Number of images.
        clusters: Number of clusters.
        dimension: Of the vectors in the field "vectors"; 0 for none.
        photos: Files of the images; see `make_photos`. None for files that are missing.

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
    target = part("data.targets").resolve_target(dataset)
    with part("runs.journal").Journal(target, "cluster", "cluster") as journal:
        journal.begin()
        dataset.add_sample_field("truth", fo.EmbeddedDocumentField, fo.Classification)
        files = photos or [Path(f"/nowhere/{number:07d}.jpg") for number in range(images)]
        ids = insert_samples(dataset, labels, confidence, files)
        columns = {
            "ids": ids,
            "sample_ids": None,
            "labels": labels.tolist(),
            "confidence": confidence.tolist(),
            "parts": parts.tolist(),
            "pairs": pairs.tolist(),
            "strength": np.round(rng.beta(2, 5, len(pairs)), 6).tolist(),
        }
        source = {"kind": "field", "embeddings_field": "vectors"}
        counts = {"items": images, "clusters": clusters}
        journal.commit({"counts": counts, "embeddings": source}, columns, with_view=False)
    if dimension:
        add_vectors(target, dimension, parts)
    return dataset, time.perf_counter() - begun


def add_vectors(target: Any, dimension: int, parts: np.ndarray) -> None:
    """Gives all images vectors of the size of real ones, near to each other in a cluster and part.

    Args:
        target: The images.
        dimension: Length of a vector.
        parts: Part of each image, eight numbers for each cluster, shape (N,).
    """
    stored = part("data.stored_values")
    part("data.fields").add_vector_field(target, "vectors", "none", dimension)
    rng = np.random.default_rng(1)
    clusters = rng.standard_normal((int(parts.max()) // 8 + 1, dimension), dtype=np.float32)
    inside = rng.standard_normal((8, dimension), dtype=np.float32)
    start = 0
    for items in target.items().chunks(5_000):
        own = parts[start : (start := start + len(items))]
        noise = rng.standard_normal((len(items), dimension), dtype=np.float32)
        vectors = clusters[own // 8] + inside[own % 8] + 0.5 * noise
        rows = [{"vectors": stored.stored_vector(vector)} for vector in vectors]
        stored.write_stored(target, items, rows)


def make_photos(folder: Path, number: int) -> list[Path]:
    """Makes the files of many images: a few photographs under a name for each.

    Args:
        folder: An empty folder.
        number: How many names.

    Returns:
        The files, each a name of one of `PHOTOS` pictures of `PIXELS`.
    """
    rng = np.random.default_rng(2)
    for place in range(PHOTOS):
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        photo = Image.fromarray(coarse).resize(PIXELS, Image.Resampling.BICUBIC)
        photo.save(folder / f"photo{place}.jpg", quality=90)
    names = [folder / f"{number:07d}.jpg" for number in range(number)]
    for place, name in enumerate(names):
        name.symlink_to(f"photo{place % PHOTOS}.jpg")
    return names


def ids_of_cluster(dataset: fo.Dataset, cluster: str) -> list[str]:
    """Reads which images are in a cluster.

    Args:
        dataset: The dataset.
        cluster: The cluster's id.

    Returns:
        Their ids.
    """
    return part("corrections.reads").item_ids(dataset, cluster)["items"]


def add_images(dataset: fo.Dataset, number: int) -> None:
    """Adds images with vectors, which have no cluster yet.

    Args:
        dataset: The dataset.
        number: How many.
    """
    import fiftyone as fo

    first = dataset.first()
    vectors = np.random.default_rng(3).standard_normal((number, len(first["vectors"])))
    dataset.add_samples(
        [
            fo.Sample(filepath=f"{first.filepath}.{place}.jpg", vectors=vector.astype(np.float32))
            for place, vector in enumerate(vectors)
        ]
    )


def insert_samples(
    dataset: fo.Dataset, labels: np.ndarray, confidence: np.ndarray, photos: Sequence[Path]
) -> list[str]:
    """Writes samples as FiftyOne stores them, much faster than through its objects.

    Args:
        dataset: An empty dataset with a cluster field.
        labels: Cluster of each, shape (N,).
        confidence: Confidence of each, shape (N,).
        photos: Their files.

    Returns:
        Their ids.
    """
    from bson import ObjectId

    now = datetime.datetime.now(datetime.timezone.utc)
    documents = [
        {
            "_id": ObjectId(),
            "filepath": str(photos[number]),
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
            "truth": {
                "_id": ObjectId(),
                "_cls": "Classification",
                "tags": [],
                "label": f"class {label // 2}",
                "confidence": None,
                "logits": None,
            },
        }
        for number, label in enumerate(labels.tolist())
    ]
    dataset._sample_collection.insert_many(documents, ordered=False)
    return [str(document["_id"]) for document in documents]
