"""How images of one class differ, and in which directions, read off classes that are known.

What varies inside known classes, varies inside those of the same kind that are not known yet:
rescaled by it, embeddings show more of a new class among its nearest neighbors.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..runtime.fixed_point import Rows, floats
from ..runtime.one_core import on_one_core
from ..runtime.parallel import row_slices
from .moments import column_sums
from .unit_length import at_unit_length

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

_MOST_IMAGES = 6
"""As how many images a class counts at most: large classes shall not decide alone."""
_BLOCK_ROWS = 16_384
_NUMBERS = 2**24
"""As many numbers are looked at, unless pairs of each class are more."""
_MOST_DIMENSIONS = 4096
"""Beyond, the matrix would be larger than what it is learned from."""
_SHARE = 1.0 / 3.0
_FEW_CLASSES = 4.0
_MIN_CLASSES = 3
"""One or two may be odd, or hold what does not belong together."""


class ClassScatter(NamedTuple):
    """Scatter inside known classes.

    Attributes:
        matrix: Half the mean outer product of the difference of two images of a class, of unit
            rows less their center, again at unit length, shape (D, D), float32.
        num_classes: How many classes it was read off.
    """

    matrix: Float32
    num_classes: int

    @property
    def dimensions(self) -> int:
        """D of the embeddings that it is for."""
        return len(self.matrix)

    @property
    def sha256(self) -> str:
        """Hash of it, in hex."""
        digest = hashlib.sha256(str(self.num_classes).encode())
        digest.update(np.ascontiguousarray(self.matrix).tobytes())
        return digest.hexdigest()

    @property
    def share(self) -> float:
        """How much it counts beside what varies among nearest neighbors, in [0, 1/3).

        A few classes tell less of the others than many do.
        """
        return _SHARE * self.num_classes / (self.num_classes + _FEW_CLASSES)

    def along(self, axes: Float32 | None) -> Float64:
        """The matrix in other axes, the columns of shape (D, D'); None for those it is in."""
        matrix = self.matrix if axes is None else axes.T @ self.matrix @ axes
        return matrix.astype(np.float64)

    def beside(self, other: ClassScatter) -> ClassScatter:
        """Scatter of the classes of both, which each count alike."""
        total = self.num_classes + other.num_classes
        own = np.float32(self.num_classes / total)
        matrix = own * self.matrix + (np.float32(1) - own) * other.matrix
        return ClassScatter(matrix.astype(np.float32), total)


def class_scatter(x: Rows, labels: Int64) -> ClassScatter | None:
    """Reads the scatter inside classes off a set.

    Source: chunklets of Bar-Hillel, Hertz, Shental & Weinshall, "Learning Distance Functions using
    Equivalence Relations", ICML 2003.

    Args:
        x: Unit rows, shape (N, D), also in fixed point.
        labels: Class of each, -1 = unknown, shape (N,).

    Returns:
        The scatter; None where fewer than three classes have two images, those of each are the
        same, or D is above 4,096.
    """
    if x.shape[1] > _MOST_DIMENSIONS:
        return None
    rows, starts, sizes = _some_of_each_class(x, labels)
    if len(starts) < _MIN_CLASSES:
        return None
    center = (column_sums(x) / len(x)).astype(np.float32)
    with on_one_core():
        differences = at_unit_length(floats(x[rows]) - center)
        counts = np.diff(np.append(starts, len(rows)))
        means = np.add.reduceat(differences, starts) / counts[:, None].astype(np.float32)
        differences -= np.repeat(means, counts, axis=0)
        weights = np.minimum(sizes, _MOST_IMAGES)
        # A mean of so few lies nearer to them than that of the class.
        differences *= np.repeat(np.sqrt(weights / (counts - 1.0)), counts)[:, None]
        matrix = (differences.T @ differences) / np.float32(weights.sum())
    return ClassScatter(matrix, len(starts)) if matrix.any() else None


def _some_of_each_class(x: Rows, labels: Int64) -> tuple[Int64, Int64, Int64]:
    """Rows of each class of two or more, one class after the other, evenly over a direction.

    Returns:
        Row numbers, where among them each class begins, and how large each class is.
    """
    known = np.flatnonzero(labels >= 0)
    _, numbers, sizes = np.unique(labels[known], return_inverse=True, return_counts=True)
    most = max(2, _NUMBERS // (x.shape[1] * max(1, int((sizes > 1).sum()))))
    # By what an image is, not by where it stands: the order of rows shall not matter.
    direction = np.random.default_rng(0).standard_normal(x.shape[1]).astype(np.float32)
    with on_one_core():
        blocks = row_slices(len(x), _BLOCK_ROWS)
        along = np.concatenate([floats(x[block]) @ direction for block in blocks])
    order = np.lexsort((along[known], numbers))
    place = np.arange(len(known)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    size = np.repeat(sizes, sizes)
    taken = np.minimum(size, most)
    # Of s rows the ones where floor(place * taken / s) moves on.
    moves = (place * taken) // size != ((place - 1) * taken) // size
    kept = moves & (size > 1)
    rows, of = known[order[kept]], numbers[order[kept]]
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    return rows, starts, sizes[sizes > 1]
