"""Labeled sets from worlds drawn at random, so that training meets more kinds than there are.

Labeled image collections are few, and whatever they have in common is taken for a law by a network
that sees no others. Each set here draws how many classes there are, how large, how far apart, how
alike within families, of how many modes, how wide, along how many axes, how often an image repeats
another, and what the embedding network does to it all. `benchmarks.synthetic` is not among them: it
is kept for tests.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gcn.graph.knn_graph import unit_rows
from gcn.training.splits import LabeledSet
from gcn.training.train import labeled_set

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Rng = np.random.Generator

ISOTROPIC = ((0.6, 64), (1.0, 256), (1.4, 512))
"""Spread and dimensions of three sets without any inner structure."""

_WORLDS = {"classes": 0.56, "plain": 0.13, "strangers": 0.17, "nothing": 0.08, "crowds": 0.06}
_ROWS = (40, 4000)
_LARGE_ROWS = 24_000
_DIMENSIONS = (32, 512)
_CLASS_SIZE = (1.3, 200.0)
_SPREAD = (0.4, 2.6)
_PLAIN_SPREAD = (0.2, 1.6)
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

    Args:
        seed: Of everything.
        large: 24,000 images instead of 40 to 4,000.

    Returns:
        Unit rows with their classes.
    """
    rng = np.random.default_rng(seed)
    num_rows = _LARGE_ROWS if large else round(_log_uniform(rng, *_ROWS))
    dimensions = round(_log_uniform(rng, *_DIMENSIONS))
    world = str(rng.choice(list(_WORLDS), p=list(_WORLDS.values())))
    if world == "nothing" and not large:
        labels = np.arange(num_rows)
        rows = _directions(num_rows, _spectrum(dimensions, rng), rng)
    elif world == "plain":
        labels = _plain_classes(num_rows, rng)
        rows = _plain_images(labels, dimensions, rng)
    elif world == "crowds":
        draw = _plain_images if rng.random() < 0.5 else _images
        labels = _crowds(num_rows, rng)
        rows = draw(labels, dimensions, rng)
    else:
        labels = _classes(num_rows, rng)
        rows = _images(labels, dimensions, rng)
        if world == "strangers":
            rows, labels = _with_strangers(rows, labels, rng)
    _encode(rows, rng)
    return LabeledSet(unit_rows(rows), labels)


def _images(labels: Int64, dimensions: int, rng: Rng) -> Float32:
    rows = _centers(labels, dimensions, rng)
    spread = _log_uniform(rng, *_SPREAD) * _of_classes(labels, rng.uniform(0.0, 0.4), rng)
    spread *= np.exp(rng.normal(0.0, rng.uniform(0.0, 0.4), len(labels)))
    rows += spread[:, None].astype(np.float32) * _deviations(labels, dimensions, rng)
    _drift(rows, rng)
    _repeat(rows, labels, rng)
    return rows


def _plain_images(labels: Int64, dimensions: int, rng: Rng) -> Float32:
    """Images that all deviate alike from the center of their class."""
    spectrum = _spectrum(dimensions, rng)
    rows = _directions(int(labels.max()) + 1, spectrum, rng)[labels]
    spread = np.float32(_log_uniform(rng, *_PLAIN_SPREAD))
    rows += spread * _directions(len(labels), spectrum, rng)
    return rows


def _plain_classes(num_rows: int, rng: Rng) -> Int64:
    """Few or many classes, each of 1 to 200 images whatever the others."""
    sizes = np.exp(rng.uniform(0.0, np.log(200.0), num_rows)).astype(np.int64)
    few = int(rng.integers(2, 13)) if rng.random() < 0.4 else num_rows
    count = min(few, int(np.searchsorted(np.cumsum(sizes), num_rows)) + 1)
    return np.repeat(np.arange(count), sizes[:count])


def _crowds(num_rows: int, rng: Rng) -> Int64:
    """Few classes, most of them much larger than a list of neighbors."""
    count = round(_log_uniform(rng, 2, 20))
    share = rng.dirichlet(np.full(count, rng.choice([1.0, 5.0, 100.0])))
    sizes = np.maximum(1, (share * num_rows).astype(np.int64))
    return rng.permutation(np.repeat(np.arange(count), sizes))


def _with_strangers(rows: Float32, labels: Int64, rng: Rng) -> tuple[Float32, Int64]:
    """Adds images of the covariance of the others, each of a class of its own."""
    count = max(1, round(_log_uniform(rng, *_STRANGERS) * len(rows)))
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


def _log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _classes(num_rows: int, rng: Rng) -> Int64:
    """Classes of lognormal sizes, and often many images that are alone."""
    mean, sigma = _log_uniform(rng, *_CLASS_SIZE), rng.uniform(0.0, 1.3)
    mean = min(mean, num_rows / 6)
    drawn = rng.lognormal(np.log(mean), sigma, num_rows).round().astype(np.int64)
    if rng.random() < 0.4:
        drawn[rng.random(num_rows) < rng.uniform(0.1, 0.9)] = 1
    sizes = np.clip(drawn, 1, max(2, num_rows // 3))
    count = int(np.searchsorted(np.cumsum(sizes), num_rows)) + 1
    return rng.permutation(np.repeat(np.arange(count), sizes[:count])[:num_rows])


def _of_classes(labels: Int64, sigma: float, rng: Rng) -> NDArray[np.float64]:
    """A lognormal factor of each image's class, shape (N,)."""
    return np.exp(rng.normal(0.0, sigma, int(labels.max()) + 1))[labels]


def _spectrum(dimensions: int, rng: Rng) -> Float32:
    """Standard deviation along each axis; the squares add up to 1."""
    falling = (1.0 + np.arange(dimensions) / _log_uniform(rng, 2.0, 60.0)) ** -rng.uniform(0.0, 1.2)
    return (falling / np.linalg.norm(falling)).astype(np.float32)


def _directions(count: int, spectrum: Float32, rng: Rng) -> Float32:
    return rng.standard_normal((count, len(spectrum)), np.float32) * spectrum


def _centers(labels: Int64, dimensions: int, rng: Rng) -> Float32:
    """Center of each image's mode: of a class, which may be of a family, which are about 1 long."""
    spectrum = _spectrum(dimensions, rng)
    num_classes = int(labels.max()) + 1
    centers = _directions(num_classes, spectrum, rng)
    if rng.random() < 0.6:
        size = round(_log_uniform(rng, 2.0, 20.0))
        family = rng.permutation(num_classes) // size
        shared = np.where(rng.random(num_classes) < rng.uniform(0.2, 1.0), rng.uniform(0.2, 0.8), 0)
        parents = _directions(int(family.max()) + 1, spectrum, rng)[family]
        weight = shared[:, None].astype(np.float32)
        centers = np.sqrt(weight) * parents + np.sqrt(1 - weight) * centers
    rows = centers[labels]
    if rng.random() < 0.4:
        modes, distance = int(rng.integers(2, 6)), rng.uniform(0.2, 1.0)
        split = (rng.random(num_classes) < rng.uniform(0.1, 1.0))[labels]
        places = _directions(num_classes * modes, spectrum, rng) * np.float32(distance)
        rows[split] += places[(labels * modes + rng.integers(0, modes, len(labels)))[split]]
    return rows


def _deviations(labels: Int64, dimensions: int, rng: Rng) -> Float32:
    """Rows of mean squared length about 1, along three kinds of axes.

    Part lies along axes that all classes share, as pose does, part along axes of each class, and
    the rest along all.
    """
    common, own, rest = rng.dirichlet([rng.choice([0.3, 1.0]), rng.choice([0.2, 1.0]), 1.5])
    rows = np.sqrt(rest) * _directions(len(labels), _spectrum(dimensions, rng), rng)
    few = min(dimensions, int(rng.integers(2, 24)))
    axes = np.linalg.qr(rng.standard_normal((dimensions, few)))[0].T
    rows += np.sqrt(common / few) * _axis_positions(len(labels), few, rng) @ axes
    few = int(rng.integers(1, 5))
    scale = np.sqrt(own / few / dimensions)
    num_classes = int(labels.max()) + 1
    for _ in range(few):
        axis = rng.standard_normal((num_classes, dimensions), np.float32) * np.float32(scale)
        position = _axis_positions(len(labels), 1, rng).astype(np.float32)
        for start in range(0, len(labels), _BLOCK_ROWS):
            block = slice(start, start + _BLOCK_ROWS)
            rows[block] += position[block] * axis[labels[block]]
    return rows.astype(np.float32)


def _axis_positions(num_rows: int, few: int, rng: Rng) -> NDArray[np.float64]:
    """Of variance 1: a bell, a stretch as of a turning object, or heavy tails."""
    shape = rng.choice(["normal", "uniform", "heavy"])
    if shape == "uniform":
        return rng.uniform(-np.sqrt(3), np.sqrt(3), (num_rows, few))
    if shape == "heavy":
        return rng.laplace(0.0, np.sqrt(0.5), (num_rows, few))
    return rng.standard_normal((num_rows, few))


def _drift(rows: Float32, rng: Rng) -> None:
    """Poor images drift towards a few points whatever their class."""
    if rng.random() < 0.5:
        return
    bad = np.flatnonzero(rng.random(len(rows)) < rng.uniform(0.01, 0.15))
    places = _directions(int(rng.integers(1, 8)), _spectrum(rows.shape[1], rng), rng)
    weight = rng.beta(2, 3, (len(bad), 1)).astype(np.float32)
    to = places[rng.integers(0, len(places), len(bad))]
    rows[bad] = (1 - weight) * rows[bad] + weight * to


def _repeat(rows: Float32, labels: Int64, rng: Rng) -> None:
    """Some images are taken moments after another of their class."""
    if rng.random() < 0.7:
        return
    order = np.argsort(labels, kind="stable")
    follows = labels[order[1:]] == labels[order[:-1]]
    follows &= rng.random(len(follows)) < rng.uniform(0.1, 0.8)
    near = np.float32(rng.uniform(0.6, 0.98))
    for before, after in zip(order[:-1][follows], order[1:][follows], strict=True):
        rows[after] = near * rows[before] + (1 - near) * rows[after]


def _encode(rows: Float32, rng: Rng) -> None:
    """What the last layer does: a common offset, and only what is positive."""
    size = np.float32(1.0 / np.sqrt(rows.shape[1]))
    if rng.random() < 0.5:
        offset = rng.standard_normal(rows.shape[1], np.float32)
        rows += offset * size * np.float32(rng.uniform(0.2, 2.0))
    if rng.random() < 0.3:
        cut = size * np.float32(rng.uniform(-0.5, 0.5))
        np.maximum(rows - cut, np.float32(0), out=rows)
        rows += size * np.float32(1e-3)  # no row is all zero
