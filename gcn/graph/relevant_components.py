"""Rescales embeddings so that directions in which near images differ count for less.

What varies between an image and its nearest neighbors is mostly not its class: light, pose,
background. Divided by that variation, embeddings of any network show more of the same class among
the nearest, without a single label.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from ..knn.exact import exact_neighbors
from ..runtime.fixed_point import Int16, Rows, all_floats, floats, store
from ..runtime.one_core import on_one_core
from ..runtime.parallel import for_slices, row_slices
from ..runtime.progress import Progress, named, share
from .class_scatter import ClassScatter
from .moments import column_sums, scatter_matrix
from .unit_length import at_unit_length

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

MAX_DIMENSIONS = 512
"""Of the rescaled rows."""

_NAME = "Relevant components"
_MIN_ROWS = 8
_NEIGHBORS = 5
_ROUNDS = 2
MIN_QUERIES = 2048
"""Images whose neighbors are looked at in the largest sets; more are seldom worth their time."""

_QUERIES = (MIN_QUERIES, 8192)
_EARLY_STEP = 4
_SEARCHES = 4e8
_BLOCK_ROWS = 16_384
# Enough of them for a product to be quick, few enough for a cache.
_PRODUCT_ROWS = 384
_MIN_SHRINKAGE = 0.25
_SIGNAL_POWER = 0.25
_MIN_SIGNAL = 0.02
_MIN_LIKENESS = 0.05


_Rows = TypeVar("_Rows", Float32, Int16)


class RelevantComponents(NamedTuple):
    """Rescaled embeddings, and what they were rescaled by.

    Attributes:
        refined: The rescaled unit rows, shape (N, D') with D' = min(N, D, 512), float32.
        centered: Unit rows less their center, shape (N, D'), in fixed point.
        covariance: Of these, shape (D', D').
        scatter: Half the mean outer product of differences between nearest neighbors, and of images
            of one known class where there are, (D', D').
        num_pairs: How many differences those were.
        dimensions: min(D, 512), of which fewer rows than that span only some.
        fits: Of each scatter inside known classes, whether it is of these embeddings, and counts.
    """

    refined: Float32
    centered: Int16
    covariance: Float64
    scatter: Float64
    num_pairs: int
    dimensions: int
    fits: tuple[bool, ...] = ()

    def learned_from(self, rows: Int64, together: Any) -> Float32:
        """Rescales all rows anew, over `refined`, by what varies between images of one class.

        The scatter of these pairs and that of nearest neighbors count one half each: pairs that a
        clustering found resemble each other more in the space that it saw than images of one class
        do, and with nothing beside them the next clustering would only agree with it.

        Args:
            rows: Some rows, shape (R,).
            together: How much each pair of these counts, at least 0 and not all 0, a sparse array
                of shape (R, R).

        Returns:
            Unit rows, shape (N, D'), float32.
        """
        x = floats(self.centered[rows])
        weights = (together + together.T).astype(np.float32)
        # The sum of w (a - b)(a - b)ᵀ over all pairs, by the Laplacian of their graph.
        laplacian = x * weights.sum(1)[:, None] - weights @ x
        total = float(together.sum())
        with on_one_core():
            learned = (x.T @ laplacian).astype(np.float64) / (2.0 * total)
            scatter = 0.5 * (0.5 * (learned + learned.T) + self.scatter)
            num_pairs = max(self.num_pairs, round(total))
            projection = _projection(self.covariance, scatter, num_pairs, self.dimensions)
        return _unit(self.centered, projection.astype(np.float32), out=self.refined)


def relevant_components(
    x: Rows,
    device: str | None = None,
    progress: Progress | None = None,
    num_queries: int | None = None,
    known: Sequence[ClassScatter] = (),
) -> Float32:
    """Whitens embeddings by the scatter of nearest neighbors and favors directions of signal.

    The nearest neighbors of an image stand for others of its class. Their scatter, shrunk towards
    a sphere, is whitened; then each principal direction of the whole set is scaled by the fourth
    root of the share of its variance that the scatter does not explain. Neighbors are sought
    twice, the second time in the space that the first round gave.

    Source: relevant component analysis of Bar-Hillel, Hertz, Shental & Weinshall, "Learning
    Distance Functions using Equivalence Relations", ICML 2003, with nearest neighbors in place of
    given equivalences.

    Args:
        x: Unit rows, shape (N, D), also in fixed point.
        device: Where neighbors are sought; None for the CPU.
        progress: Called with the share done; may raise to cancel.
        num_queries: Of how many images neighbors are looked at, at most; chosen by N if left out.
        known: Scatter inside classes that are known. What was read off embeddings of another
            network counts for nothing: it has another number of dimensions, or is not like the
            covariance of the set.

    Returns:
        Unit rows, shape (N, D') with D' = min(N, D, 512), float32; `x` itself below 8 rows or where
        all rows are the same.
    """
    found = find_relevant_components(x, device, progress, num_queries, known)
    return floats(x) if found is None else found.refined


def find_relevant_components(
    x: Rows,
    device: str | None = None,
    progress: Progress | None = None,
    num_queries: int | None = None,
    known: Sequence[ClassScatter] = (),
) -> RelevantComponents | None:
    """`relevant_components` with what they were found by; None where there is nothing to find."""
    if len(x) < _MIN_ROWS:
        return None
    centered, span = _centered(x)
    if not centered.any():
        return None
    covariance = scatter_matrix(centered) / len(x)
    # Each is compared with all images, so large sets can afford fewer, and need no more.
    usual = int(np.clip(_SEARCHES / len(x), *_QUERIES))
    refined, scatter, num_pairs = all_floats(centered), covariance, 0
    fits = tuple(_fits(each, covariance, span, x.shape[1]) for each in known)
    counted = list(itertools.compress(known, fits))
    inside = functools.reduce(ClassScatter.beside, counted) if counted else None
    queries = even_sample(refined, usual if num_queries is None else num_queries)
    dimensions = min(x.shape[1], MAX_DIMENSIONS)
    num_neighbors = min(_NEIGHBORS, len(x) - 1)
    for done in range(_ROUNDS):
        within = share(named(progress, _NAME), done / _ROUNDS, (done + 1) / _ROUNDS)
        # The first round only says where the second looks: of a sample a part is enough for it.
        last = done == _ROUNDS - 1
        asked = queries if last or len(queries) == len(x) else queries[::_EARLY_STEP]
        neighbors = exact_neighbors(refined, asked, num_neighbors, device, within)[0]
        with on_one_core():
            scatter, num_pairs = _scatter(centered, asked, neighbors)
            if inside is not None:
                scatter = (1.0 - inside.share) * scatter + inside.share * inside.along(span)
            projection = _projection(covariance, scatter, num_pairs, dimensions)
        refined = _unit(centered, projection.astype(np.float32), out=refined)
    return RelevantComponents(refined, centered, covariance, scatter, num_pairs, dimensions, fits)


def _fits(known: ClassScatter, covariance: Float64, span: Float32 | None, dimensions: int) -> bool:
    """Whether a scatter inside classes is of embeddings by the same network as a set.

    Source: this project. What makes the scatter uneven makes the set's own covariance uneven: the
    cosine of the two, less a sphere each, is 0.14 to 0.89 where one network made both, whatever
    the images show, and -0.03 to 0.02 for two networks.
    """
    if known.dimensions != dimensions:
        return False
    matrices = (known.along(span), covariance)
    one, other = (m - np.eye(len(m)) * (np.trace(m) / len(m)) for m in matrices)
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return float((one * other).sum()) > _MIN_LIKENESS * float(lengths)


def _centered(x: Rows) -> tuple[Int16, Float32 | None]:
    """Unit rows less their center, and the axes that these are along; None for all axes."""
    center = (column_sums(x) / len(x)).astype(np.float32)
    if x.shape[1] <= MAX_DIMENSIONS:
        span = None if len(x) >= x.shape[1] else _span(floats(x) - center)
        return _unit(x, span, center, out=_room(x, span)), span
    # More directions than that cost more than they tell.
    sample = floats(x[:: -(-len(x) // _BLOCK_ROWS)]) - center
    size = min(MAX_DIMENSIONS, len(sample))
    with on_one_core():
        directions = randomized_svd(sample, size, n_iter=2, random_state=0)[2]
    span = np.ascontiguousarray(directions.T)
    return _unit(x, span, center, out=_room(x, span)), span


def _room(x: Rows, projection: Float32 | None) -> Int16:
    return np.empty((len(x), x.shape[1] if projection is None else projection.shape[1]), np.int16)


def _span(x: Float32) -> Float32:
    """Axes of what some rows span, shape (D, N): decompositions in so many are soon done."""
    with on_one_core():
        return np.ascontiguousarray(np.linalg.svd(x, full_matrices=False)[2].T)


def _unit(
    x: Rows, projection: Float32 | None, center: Float32 | None = None, *, out: _Rows
) -> _Rows:
    """Rows less the center, projected, at unit length; a row at the very center stays zero.

    They are written over `out`: new memory takes longer than all products. Each product runs on one
    core, so that they come out the same on any number of them.
    """

    def fill(piece: slice) -> None:
        block = floats(x[piece])
        block = block if center is None else block - center
        block = block if projection is None else block @ projection
        store(at_unit_length(block), out[piece])

    with on_one_core():
        for_slices(fill, row_slices(len(x), _PRODUCT_ROWS))
    return out


def even_sample(x: Float32, count: int) -> Int64:
    """Some rows of a set, evenly over a fixed direction.

    Sampling by what an image is, not by where it stands, keeps the result independent of the
    order of rows.

    Args:
        x: Shape (N, D).
        count: How many, at least 1; all rows where there are no more.

    Returns:
        Row numbers, shape (min(N, count),), int64.
    """
    if len(x) <= count:
        return np.arange(len(x))
    direction = np.random.default_rng(0).standard_normal(x.shape[1]).astype(np.float32)
    with on_one_core():
        order = np.argsort(x @ direction, kind="stable")
    return order[np.linspace(0, len(x) - 1, count).astype(np.int64)]


def _scatter(centered: Int16, queries: Int64, neighbors: NDArray[np.int32]) -> tuple[Float64, int]:
    """Half the mean outer product of the differences between queries and their neighbors."""
    total = np.zeros((centered.shape[1], centered.shape[1]))
    step = _BLOCK_ROWS // _NEIGHBORS
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        difference = floats(centered[queries[block], None]) - floats(centered[neighbors[block]])
        difference = difference.reshape(-1, centered.shape[1])
        total += difference.T @ difference
    return total / (2.0 * neighbors.size), neighbors.size


def _projection(covariance: Float64, scatter: Float64, num_pairs: int, dimensions: int) -> Float64:
    """The linear map of one round, shape (D, D); rows that span less have more `dimensions`."""
    # Both images of a pair often list each other, so half as many pairs are independent.
    scarcity = dimensions / (dimensions + 0.5 * num_pairs)
    shrinkage = _MIN_SHRINKAGE + (1.0 - _MIN_SHRINKAGE) * scarcity
    variance, axes = np.linalg.eigh(scatter)
    mean = max(float(variance.sum()) / dimensions, 1e-12)
    shrunk = (1.0 - shrinkage) * np.maximum(variance, 0.0) + shrinkage * mean
    whitening = axes / np.sqrt(shrunk)
    total, axes = np.linalg.eigh(whitening.T @ covariance @ whitening)
    within = np.einsum("ij,ij->j", axes, whitening.T @ scatter @ whitening @ axes)
    signal = np.clip(1.0 - within / np.maximum(total, 1e-12), _MIN_SIGNAL, 1.0)
    return whitening @ (axes * signal**_SIGNAL_POWER)
