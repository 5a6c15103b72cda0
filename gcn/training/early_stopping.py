"""Keeps the best weights of a training and ends it when validation no longer improves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import average_precision_score  # pyright: ignore[reportUnknownVariableType]
from torch import Tensor, nn


class Judgment(NamedTuple):
    """How well a network does on validation classes.

    Attributes:
        loss: The smaller, the better.
        score: Average precision with which what belongs together is ranked first, in [0, 1].
    """

    loss: float
    score: float


class Ranking(NamedTuple):
    """What a network says of the pairs of one graph.

    Attributes:
        loss: Of the graph.
        logits: Of E pairs whose truth is known, shape (E,).
        same: Whether they belong together, shape (E,), bool.
        weight: How much each counts, shape (E,); None = all the same.
    """

    loss: float
    logits: Tensor
    same: Tensor
    weight: Tensor | None = None


def judge(rankings: Iterable[Ranking]) -> Judgment:
    """Means over graphs of loss and average precision.

    A graph in which all known pairs belong together, or none does, has no average precision.
    """
    losses: list[float] = []
    scores: list[float] = []
    for loss, logits, same, weight in rankings:
        losses.append(loss)
        if 0 < int(same.sum()) < len(same):
            weights = None if weight is None else weight.numpy()
            score = average_precision_score(same.numpy(), logits.numpy(), sample_weight=weights)
            scores.append(float(score))
    return Judgment(float(np.mean(losses)), float(np.mean(scores)) if scores else 0.0)


class Evaluation(NamedTuple):
    """One look at a training.

    Attributes:
        network: "GCN-V" or "GCN-C".
        done: Share of the steps that were taken, in [0, 1].
        training_loss: Mean since the last look.
        validation_loss: On validation classes; None where there are none.
        validation_score: Average precision there, in [0, 1]; None where there are none.
    """

    network: str
    done: float
    training_loss: float
    validation_loss: float | None
    validation_score: float | None


Watch = Callable[[Evaluation], None]
"""Called with each look at a training, while it goes on; may raise to cancel."""


class EarlyStopping:
    """Looks at a network several times while it trains.

    Args:
        network: Being trained.
        name: For the history.
        judge: Judges the network as it is; None = keep the last weights.
        looks: Number of looks over the whole training.
        patience: Looks without improvement after which training ends.
        watch: Called with each look.
    """

    def __init__(
        self,
        network: nn.Module,
        name: str,
        judge: Callable[[], Judgment] | None,
        looks: int = 12,
        patience: int = 5,
        watch: Watch | None = None,
    ) -> None:
        self.history: list[Evaluation] = []
        self._network, self._name, self._judge = network, name, judge
        self._looks, self._patience, self._watch = looks, patience, watch
        self._losses: list[float] = []
        self._best: dict[str, Any] | None = None
        self._best_loss = float("inf")
        self._waited = 0

    def stop_after(self, step: int, steps: int, loss: float) -> bool:
        """Takes the loss of one step; True when training should end.

        Args:
            step: Steps taken so far, from 1.
            steps: Steps planned.
            loss: Of this step.
        """
        self._losses.append(loss)
        if step != steps and (step * self._looks) // steps == ((step - 1) * self._looks) // steps:
            return False
        self._network.eval()
        judged = self._judge() if self._judge is not None else None
        self._network.train()
        mean = sum(self._losses) / len(self._losses)
        found = (None, None) if judged is None else judged
        self.history.append(Evaluation(self._name, step / steps, mean, *found))
        self._losses = []
        if self._watch is not None:
            self._watch(self.history[-1])
        return judged is not None and self._has_waited(judged.loss)

    def restore_best(self) -> None:
        """Gives the network the weights with the smallest validation loss, in evaluation mode."""
        if self._best is not None:
            self._network.load_state_dict(self._best)
        self._network.eval()

    def _has_waited(self, loss: float) -> bool:
        if loss < self._best_loss:
            self._best_loss, self._waited = loss, 0
            self._best = copy.deepcopy(self._network.state_dict())
            return False
        self._waited += 1
        return self._waited >= self._patience
