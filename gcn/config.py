"""How long and on how much to train."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainConfig:
    """How long and on how much to train.

    Attributes:
        k: Neighbors per node.
        variants: Varied graphs of a set of 100 classes and per fold; more classes give more.
        max_rows: Images per varied graph at most.
        epochs_v: Passes of GCN-V over all graphs.
        epochs_c: Passes of GCN-C over all cluster graphs.
        learning_rate: Largest learning rate from scratch; a tenth of it with a base model.
    """

    k: int = 80
    variants: int = 16
    max_rows: int = 2500
    epochs_v: int = 16
    epochs_c: int = 16
    learning_rate: float = 3e-3
