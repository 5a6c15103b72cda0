"""What a benchmark asks of a method that has hyper-parameters, and remembers of its answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gcn.evaluation.metrics import Scores, evaluate

from .sets import BenchmarkSet

Setting = tuple[float, ...]
"""Hyper-parameters of one run, in the order that the method documents."""

_SECONDS_UNWRITTEN = 60.0


class Trial(NamedTuple):
    """One run of a method: its setting, scores, and seconds from kNN graph to labels."""

    setting: Setting
    scores: Scores
    seconds: float


class Peer(Protocol):
    """A method to compare with."""

    @property
    def name(self) -> str:
        """Of the method, for tables and files."""
        ...

    def grid(self, data: BenchmarkSet, /) -> Sequence[Setting]:
        """Settings worth trying on a set; of the labels it uses the number of classes at most."""
        ...

    def run(self, data: BenchmarkSet, setting: Setting, /) -> NDArray[np.int64]:
        """Clusters a set: ids, -1 for none, shape (N,)."""
        ...


@dataclass(frozen=True)
class GridPeer:
    """A method made of two functions, the grid and the run."""

    name: str
    grid: Callable[[BenchmarkSet], Sequence[Setting]]
    run: Callable[[BenchmarkSet, Setting], NDArray[np.int64]]


class TrialCache:
    """Scores of runs on disk, one JSON file per method and set.

    The file's name holds a hash of embeddings and labels, so that a changed set is scored anew.
    After a change to a method, remove its files.
    """

    def __init__(self, folder: Path | None):
        """Keeps the folder; None keeps nothing."""
        self._folder = folder

    def trials(self, peer: Peer, data: BenchmarkSet, settings: Sequence[Setting]) -> list[Trial]:
        """Scores each setting, or looks it up."""
        known = self._read(peer, data)
        missing = [setting for setting in settings if setting not in known]
        written = time.monotonic()
        for setting in missing:
            known[setting] = run_trial(peer, data, setting)
            # Some methods take an hour for all settings; stopped in between, they go on from here.
            if setting == missing[-1] or time.monotonic() - written > _SECONDS_UNWRITTEN:
                self._write(peer, data, known)
                written = time.monotonic()
        return [known[setting] for setting in settings]

    def _path(self, peer: Peer, data: BenchmarkSet) -> Path | None:
        if self._folder is None:
            return None
        method = "".join(c if c.isalnum() else "_" for c in peer.name.lower())
        return self._folder / f"{data.name}-{data.digest}-{method}.json"

    def _read(self, peer: Peer, data: BenchmarkSet) -> dict[Setting, Trial]:
        path = self._path(peer, data)
        if path is None or not path.is_file():
            return {}
        rows = json.loads(path.read_text())
        trials = [
            Trial(tuple(row["setting"]), Scores(**row["scores"]), row["seconds"]) for row in rows
        ]
        return {trial.setting: trial for trial in trials}

    def _write(self, peer: Peer, data: BenchmarkSet, known: dict[Setting, Trial]) -> None:
        path = self._path(peer, data)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            {"setting": t.setting, "scores": asdict(t.scores), "seconds": t.seconds}
            for t in known.values()
        ]
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(rows) + "\n")
        partial.replace(path)


def best_trial(peer: Peer, data: BenchmarkSet, cache: TrialCache) -> Trial:
    """The setting with the highest mean F on the labels themselves: an unfair upper bound."""
    return max(cache.trials(peer, data, peer.grid(data)), key=lambda trial: trial.scores.mean_f)


def tuned_trial(
    peer: Peer, chosen_on: BenchmarkSet, data: BenchmarkSet, cache: TrialCache
) -> Trial:
    """The setting that is best on `chosen_on`, run on `data`."""
    setting = best_trial(peer, chosen_on, cache).setting
    return cache.trials(peer, data, [setting])[0]


def run_trial(peer: Peer, data: BenchmarkSet, setting: Setting) -> Trial:
    """Runs a method once; the kNN graph, which several methods share, is not in its time."""
    _ = data.graph
    start = time.perf_counter()
    labels = peer.run(data, setting)
    seconds = time.perf_counter() - start
    return Trial(setting, evaluate(data.labels, labels), seconds)
