"""The numbers that a trained model carries beside its weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """Turns a network's logit into a probability: σ(slope · logit + offset).

    Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
    """

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities, same shape, in [0, 1]."""
        scaled = np.float32(self.slope) * logits + np.float32(self.offset)
        # tanh never overflows, unlike exp.
        return (0.5 + 0.5 * np.tanh(0.5 * scaled)).astype(np.float32)

    def shifted(self, by: float) -> Calibration:
        """The same with all odds e^`by` times as high."""
        return replace(self, offset=self.offset + by)


def shifted_odds(probability: NDArray[np.float32], by: float) -> NDArray[np.float32]:
    """Probabilities whose odds are e^`by` times as high; 0 and 1 stay what they are."""
    p, factor = probability.astype(np.float64), np.exp(by)
    return (p * factor / (1.0 + p * (factor - 1.0))).astype(np.float32)


@dataclass(frozen=True)
class Settings:
    """Thresholds and calibrations, learned on validation classes.

    Attributes:
        k: Neighbors per node of the first kNN graph.
        min_similarity: r: similarities below it do not count towards density; in compressed
            random-pair units (`Moments.z`).
        density_quantile: Share of nodes, by rising density, that GCN-V evaluates; the density at
            this quantile is the empirical value ρ.
        dense_affinity: Affinity of an edge between two dense nodes, from its similarity in the
            unit of `min_similarity`.
        affinity: Calibration of GCN-V.
        strength: Calibration of GCN-C.
        min_affinity: τ1, first threshold: affinity of edges that survive pruning.
        min_relation: τ2, second threshold: affinity that relates two clusters; below τ1.
        min_strength: τ3, third threshold: least √(p q) of an affinity p and a connection strength
            q along which clusters merge.
        min_pair_similarity: Images and clusters less similar than this, in the unit of
            `min_similarity`, are never joined; for tiny sets, where all images are neighbors.
    """

    k: int = 80
    min_similarity: float = 0.0
    density_quantile: float = 1.0
    dense_affinity: Calibration = Calibration()
    affinity: Calibration = Calibration()
    strength: Calibration = Calibration()
    min_affinity: float = 0.85
    min_relation: float = 0.05
    min_strength: float = 0.4
    min_pair_similarity: float = -float("inf")

    def shifted(self, by: float) -> Settings:
        """The same with the odds of all connection strengths e^`by` times as high."""
        return replace(self, strength=self.strength.shifted(by))

    def as_dict(self) -> dict[str, object]:
        """Plain numbers and dicts, for a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, object]) -> Settings:
        """The inverse of `as_dict`.

        Raises:
            TypeError: A name is missing or unknown.
        """
        plain: dict[str, object] = dict(values)
        for name in ("dense_affinity", "affinity", "strength"):
            plain[name] = Calibration(**plain[name])  # pyright: ignore[reportCallIssue]
        return cls(**plain)  # pyright: ignore[reportArgumentType]
