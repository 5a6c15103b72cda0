"""Which weights are kept, and when training ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import torch
from torch import nn

from gcn.training.early_stopping import EarlyStopping, Evaluation, Judgment


def scripted(losses: Sequence[float]) -> tuple[nn.Linear, EarlyStopping]:
    """A network that is judged as scripted, one loss at each look."""
    network = nn.Linear(1, 1)
    script: Iterator[float] = iter(losses)
    return network, EarlyStopping(
        network, "GCN-V", lambda: Judgment(next(script), 0.5), looks=8, patience=3
    )


def train(network: nn.Linear, stopping: EarlyStopping, steps: int) -> int:
    """Sets the weight to the number of the step; returns the number of steps taken."""
    network.train()
    for step in range(1, steps + 1):
        with torch.no_grad():
            network.weight.fill_(step)
        if stopping.stop_after(step, steps, float(step)):
            return step
        assert network.training
    return steps


def weight_of(network: nn.Linear) -> float:
    return float(network.weight.detach())


def test_the_best_weights_come_back_in_evaluation_mode() -> None:
    network, stopping = scripted([5.0, 4.0, 2.0, 3.0, 2.5, 2.2, 1.0, 1.5])
    assert train(network, stopping, 8) == 6  # three looks without improvement after the third
    stopping.restore_best()
    assert weight_of(network) == 3.0
    assert not network.training


def test_an_improvement_starts_the_wait_again() -> None:
    network, stopping = scripted([5.0, 6.0, 6.0, 4.0, 6.0, 6.0, 3.0, 6.0])
    assert train(network, stopping, 8) == 8
    stopping.restore_best()
    assert weight_of(network) == 7.0


def test_an_equal_loss_is_no_improvement() -> None:
    network, stopping = scripted([2.0, 2.0, 2.0, 2.0])
    assert train(network, stopping, 8) == 4
    stopping.restore_best()
    assert weight_of(network) == 1.0


def test_kept_weights_are_a_copy() -> None:
    network, stopping = scripted([1.0, 2.0])
    train(network, stopping, 2)
    assert weight_of(network) == 2.0
    stopping.restore_best()
    assert weight_of(network) == 1.0


def test_without_a_judge_the_last_weights_stay_and_all_steps_are_taken() -> None:
    network = nn.Linear(1, 1)
    stopping = EarlyStopping(network, "GCN-C", None)
    assert train(network, stopping, 40) == 40
    stopping.restore_best()
    assert weight_of(network) == 40.0
    assert not network.training
    assert {each.validation_loss for each in stopping.history} == {None}


@pytest.mark.parametrize(("steps", "looks"), [(1, 1), (3, 3), (8, 8), (100, 8), (101, 8)])
def test_looks_are_spread_evenly_and_the_last_step_is_one(steps: int, looks: int) -> None:
    network, stopping = scripted([1.0 / (1 + i) for i in range(8)])
    train(network, stopping, steps)
    shares = [each.done for each in stopping.history]
    assert len(shares) == looks
    assert shares[-1] == 1.0
    assert shares == pytest.approx([(i + 1) / looks for i in range(looks)], abs=1.01 / steps)


def test_history_holds_the_mean_loss_since_the_last_look() -> None:
    network, stopping = scripted([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0])
    train(network, stopping, 16)
    # Steps 1 and 2, then 3 and 4, ...
    assert [each.training_loss for each in stopping.history] == [1.5 + 2 * i for i in range(8)]
    assert [each.validation_loss for each in stopping.history] == [9.0 - i for i in range(8)]
    assert {each.network for each in stopping.history} == {"GCN-V"}


def test_a_loss_that_is_no_number_never_wins() -> None:
    network, stopping = scripted([float("nan"), 3.0, float("nan"), float("nan"), float("nan")])
    assert train(network, stopping, 8) == 5
    stopping.restore_best()
    assert weight_of(network) == 2.0


def test_the_network_is_judged_in_evaluation_mode() -> None:
    network, modes = nn.Linear(1, 1), list[bool]()

    def judge() -> Judgment:
        modes.append(network.training)
        return Judgment(1.0, 0.5)

    train(network, EarlyStopping(network, "GCN-V", judge), 12)
    assert modes
    assert not any(modes)


def test_each_look_is_told_while_training_goes_on() -> None:
    network, seen = nn.Linear(1, 1), list[Evaluation]()
    judged = iter([Judgment(3.0, 0.6), Judgment(2.0, 0.7), Judgment(1.0, 0.8)])
    stopping = EarlyStopping(network, "GCN-V", lambda: next(judged), looks=3, watch=seen.append)
    counts: list[int] = []
    for step in range(1, 10):
        stopping.stop_after(step, 9, 4.0)
        counts.append(len(seen))
    assert counts == [0, 0, 1, 1, 1, 2, 2, 2, 3]
    assert seen == stopping.history
    assert [each.validation_score for each in seen] == [0.6, 0.7, 0.8]
