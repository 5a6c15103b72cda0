"""What the benchmarks' tests share: blobs as a set, in memory and on disk."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.sets import BenchmarkSet
from gcn.graph.knn_graph import unit_rows


def make_blobs(classes: int, size: int, spread: float, seed: int = 0) -> BenchmarkSet:
    """Classes of equal size around orthogonal centers, in random order."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(classes), size))
    centers = np.eye(classes, 24)
    rows = centers[labels] + rng.normal(0, spread, (len(labels), 24))
    return BenchmarkSet("blobs", unit_rows(rows), labels)


@pytest.fixture(scope="session")
def blobs() -> BenchmarkSet:
    """Six far-apart classes of 15."""
    return make_blobs(6, 15, 0.05)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the set `pair`, which has halves, and the set `single`, which has none."""
    root = tmp_path_factory.mktemp("sets")
    (root / "extra").mkdir()
    for number, name in enumerate(("pair-train", "pair-val", "extra/single")):
        data = make_blobs(5, 12, 0.12, number)
        features = data.embeddings.astype(np.float16)
        np.savez(root / f"{name}.npz", features=features, labels=data.labels.astype(np.int32))
    return root
