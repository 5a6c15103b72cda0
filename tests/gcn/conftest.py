"""Small sets of embeddings with known classes."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import torch

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
