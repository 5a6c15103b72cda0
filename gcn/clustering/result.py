"""What a clustering gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .stage_timer import SHIFT, Stage

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


class ClusterRelations(NamedTuple):
    """What GCN-C says of pairs of the final clusters; pairs that it did not see are absent.

    Attributes:
        pairs: Cluster ids P < Q, each pair once, shape (E, 2), int64.
        strength: Connection strength, in [0, 1], shape (E,), float32.
    """

    pairs: Int64
    strength: Float32


@dataclass(frozen=True, eq=False)
class ClusterResult:
    """Clusters of N images.

    Attributes:
        labels: Cluster of each image, 0..C-1 by falling size, shape (N,), int64.
        confidence: That the image belongs where it is, in [0, 1], shape (N,), float32.
        cluster_confidence: Mean of that per cluster, shape (C,), float32.
        parts: Pure cluster of each image after pruning, 0.. by falling size, shape (N,), int64.
        relations: Which clusters are related, and how strongly.
        stages: What each stage took and did.
        warnings: Sentences for the user.
    """

    labels: Int64
    confidence: Float32
    cluster_confidence: Float32
    parts: Int64
    relations: ClusterRelations
    stages: tuple[Stage, ...]
    warnings: tuple[str, ...]

    @property
    def log_odds_shift(self) -> float:
        """How much more readily than the model was trained to its clusters were merged."""
        return max((stage.thresholds.get(SHIFT, 0.0) for stage in self.stages), default=0.0)
