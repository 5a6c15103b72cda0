"""Choosing settings, and keeping what was measured."""

from pathlib import Path

import numpy as np

from benchmarks.peer import GridPeer, Setting, TrialCache, best_trial, tuned_trial
from benchmarks.sets import BenchmarkSet
from tests.benchmarks.conftest import make_blobs


class Counting:
    """A method that is right at one setting and knows how often it ran."""

    def __init__(self, right: float) -> None:
        self.runs = 0
        self.peer = GridPeer("counting, true k", lambda _: [(0.0,), (1.0,), (2.0,)], self.run)
        self.right = right

    def run(self, data: BenchmarkSet, setting: Setting) -> np.ndarray:
        self.runs += 1
        return data.labels if setting[0] == self.right else np.zeros(len(data.labels), np.int64)


def test_the_best_setting_is_chosen_on_the_labels(blobs: BenchmarkSet) -> None:
    trial = best_trial(Counting(1.0).peer, blobs, TrialCache(None))
    assert trial.setting == (1.0,)
    assert trial.scores.mean_f == 1.0


def test_the_tuned_setting_is_chosen_on_the_other_set(blobs: BenchmarkSet) -> None:
    other = make_blobs(3, 10, 0.1)

    def run(data: BenchmarkSet, setting: Setting) -> np.ndarray:
        right = 2.0 if data is other else 1.0
        return data.labels if setting[0] == right else np.zeros(len(data.labels), np.int64)

    peer = GridPeer("fickle", lambda _: [(0.0,), (1.0,), (2.0,)], run)
    trial = tuned_trial(peer, other, blobs, TrialCache(None))
    assert trial.setting == (2.0,)
    assert trial.scores.mean_f < 1.0


def test_scores_are_kept_and_only_what_is_new_is_run(tmp_path: Path, blobs: BenchmarkSet) -> None:
    method = Counting(1.0)
    first = best_trial(method.peer, blobs, TrialCache(tmp_path / "new"))
    again = best_trial(method.peer, blobs, TrialCache(tmp_path / "new"))
    assert again == first
    assert method.runs == 3
    TrialCache(tmp_path / "new").trials(method.peer, blobs, [(0.0,), (7.0,)])
    assert method.runs == 4
    other = BenchmarkSet("blobs", blobs.embeddings, 5 - blobs.labels)
    best_trial(method.peer, other, TrialCache(tmp_path / "new"))
    assert method.runs == 7
