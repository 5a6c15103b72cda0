"""How long and on how much to train."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainConfig:
    """How long and on how much to train.

    Attributes:
        k: Neighbors per node.
        variants: Varied graphs of a set of 100 classes; more classes give more.
        max_rows: Images per varied graph at most.
        max_whole_rows: Images at most of the graph that holds all classes of a set at once.
        epochs_v: Passes of GCN-V over all graphs.
        epochs_c: Passes of GCN-C over all cluster graphs.
        learning_rate: Largest learning rate from scratch; a tenth of it with a base model.
        validation_share: Share of the classes of each set that is kept for validation.
    """

    k: int = 80
    variants: int = 10
    max_rows: int = 3000
    max_whole_rows: int = 12_000
    epochs_v: int = 16
    epochs_c: int = 12
    learning_rate: float = 3e-3
    validation_share: float = 0.2
