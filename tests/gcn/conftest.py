"""Small sets of embeddings with known classes."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import torch

from gcn.graph.knn_graph import unit_rows
from gcn.graph.relations import Relations, edge_features
from gcn.networks.gcn_v import GCNV


class Blobs(NamedTuple):
    """Embeddings, shape (N, D), float32, unit length, and their classes, shape (N,)."""

    embeddings: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]


MakeBlobs = Callable[..., Blobs]


@pytest.fixture(scope="session")
def make_blobs() -> MakeBlobs:
    """Makes directions with noise around them: `make_blobs(sizes=(30, 20), dim=16)`."""

    def make(
        sizes: tuple[int, ...] = (40, 30, 20, 10), dim: int = 32, noise: float = 0.3, seed: int = 0
    ) -> Blobs:
        rng = np.random.default_rng(seed)
        centers = rng.normal(size=(len(sizes), dim))
        centers /= np.linalg.norm(centers, axis=1, keepdims=True)
        labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        x = centers[labels] + noise * rng.normal(size=(len(labels), dim)) / np.sqrt(dim)
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        return Blobs(x.astype(np.float32), labels)

    return make


def set_with_modes(seed: int = 0) -> Blobs:
    """Sixty classes of 12 images, each in eight modes, the same ones in all.

    Nearest neighbors share a mode, and differ in what tells classes apart.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(60), 12))
    axes = np.linalg.qr(rng.normal(size=(32, 3)))[0].T
    x = rng.normal(size=(60, 32))[labels] / np.sqrt(32)
    x += 0.7 * rng.choice([-1, 1], size=(len(labels), 3)) @ axes
    return Blobs(unit_rows(x + 0.3 * rng.normal(size=x.shape) / np.sqrt(32)), labels)


@torch.inference_mode()
def forward(network: GCNV, relations: Relations, rows: np.ndarray) -> torch.Tensor:
    """`GCNV.forward` over some rows of a graph: logits, shape (R, k)."""
    return network(
        torch.from_numpy(relations.node_features),
        torch.from_numpy(rows),
        torch.from_numpy(relations.graph.neighbors[rows].astype(np.int64)),
        torch.from_numpy(relations.transition[rows]),
        torch.from_numpy(edge_features(relations, rows)),
    )
