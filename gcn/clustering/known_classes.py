"""What pairs of images that belong together, or do not, say of a clustering that knew neither."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ..evaluation.careful_score import careful_f
from ..pruning.pruning import components

Int64 = NDArray[np.int64]

_MIN_CLASSES = 3
"""Of one class all that says something is that it belongs together, however much is joined."""
_MIN_APART = 0.5
"""Share of the pairs of classes of several images that are known to be different, at least."""


class KnownClasses(NamedTuple):
    """Classes that some of the images are known to be of.

    Attributes:
        rows: Images of known classes, rising, shape (R,), int64.
        classes: Class of each of them, from 0 without gaps, shape (R,), int64.
        apart: Symmetric; 1 where two classes are known to be different, shape (C, C).
    """

    rows: Int64
    classes: Int64
    apart: Any

    @property
    def num_classes(self) -> int:
        """How many classes."""
        return self.apart.shape[0]

    def agreement(self, labels: Int64) -> float:
        """How far a clustering agrees with what is known.

        Args:
            labels: Cluster of each of all images, shape (N,).

        Returns:
            As `careful_score` of the known images, in [0, 1]; pairs of classes that may be one
            count for nothing.
        """
        clusters = np.unique(labels[self.rows], return_inverse=True)[1]
        shape = (self.num_classes, int(clusters.max()) + 1)
        table = csr_array((np.ones(len(self.rows)), (self.classes, clusters)), shape)
        table.sum_duplicates()
        cells = table.tocoo()
        together, (of, cluster) = cells.data, cells.coords
        strangers = np.asarray((self.apart @ table)[of, cluster]).reshape(-1)
        sizes = np.bincount(self.classes)
        bcubed = careful_f(
            float(np.average(together / (together + strangers), weights=together)),
            float(np.average(together / sizes[of], weights=together)),
        )
        joined, mixed = (together * (together - 1)).sum(), (together * strangers).sum()
        pairs = (sizes * (sizes - 1)).sum()
        pairwise = careful_f(float(joined / max(joined + mixed, 1)), float(joined / pairs))
        return (bcubed + pairwise) / 2


def known_classes(must: Int64, cannot: Int64, num_rows: int) -> KnownClasses | None:
    """Classes that pairs of images tell of.

    Args:
        must: Row pairs that belong together, shape (M, 2).
        cannot: Row pairs that stay apart, shape (L, 2).
        num_rows: N.

    Returns:
        The classes; one image alone is one where it is known what it is not. None where fewer than
        three have two images or more, or where it is not known of most pairs of these that they
        differ.
    """
    groups = components(must, num_rows)
    is_known = np.bincount(groups) > 1
    is_known[groups[cannot]] = True
    rows = np.flatnonzero(is_known[groups])
    numbers, classes = np.unique(groups[rows], return_inverse=True)
    several = np.bincount(classes) > 1
    if several.sum() < _MIN_CLASSES:
        return None
    ends = np.searchsorted(numbers, groups[cannot])
    both = np.concatenate([ends, ends[:, ::-1]])
    apart = csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), (len(numbers),) * 2)
    apart.sum_duplicates()
    apart.data[:] = 1.0
    known_pairs = several @ apart @ several
    if known_pairs < _MIN_APART * several.sum() * (several.sum() - 1):
        return None
    return KnownClasses(rows, classes.astype(np.int64), apart)
