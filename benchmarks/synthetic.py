"""Synthetic embeddings shaped like those of a large collection of faces, of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gcn.graph.knn_graph import unit_rows

from .sets import BenchmarkSet

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

DIMENSIONS = 256
MEAN_SIZE, SIZE_SIGMA, LARGEST = 68.0, 0.75, 600
"""Sizes of classes: lognormal, at least 2."""
FAMILY_SHARE, FAMILY_SIZE = 0.35, 4
"""Share of classes that look like others, and how many look alike."""
SPLIT_SHARE, SPLIT_LENGTH = 0.15, 0.75
"""Share of classes of two kinds, such as young and old, and how far those lie apart."""
SPREAD, SPREAD_SIGMA = 0.7, 0.25
"""Length of the deviation from the center of a class, whose length is 1: lognormal."""
BAD_SHARE = 0.045
"""Share of poor images, which drift towards a few points whatever their class."""
_ROWS = 50_000


def synthetic_set(num_images: int, seed: int = 0) -> BenchmarkSet:
    """Draws a set; the same seed and size give the same set.

    Args:
        num_images: N, at least 2.
        seed: Of everything.

    Returns:
        Unit rows of 256 dimensions in random order, with their classes.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(*_sizes(num_images, rng)))
    num_classes = int(labels.max()) + 1
    # Variance falls off slowly along the axes, as in trained embeddings.
    spectrum = ((1 + np.arange(DIMENSIONS) / 60) ** -0.6).astype(np.float32)
    centers = _centers(num_classes, spectrum, rng)
    second = np.where(
        rng.random((num_classes, 1)) < SPLIT_SHARE,
        SPLIT_LENGTH * _directions(num_classes, spectrum, rng),
        0,
    ).astype(np.float32)
    spread = SPREAD * np.exp(rng.normal(0, SPREAD_SIGMA, num_classes)).astype(np.float32)
    poor = _directions(6, spectrum, rng)
    rows = np.empty((num_images, DIMENSIONS), np.float32)
    for start in range(0, num_images, _ROWS):
        of = labels[start : start + _ROWS]
        x = centers[of] + second[of] * (rng.random((len(of), 1)) < 0.5)
        x += spread[of, None] * _noise(len(of), spectrum, rng)
        bad = np.flatnonzero(rng.random(len(of)) < BAD_SHARE)
        weight = rng.beta(2, 3, (len(bad), 1))
        x[bad] = (1 - weight) * x[bad] + weight * poor[rng.integers(0, len(poor), len(bad))]
        rows[start : start + _ROWS] = x
    return BenchmarkSet(f"synthetic {num_images:,}", unit_rows(rows), labels)


def synthetic_file(folder: Path, num_images: int, seed: int = 0) -> tuple[Path, Path]:
    """The set as files in half precision, drawn if they are not there yet.

    Args:
        folder: Where they are kept; made if need be.
        num_images: N.
        seed: Of everything.

    Returns:
        The .npy files of the features, (N, 256), and of the classes, (N,).
    """
    paths = [folder / f"{name}-{num_images}-{seed}.npy" for name in ("features", "labels")]
    if not all(path.is_file() for path in paths):
        folder.mkdir(parents=True, exist_ok=True)
        data = synthetic_set(num_images, seed)
        for path, values in zip(
            paths, (data.embeddings.astype(np.float16), data.labels), strict=True
        ):
            partial = path.with_suffix(".partial.npy")
            np.save(partial, values)
            partial.replace(path)
    return paths[0], paths[1]


def _sizes(num_images: int, rng: np.random.Generator) -> tuple[Int64, Int64]:
    """Class numbers and sizes that add up to `num_images`."""
    count = int(num_images / MEAN_SIZE * 2) + 10
    drawn = rng.lognormal(np.log(MEAN_SIZE) - SIZE_SIGMA**2 / 2, SIZE_SIGMA, count)
    sizes = np.clip(drawn, 2, LARGEST).astype(np.int64)
    ends = np.cumsum(sizes)
    sizes = sizes[: int(np.searchsorted(ends, num_images)) + 1]
    sizes[-1] -= int(sizes.sum()) - num_images
    return np.arange(len(sizes)), sizes


def _centers(num_classes: int, spectrum: Float32, rng: np.random.Generator) -> Float32:
    """Unit rows; some share part of their direction with their neighbors in number."""
    own = _directions(num_classes, spectrum, rng)
    family = np.arange(num_classes) // FAMILY_SIZE
    parents = _directions(int(family.max()) + 1, spectrum, rng)
    alike = rng.random(len(parents)) < FAMILY_SHARE
    share = np.where(alike, np.sqrt(rng.uniform(0.35, 0.7, len(parents))), 0)[family, None]
    return unit_rows(share * parents[family] + np.sqrt(1 - share**2) * own)


def _directions(count: int, spectrum: Float32, rng: np.random.Generator) -> Float32:
    return unit_rows(rng.standard_normal((count, len(spectrum)), dtype=np.float32) * spectrum)


def _noise(count: int, spectrum: Float32, rng: np.random.Generator) -> Float32:
    """Rows of mean squared length 1: a third along few axes that all classes share, as pose is."""
    wide = rng.standard_normal((count, len(spectrum)), dtype=np.float32) * spectrum
    wide /= np.sqrt((spectrum**2).sum())
    shared = np.zeros_like(wide)
    shared[:, :12] = rng.standard_normal((count, 12), dtype=np.float32) / np.sqrt(12)
    return (np.sqrt(2 / 3) * wide + np.sqrt(1 / 3) * shared).astype(np.float32)
