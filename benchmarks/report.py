"""The rows of the quality benchmark, and the tables made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev

from gcn.evaluation.metrics import Scores

OURS, ABLATION, PEER = "ours", "ablation", "peer"
DEFAULT, TUNED, BEST = "default", "tuned", "best"
_METHOD_WIDTH, _CELL_WIDTH = 30, 15


@dataclass(frozen=True)
class Row:
    """One run of one method on one part of one set.

    Attributes:
        dataset: Name of the set.
        part: "all" its classes, or those of its "train" or "val" half.
        method: Name of the method.
        group: What kind of method it is: `OURS`, `ABLATION` or `PEER`.
        choice: How its setting was chosen: `DEFAULT`, `TUNED` on the val half, or `BEST` on the
            labels that it is scored on.
        scores: Its scores.
        seconds: From embeddings, or for peers from the kNN graph, to labels.
        setting: Its hyper-parameters; empty if there are none.
        model: Which of several models, for ours.
    """

    dataset: str
    part: str
    method: str
    group: str
    choice: str
    scores: Scores
    seconds: float
    setting: tuple[float, ...] = ()
    model: str = ""

    def as_dict(self) -> dict[str, object]:
        """Returns the row as flat names and values for JSON."""
        fields: dict[str, object] = asdict(self)
        del fields["scores"]
        return {**fields, **self.scores.as_dict(), "mean_f": self.scores.mean_f}


def table(rows: Sequence[Row], part: str) -> str:
    """Lays out the mean F of one part: a line per method and choice, a column per set."""
    rows = [row for row in rows if row.part == part]
    sets = list(dict.fromkeys(row.dataset for row in rows))
    lines = ["".join([f"{part + ' classes':<{_METHOD_WIDTH}}", *map(_cell, [*sets, "mean"])])]
    lines.append("-" * len(lines[0]))
    last = None
    for (group, method, choice), block in _grouped(rows).items():
        if last not in (None, group):
            lines.append("")
        last = group
        name = method if choice == DEFAULT else f"{method}, {choice}"
        values = {
            dataset: [row.scores.mean_f for row in block if row.dataset == dataset]
            for dataset in sets
        }
        lines.append(_line(name, values))
    return "\n".join([*lines, *_best_lines(rows, sets)])


def best_peers(rows: Iterable[Row], part: str, choice: str) -> dict[str, float]:
    """Highest mean F of any peer, by set."""
    best: dict[str, float] = {}
    for row in rows:
        if row.group == PEER and row.part == part and row.choice == choice:
            best[row.dataset] = max(best.get(row.dataset, 0.0), row.scores.mean_f)
    return best


def _grouped(rows: Sequence[Row]) -> dict[tuple[str, str, str], list[Row]]:
    order = (OURS, ABLATION, PEER)
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: order.index(row.group)):
        groups.setdefault((row.group, row.method, row.choice), []).append(row)
    return groups


def _best_lines(rows: Sequence[Row], sets: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for choice in (TUNED, BEST):
        best = best_peers(rows, rows[0].part, choice) if rows else {}
        if best:
            values = {dataset: [best[dataset]] for dataset in sets if dataset in best}
            lines.append(
                _line(f"BEST PEER, {choice}", {**{dataset: [] for dataset in sets}, **values})
            )
    return ["", *lines] if lines else []


def _line(name: str, values: dict[str, list[float]]) -> str:
    """A mean and, of several models, a deviation per set; then the mean over sets if none lacks."""
    cells = [_value(found) for found in values.values()]
    means = [fmean(found) for found in values.values() if found]
    overall = f"{fmean(means):.3f}" if means and len(means) == len(values) else ""
    return "".join([f"{name:<{_METHOD_WIDTH}}", *map(_cell, [*cells, overall])])


def _value(found: list[float]) -> str:
    if not found:
        return "-"
    return f"{fmean(found):.3f}" + (f" ± {stdev(found):.3f}" if len(found) > 1 else "")


def _cell(text: str) -> str:
    return f"{text[: _CELL_WIDTH - 1]:>{_CELL_WIDTH}}"
