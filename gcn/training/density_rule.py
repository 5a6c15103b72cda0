"""Learns which nodes are dense enough to do without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..networks.calibration import fit_calibration
from ..networks.settings import Settings
from ..pruning.density import density, low_density_nodes
from .targets import same_class
from .variants import LabeledGraph

_EDGE_PRECISION = 0.99
_DENSE_PRECISION = 0.995
_CANDIDATES = 60
_MIN_EDGES = 20

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]
Edges = tuple[Float32, Bool, Bool]


def fit_density_rule(graphs: Sequence[LabeledGraph], settings: Settings) -> Settings:
    """Chooses r, the empirical value ρ and the calibration of edges between dense nodes.

    r is the smallest similarity from which 99 % of edges join one class. ρ is the smallest
    quantile of density such that 99.5 % of the edges above r between nodes above ρ do. Both are
    means over the graphs that have 20 such edges or more. Where no quantile reaches that, every
    node is of low density.

    Source: patent application CN115331039A, claims 1 and 6.

    Args:
        graphs: Graphs of validation classes.
        settings: To be completed.

    Returns:
        `settings` with `min_similarity`, `density_quantile` and `dense_affinity`.
    """
    edges = [(g.relations.z, *same_class(g.relations.graph.neighbors, g.labels)) for g in graphs]
    pooled = np.concatenate([z.reshape(-1) for z, _, _ in edges])
    candidates = np.quantile(pooled, np.linspace(0.2, 0.999, _CANDIDATES))
    r = float(candidates[-1])
    for value in candidates:
        if _precision(edges, [z >= value for z, _, _ in edges]) >= _EDGE_PRECISION:
            r = float(value)
            break
    for quantile in np.linspace(0.0, 0.95, 20):
        both = [_both_dense(g, r, float(quantile)) for g in graphs]
        chosen = [dense & (z >= r) for dense, (z, _, _) in zip(both, edges, strict=True)]
        if _precision(edges, chosen) >= _DENSE_PRECISION:
            dense_affinity = _calibrate(edges, both)
            return replace(
                settings,
                min_similarity=r,
                density_quantile=float(quantile),
                dense_affinity=dense_affinity,
            )
    return replace(settings, min_similarity=r, density_quantile=1.0)


def _precision(edges: Sequence[Edges], chosen: Sequence[Bool]) -> float:
    shares = [
        float(same[pick & known].mean())
        for (_, same, known), pick in zip(edges, chosen, strict=True)
        if (pick & known).sum() >= _MIN_EDGES
    ]
    return float(np.mean(shares)) if shares else 0.0


def _both_dense(graph: LabeledGraph, r: float, quantile: float) -> Bool:
    dense = ~low_density_nodes(density(graph.relations.z, r), quantile)
    return dense[:, None] & dense[graph.relations.graph.neighbors]


def _calibrate(edges: Sequence[Edges], both: Sequence[Bool]):
    z, same, weight = [], [], []
    for (values, target, known), dense in zip(edges, both, strict=True):
        pick = dense & known
        z.append(values[pick])
        same.append(target[pick].astype(np.float32))
        weight.append(np.full(int(pick.sum()), 1.0 / max(int(pick.sum()), 1), np.float32))
    return fit_calibration(np.concatenate(z), np.concatenate(same), np.concatenate(weight))
