"""The rows of a quality benchmark, and the table and means made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

from gcn.metrics import Scores

_COLUMNS = (
    ("B-P", "bcubed_precision"),
    ("B-R", "bcubed_recall"),
    ("B-F", "bcubed_f"),
    ("P-P", "pairwise_precision"),
    ("P-R", "pairwise_recall"),
    ("P-F", "pairwise_f"),
    ("NMI", "nmi"),
)
_COUNTS = (("clusters", "n_clusters"), ("singles", "n_singletons"), ("largest", "largest_cluster"))
_SET_WIDTH, _METHOD_WIDTH = 16, 36


@dataclass(frozen=True)
class Row:
    """One method on one set.

    Attributes:
        dataset: Name of the set.
        method: Name of the method.
        scores: Its scores.
        seconds: From embeddings to labels, on a running machine.
        threshold: The cosine that was chosen for it; None if it needs none.
    """

    dataset: str
    method: str
    scores: Scores
    seconds: float
    threshold: float | None = None

    @property
    def mean_f(self) -> float:
        """Mean of BCubed F and pairwise F, in [0, 1]."""
        return (self.scores.bcubed_f + self.scores.pairwise_f) / 2

    def as_dict(self) -> dict[str, object]:
        """Returns the row as flat names and values for JSON."""
        fields: dict[str, object] = asdict(self)
        del fields["scores"]
        return {**fields, **self.scores.as_dict(), "mean_f": self.mean_f}


def table(rows: Sequence[Row]) -> str:
    """Lays out one block per set, then the means over sets if there are several."""
    names = [name for name, _ in _COLUMNS] + ["F mean"]
    heading = _first_columns("set", "method") + "".join(f"{name:>7}" for name in names)
    heading += "".join(f"{name:>9}" for name, _ in _COUNTS) + f"{'cosine':>8}{'s':>8}"
    lines = [heading, "-" * len(heading)]
    for block in _by(rows, "dataset").values():
        lines += [_line(row, first=row is block[0]) for row in block] + [""]
    if len(_by(rows, "dataset")) > 1:
        lines += _mean_lines(rows)
    return "\n".join(lines)


def wins(rows: Sequence[Row], method: str) -> dict[str, tuple[int, int]]:
    """Counts on how many sets `method` has a higher BCubed F than each other method.

    Returns:
        Other method to (sets won, sets).
    """
    per_method = {
        name: {row.dataset: row.scores.bcubed_f for row in block}
        for name, block in _by(rows, "method").items()
    }
    ours = per_method.pop(method)
    return {
        name: (sum(ours[dataset] > f for dataset, f in theirs.items()), len(theirs))
        for name, theirs in per_method.items()
    }


def means(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Averages every score over the sets, by method."""
    return {
        method: {
            **{name: fmean(getattr(row.scores, name) for row in block) for _, name in _COLUMNS},
            "mean_f": fmean(row.mean_f for row in block),
            "seconds": fmean(row.seconds for row in block),
        }
        for method, block in _by(rows, "method").items()
    }


def _by(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(getattr(row, key), []).append(row)
    return groups


def _first_columns(dataset: str, method: str) -> str:
    return f"{dataset:<{_SET_WIDTH}} {method:<{_METHOD_WIDTH}}"


def _line(row: Row, first: bool) -> str:
    text = _first_columns(row.dataset if first else "", row.method)
    text += "".join(f"{getattr(row.scores, name):7.3f}" for _, name in _COLUMNS)
    text += f"{row.mean_f:7.3f}"
    text += "".join(f"{getattr(row.scores, name):9,}" for _, name in _COUNTS)
    text += " " * 8 if row.threshold is None else f"{row.threshold:8.3f}"
    return text + f"{row.seconds:8.1f}"


def _mean_lines(rows: Sequence[Row]) -> list[str]:
    lines: list[str] = []
    for method, mean in means(rows).items():
        text = _first_columns("" if lines else "MEAN", method)
        text += "".join(f"{mean[name]:7.3f}" for _, name in _COLUMNS)
        text += f"{mean['mean_f']:7.3f}" + " " * (9 * len(_COUNTS) + 8)
        lines.append(text + f"{mean['seconds']:8.1f}")
    return lines
