"""What an annotator may start from: our clusters, those of peers, or none."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN

import gcn

from .peer_vectors import euclidean_distances

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

OURS = "ours"
HDBSCAN_MIN_SIZES = (2, 5, 10)
INFOMAP_KS = (5, 10, 20)
INFOMAP_QUANTILES = (0.0, 0.5)
"""Least cosine of an edge, as a quantile of the cosines of all edges."""
USUAL_SETTINGS = {"HDBSCAN": "min_cluster_size 5", "Infomap": "k 10, all edges"}
"""What a user tries first: the default of scikit-learn; ten neighbors."""


@dataclass(frozen=True)
class Clustering:
    """Clusters of N images, and what is known about them.

    Attributes:
        method: Who made them.
        setting: With which hyper-parameters; empty for defaults.
        labels: Cluster of each image, -1 for noise, shape (N,), int64.
        confidence: That an image belongs where it is, in [0, 1], shape (N,), float32.
        parts: Purer clusters inside, shape (N,), int64; None if the method has none.
        relations: Cluster pairs with their strength; None for the similarity of centroids.
    """

    method: str
    setting: str
    labels: Int64
    confidence: Float32
    parts: Int64 | None = None
    relations: tuple[Int64, Float32] | None = None


def our_clustering(embeddings: Float32, model: gcn.Model) -> Clustering:
    """Clusters with the plugin's own networks and defaults."""
    result = gcn.cluster(embeddings, model)
    return Clustering(OURS, "", result.labels, result.confidence, result.parts, result.relations)


def peer_clusterings(embeddings: Float32) -> Iterator[Clustering]:
    """Clusters with every peer that is installed, in several settings each."""
    yield from _hdbscan(embeddings)
    if has_infomap():
        yield from _infomap(embeddings)


def has_infomap() -> bool:
    """Tells whether Infomap can be compared with."""
    return importlib.util.find_spec("infomap") is not None


def _hdbscan(embeddings: Float32) -> Iterator[Clustering]:
    distances = euclidean_distances(embeddings)
    for min_size in HDBSCAN_MIN_SIZES:
        found = HDBSCAN(min_cluster_size=min_size, metric="precomputed", copy=True).fit(distances)
        confidence = np.nan_to_num(found.probabilities_).astype(np.float32)
        labels = found.labels_.astype(np.int64)
        yield Clustering("HDBSCAN", f"min_cluster_size {min_size}", labels, confidence)


def _infomap(embeddings: Float32) -> Iterator[Clustering]:
    infomap = importlib.import_module("infomap")
    num_images = len(embeddings)
    for k in INFOMAP_KS:
        graph = gcn.knn_graph(embeddings, min(k, num_images - 1))
        source = np.repeat(np.arange(num_images), graph.neighbors.shape[1])
        cosine = graph.similarity.ravel().astype(np.float64)
        links = np.stack([source, graph.neighbors.ravel(), np.maximum(cosine, 1e-6)], 1)
        for quantile in INFOMAP_QUANTILES:
            network = infomap.Infomap(silent=True, two_level=True, seed=1, num_trials=1)
            for node in range(num_images):
                network.add_node(node)
            network.add_links(links[cosine >= np.quantile(cosine, quantile)])
            modules = network.run().modules()
            labels = np.array([modules[node] for node in range(num_images)], np.int64) - 1
            edges = f"edges above quantile {quantile:g}" if quantile else "all edges"
            setting = f"k {k}, {edges}"
            yield Clustering("Infomap", setting, labels, centrality(embeddings, labels))


def centrality(embeddings: Float32, labels: Int64) -> Float32:
    """A confidence for methods that give none: the cosine to the centroid of the cluster.

    Args:
        embeddings: Unit rows, shape (N, D).
        labels: Cluster of each, 0..C-1, shape (N,).

    Returns:
        In [0, 1], shape (N,), float32.
    """
    centroids = np.zeros((int(labels.max()) + 1, embeddings.shape[1]), np.float32)
    np.add.at(centroids, labels, embeddings)
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-12)
    return np.clip((embeddings * centroids[labels]).sum(1), 0.0, 1.0).astype(np.float32)
