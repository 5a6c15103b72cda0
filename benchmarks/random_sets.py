"""Labeled sets from worlds drawn at random, so that training meets more kinds than there are.

Labeled image collections are few, and whatever they have in common is taken for a law by a network
that sees no others. Each set here draws how many classes there are, how large, how far apart, how
alike within families, of how many modes, how wide, along how many axes, how often an image repeats
another, what images of different classes have in common, and what the embedding network does to it
all. `benchmarks.synthetic` is not among them: it is kept for tests.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gcn.graph.knn_graph import unit_rows
from gcn.training.splits import LabeledSet
from gcn.training.train import labeled_set

from .random_images import directions, encode, images, log_uniform, plain_images, spectrum_of

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Rng = np.random.Generator

ISOTROPIC = ((0.6, 64), (1.0, 256), (1.4, 512))
"""Spread and dimensions of three sets without any inner structure."""

_WORLDS = {"classes": 0.56, "plain": 0.13, "strangers": 0.17, "nothing": 0.08, "crowds": 0.06}
_ROWS, _RICH = (40, 4000), (120, 6000)
_ASKED, _TOO_EASY = 300, 0.95
_LARGE_ROWS = 24_000
_DIMENSIONS = (32, 512)
_CLASS_SIZE = (1.3, 200.0)
_STRANGERS = (0.05, 2.5)
_MIXED = 32
_BLOCK_ROWS = 8192


def isotropic_set(spread: float, dimensions: int, seed: int) -> LabeledSet:
    """Classes without any inner structure, 1 to 200 images each: what networks see too rarely.

    Args:
        spread: Length of an image's deviation from the center of its class, which is 1 long.
        dimensions: D.
        seed: Of centers, sizes and deviations.
    """
    rng = np.random.default_rng(seed)
    sizes = np.exp(rng.uniform(0.0, np.log(200.0), 60)).astype(np.int64)
    centers = rng.standard_normal((len(sizes), dimensions)) / np.sqrt(dimensions)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    deviation = rng.standard_normal((len(labels), dimensions)) / np.sqrt(dimensions)
    return labeled_set((centers[labels] + spread * deviation).astype(np.float32), labels)


def random_set(seed: int, large: bool = False) -> LabeledSet:
    """Draws a world and a set of images from it.

    Most worlds have classes of every shape; some have plain ones, some many strangers beside them,
    some few and large ones, half of these plain, and in some no image has another of its class.
    Half of the worlds are rich (`random_images`) and larger; of these, one in which nearly every
    neighbor is of the same class is drawn again every other time.

    Args:
        seed: Of everything.
        large: 24,000 images instead of 40 to 6,000.

    Returns:
        Unit rows with their classes.
    """
    rng = np.random.default_rng(seed)
    is_rich = seed % 2 == 0  # so that even a few worlds hold as many of either
    while True:
        drawn = _draw(is_rich, large, rng)
        if not is_rich or rng.random() < 0.5 or _neighbors_alike(drawn, rng) < _TOO_EASY:
            return drawn


def _draw(is_rich: bool, large: bool, rng: Rng) -> LabeledSet:
    num_rows = _LARGE_ROWS if large else round(log_uniform(rng, *(_RICH if is_rich else _ROWS)))
    dimensions = round(log_uniform(rng, *_DIMENSIONS))
    world = str(rng.choice(list(_WORLDS), p=list(_WORLDS.values())))
    if world == "nothing" and not large:
        labels = np.arange(num_rows)
        rows = directions(num_rows, spectrum_of(dimensions, rng), rng)
    elif world == "plain":
        labels = _plain_classes(num_rows, rng)
        rows = plain_images(labels, dimensions, rng)
    elif world == "crowds":
        is_plain = rng.random() < 0.5
        labels = _crowds(num_rows, rng)
        shape = (labels, dimensions)
        rows = plain_images(*shape, rng) if is_plain else images(*shape, is_rich, rng)
    else:
        labels = _classes(num_rows, rng)
        rows = images(labels, dimensions, is_rich, rng)
        if world == "strangers":
            rows, labels = _with_strangers(rows, labels, rng)
    encode(rows, rng)
    return LabeledSet(unit_rows(rows), labels)


def _neighbors_alike(drawn: LabeledSet, rng: Rng) -> float:
    """Of ten neighbors, or as many as could be, the share of the same class; 0 where none can."""
    x, labels = drawn
    sizes = np.bincount(labels)[labels]
    asked = np.flatnonzero(sizes > 1)
    if not len(asked):
        return 0.0
    asked = rng.choice(asked, min(len(asked), _ASKED), replace=False)
    k = min(10, len(x) - 1)
    cosines = x[asked] @ x.T
    cosines[np.arange(len(asked)), asked] = -2.0
    near = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
    alike = (labels[near] == labels[asked][:, None]).sum(1)
    return float((alike / np.minimum(k, sizes[asked] - 1)).mean())


def _plain_classes(num_rows: int, rng: Rng) -> Int64:
    """Few or many classes, each of 1 to 200 images whatever the others."""
    sizes = np.exp(rng.uniform(0.0, np.log(200.0), num_rows)).astype(np.int64)
    few = int(rng.integers(2, 13)) if rng.random() < 0.4 else num_rows
    count = min(few, int(np.searchsorted(np.cumsum(sizes), num_rows)) + 1)
    return np.repeat(np.arange(count), sizes[:count])


def _crowds(num_rows: int, rng: Rng) -> Int64:
    """Few classes, most of them much larger than a list of neighbors."""
    count = round(log_uniform(rng, 2, 20))
    share = rng.dirichlet(np.full(count, rng.choice([1.0, 5.0, 100.0])))
    sizes = np.maximum(1, (share * num_rows).astype(np.int64))
    return rng.permutation(np.repeat(np.arange(count), sizes))


def _with_strangers(rows: Float32, labels: Int64, rng: Rng) -> tuple[Float32, Int64]:
    """Adds images of the covariance of the others, each of a class of its own."""
    count = max(1, round(log_uniform(rng, *_STRANGERS) * len(rows)))
    count = min(count, 2 * _LARGE_ROWS - len(rows))
    chosen = rng.integers(0, len(rows), (count, _MIXED))
    center = rows.mean(0)
    weights = rng.standard_normal((count, _MIXED), np.float32) / np.float32(np.sqrt(_MIXED))
    strangers = np.empty((count, rows.shape[1]), np.float32)
    for start in range(0, count, _BLOCK_ROWS // _MIXED):
        block = slice(start, start + _BLOCK_ROWS // _MIXED)
        strangers[block] = np.einsum("nm,nmd->nd", weights[block], rows[chosen[block]] - center)
    numbers = int(labels.max()) + 1 + np.arange(count)
    return np.concatenate([rows, center + strangers]), np.concatenate([labels, numbers])


def _classes(num_rows: int, rng: Rng) -> Int64:
    """Classes of lognormal sizes, and often many images that are alone."""
    mean, sigma = log_uniform(rng, *_CLASS_SIZE), rng.uniform(0.0, 1.3)
    mean = min(mean, num_rows / 6)
    drawn = rng.lognormal(np.log(mean), sigma, num_rows).round().astype(np.int64)
    if rng.random() < 0.4:
        drawn[rng.random(num_rows) < rng.uniform(0.1, 0.9)] = 1
    sizes = np.clip(drawn, 1, max(2, num_rows // 3))
    count = int(np.searchsorted(np.cumsum(sizes), num_rows)) + 1
    return rng.permutation(np.repeat(np.arange(count), sizes[:count])[:num_rows])
