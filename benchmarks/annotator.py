"""An annotator who knows the class of every image, and reviews clusters as the panel shows them.

The policy, the same for every clustering:

- What settles many images at once comes first: the annotator goes through the list of clusters
  several times, in the panel's own order. Whatever settles fewer images than a least number has to
  wait; the number is halved from one time to the next, down to 1.
- A cluster is opened and looked through. Its class is that of most of its images.
- If it holds several classes, so that to move images out page by page would take longer, it is
  split around one chosen image of each of them, and the pieces are looked at.
- It is confirmed under the name of its class. The nearest clusters beside it are ticked before that
  if most of the few images that are shown of them are of its class. Its parts that are shown to be
  of other classes are selected, and so are images of other classes on the first page of the grid.
  One click takes the ticked clusters in, leaves the selected images out, names and confirms
  ("Confirm with 3 ticked, all but these"). A cluster that has that name already is ticked, too. If
  it is not among the nearest, the images are selected and moved to it, if they are on one page;
  else the panel asks, and "Merge with it" is a second decision.
- A small cluster whose class has a name already is not opened: it waits for the grid of small ones.
- A named cluster takes in large ones beside it, ticked, with one click.
- Its parts that are shown to be of another class are ticked and moved to the cluster of that
  class, and so are single images, ticked in the grid, weakest first. That is one decision per class
  and page of 50 images; no selection outlasts a page. If the class has no cluster yet,
  the move names a new one.
- At the end of each time, noise is gone through like that, and so are, in one grid, the images of
  all small clusters without a name: one decision per class and page. What is moved leaves the grid,
  and what follows takes its place.

The annotator does not mark what is already right, and never undoes anything. Decisions are counted
as the panel makes them: one per click on a button that changes the clusters, whatever it does at
once, and one more where the panel asks back. What has to be ticked or selected first is counted
apart, so that a method cannot win by leaving everything to be ticked. Looking, scrolling and
turning pages are free.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gcn.clustering.seeded_kmeans import seeded_kmeans
from operators.corrections.partition.actions import Action, Merge, Move, Split
from operators.corrections.partition.leave_out import LeaveOut
from operators.corrections.partition.small import is_in_grid
from operators.corrections.partition.state import NOISE
from operators.corrections.partition.statements import Confirm

from .review_desk import PAGE, ReviewDesk, pages

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

_MOST_SPLITS = 2
"""How often pieces of pieces are split."""


class Step(NamedTuple):
    """Where a review stands after a decision.

    Attributes:
        kind: Name of the decision.
        decisions: How many were made so far.
        ticks: How many images and parts were ticked for them.
        right: Images in a cluster that has the name of their class.
    """

    kind: str
    decisions: int
    ticks: int
    right: int


class Annotator:
    """Reviews one clustering to the end.

    Attributes:
        steps: One per change, which takes one decision or two.
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

    def review(self) -> list[Step]:
        """Corrects until every image carries the label that is right.

        Returns:
            `steps`.
        """
        sizes = [len(self._desk.grid(cluster)) for cluster in (NOISE, *self._desk.clusters())]
        # A page of a grid that many clusters share settles up to `PAGE` images at once.
        largest = max(PAGE, *sizes)
        least = 1 << (largest.bit_length() - 1)
        while least:
            before = self._desk.decisions
            for cluster in self._desk.clusters():
                self._visit(cluster, least)
            self._move_strays(partial(self._desk.grid, NOISE), None, least)
            self._move_strays(self._desk.small_clusters, None, least)
            # What was left out the last time is still to be looked at.
            least = least // 2 or int(self._desk.decisions > before)
        return self.steps

    def _visit(self, cluster: int, least: int, splits: int = 0) -> None:
        """Opens a cluster, if it is still there, and decides on what is worth it."""
        if not self._desk.has(cluster):
            return
        pieces = self._split(cluster, least) if splits < _MOST_SPLITS else []
        if pieces:
            for piece in pieces:
                self._visit(piece, least, splits + 1)
            return
        cluster = self._gather(cluster, least)
        name = self._name(cluster)
        if name is not None:
            self._move_parts(cluster, name, least)
            self._move_strays(partial(self._desk.grid, cluster), name, least)

    def _split(self, cluster: int, least: int) -> list[int]:
        """Splits a cluster without a name if that is quicker than moving; gives the pieces."""
        rows = self._desk.grid(cluster)
        if self._name(cluster) is not None:
            return []
        numbers, counts = np.unique(self._classes[rows], return_counts=True)
        own = self._main_class(cluster)
        # Once it has a name it is no longer split, so smaller pieces count now.
        others = numbers[(2 * counts >= least) & (numbers != own)]
        moves = sum(len(np.intersect1d(others, self._classes[page])) for page in pages(rows))
        # The split itself, and a name for each piece.
        if moves <= 1 + len(others):
            return []
        kinds = np.array([own, *others.tolist()])
        # The grid shows the weakest first, so the last one of each class is the surest.
        seeds = [np.flatnonzero(self._classes[rows] == kind)[-1] for kind in kinds]
        nearest = seeded_kmeans(self._embeddings[rows], np.array(seeds))
        groups = tuple(rows[nearest == place] for place in range(len(seeds)))
        return self._decide([Split(cluster, groups, all_apart=True)], len(seeds))

    def _gather(self, cluster: int, least: int) -> int:
        """Confirms a cluster with all that is ticked beside it; gives the cluster that stays.

        Goes on as long as that brings new neighbors into sight.
        """
        while True:
            name = self._name(cluster)
            own = self._main_class(cluster) if name is None else name
            same = self._ticked(cluster, own)
            images = [self._desk.grid(c) for c in (same if name is not None else [cluster, *same])]
            gain = sum(int((self._classes[rows] == own).sum()) for rows in images)
            home = cluster if name is not None else self._home(own)
            waits = name is None and home is not None and self._is_small(cluster)
            if not images or waits or gain < least:
                return cluster
            if home in (None, cluster, *same):
                cluster = self._confirm(cluster, same, own, home)
            else:
                cluster = self._bring_home(cluster, same, own, home)

    def _ticked(self, cluster: int, own: int) -> list[int]:
        """Clusters beside a cluster that look like its class; to a named one, large ones only."""
        is_named = self._name(cluster) is not None
        return [
            other
            for other in self._desk.neighbors(cluster)
            if self._name(other) in (None, own)
            and self._looks_like(other, own)
            and not (is_named and self._is_small(other))
        ]

    def _bring_home(self, cluster: int, same: list[int], own: int, home: int) -> int:
        """Joins a cluster with that of its name, which is not shown beside it; gives what stays."""
        rows = self._desk.grid(cluster)
        rows = rows[self._classes[rows] == own]
        if not same and np.isin(rows, pages(self._desk.grid(cluster))[0]).all():
            self._move(rows, own, len(rows))
            return home
        return self._confirm(cluster, same, own, home)

    def _confirm(self, cluster: int, same: list[int], own: int, home: int | None) -> int:
        """Takes in what is ticked, leaves out what is selected, names and confirms at one go."""
        into = cluster if home is None else home
        odd, ticks = self._odd(cluster, own) if self._name(cluster) is None else ([], 0)
        actions: list[Action] = [LeaveOut(np.array(odd))] if len(odd) else []
        if len(clusters := list(dict.fromkeys((cluster, *same, into)))) > 1:
            actions.append(Merge(tuple(clusters), into))
        is_asked = into != cluster and into not in same
        decisions = 2 if is_asked else 1  # "Confirm" only asks, "Merge with it" confirms
        self._decide([*actions, Confirm((into,), name=str(own))], len(same) + ticks, decisions)
        return into

    def _odd(self, cluster: int, own: int) -> tuple[list[int], int]:
        """Images to leave out, and how often one has to tick for them.

        Those are the parts that are shown to be of other classes, selected as a whole, and images
        of other classes on the first page of the grid.
        """
        parts = [
            part.rows
            for part in self._desk.parts(cluster)
            if (self._classes[part.exemplars] != own).all()
        ]
        chosen = {row for rows in parts for row in rows.tolist()}
        rows = self._desk.grid(cluster)
        page = pages(rows)[0]
        single = set(page[self._classes[page] != own].tolist()) - chosen
        odd = sorted(chosen | single)
        return (odd, len(parts) + len(single)) if len(odd) < len(rows) else ([], 0)

    def _is_small(self, cluster: int) -> bool:
        return is_in_grid(len(self._desk.grid(cluster)), self._desk.state.names.get(cluster))

    def _looks_like(self, cluster: int, of: int) -> bool:
        name = self._name(cluster)
        if name is not None:
            return name == of
        shown = self._classes[self._desk.exemplars(cluster)]
        return 2 * int((shown == of).sum()) > len(shown)

    def _move_parts(self, cluster: int, own: int, least: int) -> None:
        found: dict[int, list[Int64]] = {}
        for part in self._desk.parts(cluster):
            shown = np.unique(self._classes[part.exemplars]).tolist()
            if len(shown) == 1 and shown[0] != own:
                found.setdefault(shown[0], []).append(part.rows)
        for of, parts in found.items():
            rows = np.concatenate(parts)
            if int((self._classes[rows] == of).sum()) >= least:
                self._move(rows, of, len(parts))

    def _move_strays(self, grid: Callable[[], Int64], own: int | None, least: int) -> None:
        """Goes through a grid page by page and moves what belongs elsewhere, most first."""
        rows, start = grid(), 0
        while start < len(rows):
            page = rows[start : start + PAGE]
            classes = self._classes[page]
            numbers, counts = np.unique(classes[classes != own], return_counts=True)
            if max(counts, default=0) >= least:
                of = int(numbers[counts.argmax()])
                self._move(page[classes == of], of, int(counts.max()))
                rows = grid()  # what follows has moved up
            else:
                start += PAGE

    def _move(self, rows: Int64, of: int, ticks: int) -> None:
        home = self._home(of)
        self._decide([Move(rows, home, str(of) if home is None else None)], ticks)

    def _main_class(self, cluster: int) -> int:
        """Class of most images of a cluster."""
        return int(np.bincount(self._classes[self._desk.grid(cluster)]).argmax())

    def _name(self, cluster: int) -> int | None:
        name = self._desk.state.names.get(cluster)
        return None if name is None else int(name)

    def _home(self, of: int) -> int | None:
        """Finds the cluster that has the name of a class."""
        named = (c for c, name in self._desk.state.names.items() if name == str(of))
        return next(named, None)

    def _decide(self, actions: list[Action], ticks: int, decisions: int = 1) -> list[int]:
        changed = self._desk.decide(actions, ticks, decisions)
        kind = actions[-1].kind
        self.steps.append(Step(kind, self._desk.decisions, self._desk.ticks, self._count_right()))
        return changed

    def _count_right(self) -> int:
        state = self._desk.state
        # Clusters without a name, and noise at place -1, have the name of no class.
        named = np.full(state.next_id + 1, -1)
        named[list(state.names)] = [int(name) for name in state.names.values()]
        return int((named[state.clusters] == self._classes).sum())
