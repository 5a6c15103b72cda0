"""Finds, on a set itself, how dense nodes must be to do without GCN-V.

Over all kinds of images there is no density from which similarity alone could be trusted, but on
many a set there is: where classes are tight, GCN-V says of dense nodes what a curve over their
similarity says as well. So GCN-V scores a sample of nodes, and tells from which density on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..graph.relations import Relations
from ..networks.calibration import fit_calibration
from ..networks.gcn_v import GCNV
from ..networks.gcn_v_inference import predict_affinity
from ..networks.settings import Calibration, Settings
from .density import node_density

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

MANY_ROWS = 25_000
"""Below it GCN-V is through sooner than the sample would be worth."""

_SAMPLE = 4000
_PARTS = 20
_TOLERANCE = 0.005
_RANK_STEP, _FAR = 4, 0.01


class DensePart(NamedTuple):
    """What needs no network, and what stands for it.

    Attributes:
        min_density: The empirical value, in the unit of `Moments.z`.
        low_density: Nodes below it, which GCN-V is for, shape (N,).
        affinity: Of an edge between two other nodes, from its compressed similarity.
    """

    min_density: float
    low_density: NDArray[np.bool_]
    affinity: Calibration


def find_dense_part(
    network: GCNV, relations: Relations, settings: Settings, scratch: Float32
) -> DensePart | None:
    """Lets GCN-V score an even sample over the density and compares it with similarity.

    Source: the empirical value of patent application CN115331039A, claim 1, which it leaves open
    how to find.

    Args:
        network: GCN-V in evaluation mode.
        relations: Of the set.
        settings: r and the calibration of GCN-V.
        scratch: Rows of the sample are overwritten, shape (N, k).

    Returns:
        The largest part in which both agree; None if there is none.
    """
    similarity, z = relations.graph.similarity, relations.moments.z
    of_nodes = node_density(similarity, z, settings.min_similarity)
    order = np.argsort(of_nodes, kind="stable")
    rows = order[np.linspace(0, len(order) - 1, min(_SAMPLE, len(order))).astype(np.int64)]
    predict_affinity(network, relations, rows, scratch)
    affinity = settings.affinity.probability(scratch[rows])
    found = agreeing_part(z(similarity[rows]), affinity)
    if found is None:
        return None
    first, curve = found
    min_density = float(of_nodes[rows[first]])
    return DensePart(min_density, of_nodes < min_density, curve)


def agreeing_part(z: Float32, affinity: Float32) -> tuple[int, Calibration] | None:
    """Finds from which node on similarity gives GCN-V's affinity.

    Args:
        z: Compressed similarity of the edges of S nodes of rising density, shape (S, k).
        affinity: What GCN-V says of them, in [0, 1], shape (S, k).

    Returns:
        The first node of the largest such part, and the curve; None if there is none. In no
        twentieth of the nodes do the two differ by more than 0.005 on average.
    """
    bounds = np.linspace(0, len(z), _PARTS + 1).astype(np.int64)
    for part, start in enumerate(bounds[:-2]):
        here, cuts = slice(start, None), bounds[part + 1 : -1] - start
        # Where some ranks of neighbors are far from agreeing, all together are.
        if _fitted(z[here, ::_RANK_STEP], affinity[here, ::_RANK_STEP], cuts)[1] > _FAR:
            continue
        curve, gap = _fitted(z[here], affinity[here], cuts)
        if gap <= _TOLERANCE:
            return int(start), curve
    return None


def _fitted(z: Float32, affinity: Float32, cuts: Int64) -> tuple[Calibration, float]:
    """A curve over similarity, and its largest mean gap to the affinity in one of the pieces."""
    flat, target = z.reshape(-1), affinity.reshape(-1)
    curve = fit_calibration(flat, target, np.ones_like(target))
    gap = np.abs(curve.probability(flat) - target).reshape(z.shape).mean(1)
    return curve, max(float(piece.mean()) for piece in np.split(gap, cuts))
