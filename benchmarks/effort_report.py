"""The rows of the effort benchmark, the table made of them, and the goals they are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .annotator import Step
from .effort_clusterings import OURS

ONE_BY_ONE = "one image at a time"
LIMIT = "limit: each class named once"
TARGETS = (0.95, 0.99)
"""Shares of images that carry the right label."""
USUAL, BEST = "usual", "best"
MANY_IMAGES, FEWER_TIMES = 20, 5.0
EASY_RECALL, EASY_PER_CLASS = 0.95, 2.0


@dataclass(frozen=True)
class SetFacts:
    """What the goals depend on.

    Attributes:
        name: Of the set.
        images: N.
        classes: C.
        recall_at_1: Share of images whose nearest other one is of the same class.
    """

    name: str
    images: int
    classes: int
    recall_at_1: float


@dataclass(frozen=True)
class Row:
    """What one target took on one set, starting from one clustering.

    Attributes:
        dataset: Name of the set.
        method: Who made the clusters.
        choice: `USUAL` or `BEST`, how its setting was chosen.
        setting: Its hyper-parameters.
        target: Share of images that carry the right label.
        decisions: Made until then.
        ticks: Images and parts ticked for them.
        images: N.
        classes: C.
    """

    dataset: str
    method: str
    choice: str
    setting: str
    target: float
    decisions: int
    ticks: int
    images: int
    classes: int

    @property
    def per_class(self) -> float:
        """Decisions per true class."""
        return self.decisions / self.classes

    @property
    def per_thousand(self) -> float:
        """Decisions per 1,000 images."""
        return 1000 * self.decisions / self.images

    @property
    def clicks(self) -> int:
        """Decisions and ticks."""
        return self.decisions + self.ticks

    @property
    def fewer_times(self) -> float:
        """How many times more decisions it takes one image at a time."""
        return needed(self.target, self.images) / self.decisions

    def as_dict(self) -> dict[str, object]:
        """Flat names and values for JSON."""
        derived: dict[str, object] = {
            "per_class": round(self.per_class, 4),
            "per_thousand": round(self.per_thousand, 2),
            "clicks": self.clicks,
            "fewer_times": round(self.fewer_times, 3),
        }
        return {**asdict(self), **derived}


def needed(target: float, images: int) -> int:
    """Images that have to be right.

    Args:
        target: Their share, in (0, 1].
        images: N.

    Returns:
        The least number that is not below the share.
    """
    return math.ceil(round(target * images, 6))


def row_of(
    facts: SetFacts, method: str, choice: str, setting: str, target: float, steps: Sequence[Step]
) -> Row:
    """Reads off a review what a target took.

    Args:
        facts: Of the set.
        method: Who made the clusters.
        choice: How the setting was chosen.
        setting: Hyper-parameters.
        target: Share of images.
        steps: The review, which reaches the target.

    Returns:
        The row.
    """
    enough = needed(target, facts.images)
    step = next(step for step in steps if step.right >= enough)
    return Row(
        facts.name,
        method,
        choice,
        setting,
        target,
        step.decisions,
        step.ticks,
        facts.images,
        facts.classes,
    )


def table(rows: Sequence[Row], target: float) -> str:
    """Lays out one target, set by set."""
    heading = (
        f"{f'until {target:.0%} are right':<46}{'decisions':>10}{'per class':>11}"
        f"{'per 1,000':>11}{'fewer by':>10}{'clicks':>8}"
    )
    lines = [heading, "-" * len(heading)]
    last = ""
    for row in rows:
        if row.target != target:
            continue
        if row.dataset != last:
            lines.append(f"{row.dataset}: {row.images:,} images, {row.classes:,} classes")
            last = row.dataset
        mark = " (!)" if row.choice == BEST else ""
        name = f"  {row.method}{', ' if row.setting else ''}{row.setting}{mark}"
        lines.append(
            f"{name:<46}{row.decisions:>10,}{row.per_class:>11.2f}{row.per_thousand:>11.1f}"
            f"{row.fewer_times:>9.1f}x{row.clicks:>8,}"
        )
    return "\n".join(lines)


def goals(rows: Sequence[Row], sets: Sequence[SetFacts]) -> list[str]:
    """Says of each set which goals our clusters meet, and by how much.

    "LIMIT": as many as a peer's, but no more than there are names to give.
    """
    return [line for facts in sets for line in _goals_of(rows, facts)]


def _goals_of(rows: Sequence[Row], facts: SetFacts) -> list[str]:
    found = [row for row in rows if row.dataset == facts.name]
    ours = {row.target: row for row in found if row.method == OURS}
    at_95 = ours[TARGETS[0]]
    limits = {row.target: row.decisions for row in found if row.method == LIMIT}
    lines: list[str] = []
    if facts.images >= MANY_IMAGES * facts.classes:
        verdict = _verdict(at_95.fewer_times >= FEWER_TIMES)
        lines.append(
            f"{verdict}  {facts.name}: {at_95.fewer_times:.1f} times fewer decisions"
            f" than one image at a time at 95 % (goal: {FEWER_TIMES:g})"
        )
    if facts.recall_at_1 >= EASY_RECALL:
        verdict = _verdict(at_95.per_class <= EASY_PER_CLASS)
        lines.append(
            f"{verdict}  {facts.name}: {at_95.per_class:.2f} decisions per class at 95 %,"
            f" recall@1 being {facts.recall_at_1:.3f} (goal: {EASY_PER_CLASS:g})"
        )
    for peer in found:
        if peer.choice and peer.method != OURS:
            own = ours[peer.target]
            verdict = _verdict(own.decisions < peer.decisions)
            if own.decisions == peer.decisions == limits.get(peer.target):
                verdict = "LIMIT "  # neither can take fewer
            lines.append(
                f"{verdict}  {facts.name}: {own.decisions:,} decisions at"
                f" {peer.target:.0%}, {peer.method} ({peer.choice}) {peer.decisions:,};"
                f" clicks {own.clicks:,}, {peer.clicks:,}"
            )
    return lines


def _verdict(is_met: bool) -> str:
    return "met   " if is_met else "MISSED"
