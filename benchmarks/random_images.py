"""Embeddings of images whose classes are given, drawn at random: what makes classes hard to tell.

Centers and deviations of a class as a real network might place them; in rich worlds also what
images of different classes have in common, and curves along which a thing turns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Rng = np.random.Generator

_SPREAD = (0.4, 2.6)
_PLAIN_SPREAD = (0.2, 1.6)
_SHARED_LENGTH = (0.3, 1.5)
_WAVES, _CURVE_AXES = 8, 32
_BLOCK_ROWS = 8192


def images(labels: Int64, dimensions: int, is_rich: bool, rng: Rng) -> Float32:
    """Images of classes of any shape.

    Args:
        labels: Class of each, 0..C-1, shape (N,).
        dimensions: D.
        is_rich: Whether families have families, classes share scenes, images lie along curves and
            any number of them is poor.
        rng: Of everything.

    Returns:
        Shape (N, D); centers of classes are about 1 long.
    """
    rows = _centers(labels, dimensions, is_rich, rng)
    if is_rich:
        _add_scenes(rows, labels, rng)
        _add_curves(rows, labels, rng)
    spread = log_uniform(rng, *_SPREAD) * _of_classes(labels, rng.uniform(0.0, 0.4), rng)
    spread *= np.exp(rng.normal(0.0, rng.uniform(0.0, 0.4), len(labels)))
    rows += spread[:, None].astype(np.float32) * _deviations(labels, dimensions, rng)
    _drift(rows, is_rich, rng)
    _repeat(rows, labels, rng)
    return rows


def _add_scenes(rows: Float32, labels: Int64, rng: Rng) -> None:
    """What images of different classes have in common: a background, a light, a camera."""
    if rng.random() < 0.4:
        return
    num_rows, dimensions = rows.shape
    count = round(log_uniform(rng, 3, max(4, num_rows / 4)))
    share = rng.dirichlet(np.full(count, rng.choice([0.3, 1.0, 10.0])))
    scene = rng.choice(count, num_rows, p=share)
    if rng.random() < 0.6:
        few = int(rng.integers(1, 6))
        usual = rng.choice(count, (int(labels.max()) + 1, few), p=share)
        keeps = rng.random(num_rows) < rng.uniform(0.2, 1.0)
        scene[keeps] = usual[labels, rng.integers(0, few, num_rows)][keeps]
    places = directions(count, spectrum_of(dimensions, rng), rng)
    rows += np.float32(log_uniform(rng, *_SHARED_LENGTH)) * places[scene]


def _add_curves(rows: Float32, labels: Int64, rng: Rng) -> None:
    """Images of a class along a curve or a surface, as of a thing that turns."""
    if rng.random() < 0.5:
        return
    num_rows, dimensions = rows.shape
    num_classes, num_angles = int(labels.max()) + 1, int(rng.integers(1, 4))
    angles = rng.uniform(0, 2 * np.pi, (num_rows, num_angles))
    if rng.random() < 0.5:
        angles *= rng.uniform(0.2, 1.0, (num_classes, 1))[labels]
    frequency = rng.integers(-2, 3, (num_angles, _WAVES)).astype(float)
    waves = np.cos(angles @ frequency + rng.uniform(0, 2 * np.pi, _WAVES)).astype(np.float32)
    mixing = rng.standard_normal((num_classes, _WAVES, _CURVE_AXES), np.float32)
    alike = np.float32(rng.uniform(0, 1))
    mixing = np.sqrt(alike) * mixing[:1] + np.sqrt(1 - alike) * mixing
    axes = directions(_CURVE_AXES, spectrum_of(dimensions, rng), rng)
    axes *= np.float32(log_uniform(rng, *_SHARED_LENGTH) * np.sqrt(2.0 / _WAVES / _CURVE_AXES))
    for start in range(0, num_rows, _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        rows[block] += np.einsum("nw,nwa->na", waves[block], mixing[labels[block]]) @ axes


def plain_images(labels: Int64, dimensions: int, rng: Rng) -> Float32:
    """Images that all deviate alike from the center of their class.

    Args:
        labels: Class of each, 0..C-1, shape (N,).
        dimensions: D.
        rng: Of everything.
    """
    spectrum = spectrum_of(dimensions, rng)
    rows = directions(int(labels.max()) + 1, spectrum, rng)[labels]
    spread = np.float32(log_uniform(rng, *_PLAIN_SPREAD))
    rows += spread * directions(len(labels), spectrum, rng)
    return rows


def _of_classes(labels: Int64, sigma: float, rng: Rng) -> NDArray[np.float64]:
    """A lognormal factor of each image's class, shape (N,)."""
    return np.exp(rng.normal(0.0, sigma, int(labels.max()) + 1))[labels]


def spectrum_of(dimensions: int, rng: Rng) -> Float32:
    """Standard deviation along each axis; the squares add up to 1."""
    falling = (1.0 + np.arange(dimensions) / log_uniform(rng, 2.0, 60.0)) ** -rng.uniform(0.0, 1.2)
    return (falling / np.linalg.norm(falling)).astype(np.float32)


def directions(count: int, spectrum: Float32, rng: Rng) -> Float32:
    """Rows of length about 1, with a standard deviation along each axis, shape (count, D)."""
    return rng.standard_normal((count, len(spectrum)), np.float32) * spectrum


def _centers(labels: Int64, dimensions: int, is_rich: bool, rng: Rng) -> Float32:
    """Center of each image's mode: of a class, which may be of a family, which are about 1 long."""
    spectrum = spectrum_of(dimensions, rng)
    num_classes = int(labels.max()) + 1
    centers = directions(num_classes, spectrum, rng)
    if rng.random() < 0.6:
        size = round(log_uniform(rng, 2.0, 20.0))
        family = rng.permutation(num_classes) // size
        shared = np.where(rng.random(num_classes) < rng.uniform(0.2, 1.0), rng.uniform(0.2, 0.8), 0)
        parents = directions(int(family.max()) + 1, spectrum, rng)[family]
        weight = shared[:, None].astype(np.float32)
        centers = np.sqrt(weight) * parents + np.sqrt(1 - weight) * centers
        if is_rich and rng.random() < 0.5:
            kin = rng.permutation(int(family.max()) + 1) // round(log_uniform(rng, 2.0, 20.0))
            weight = np.float32(rng.uniform(0.2, 0.7))
            grandparents = directions(int(kin.max()) + 1, spectrum, rng)[kin[family]]
            centers = np.sqrt(weight) * grandparents + np.sqrt(1 - weight) * centers
    if is_rich and rng.random() < 0.4:
        centers *= np.exp(rng.normal(0, rng.uniform(0, 0.4), (num_classes, 1))).astype(np.float32)
    rows = centers[labels]
    if rng.random() < 0.4:
        modes, distance = int(rng.integers(2, 6)), rng.uniform(0.2, 1.0)
        split = (rng.random(num_classes) < rng.uniform(0.1, 1.0))[labels]
        places = directions(num_classes * modes, spectrum, rng) * np.float32(distance)
        rows[split] += places[(labels * modes + rng.integers(0, modes, len(labels)))[split]]
    return rows


def _deviations(labels: Int64, dimensions: int, rng: Rng) -> Float32:
    """Rows of mean squared length about 1, along three kinds of axes.

    Part lies along axes that all classes share, as pose does, part along axes of each class, and
    the rest along all.
    """
    common, own, rest = rng.dirichlet([rng.choice([0.3, 1.0]), rng.choice([0.2, 1.0]), 1.5])
    rows = np.sqrt(rest) * directions(len(labels), spectrum_of(dimensions, rng), rng)
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


def _drift(rows: Float32, is_rich: bool, rng: Rng) -> None:
    """Poor images drift towards a few points whatever their class."""
    if rng.random() < 0.5:
        return
    share = log_uniform(rng, 0.01, 1.0) if is_rich else rng.uniform(0.01, 0.15)
    bad = np.flatnonzero(rng.random(len(rows)) < share)
    places = directions(int(rng.integers(1, 8)), spectrum_of(rows.shape[1], rng), rng)
    near = rng.uniform(2, 8) if is_rich else 3
    weight = rng.beta(2, near, (len(bad), 1)).astype(np.float32)
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


def encode(rows: Float32, rng: Rng) -> None:
    """What the last layer does: a common offset, and only what is positive."""
    size = np.float32(1.0 / np.sqrt(rows.shape[1]))
    if rng.random() < 0.5:
        offset = rng.standard_normal(rows.shape[1], np.float32)
        rows += offset * size * np.float32(rng.uniform(0.2, 2.0))
    if rng.random() < 0.3:
        cut = size * np.float32(rng.uniform(-0.5, 0.5))
        np.maximum(rows - cut, np.float32(0), out=rows)
        rows += size * np.float32(1e-3)  # no row is all zero


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """A number between two, as likely to lie below as above their geometric mean."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
