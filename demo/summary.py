"""Words the outcome of the demo for a person."""

from collections.abc import Iterator
from typing import Any

import fiftyone as fo

from .clustering import Outcome, composition

SHOWN = 8


def summary(dataset: fo.Dataset, outcome: Outcome, scores: Any | None) -> str:
    """Returns the lines that the demo prints.

    Args:
        dataset: The clustered dataset.
        outcome: What was found.
        scores: Comparison with the truth, if that is known.
    """
    lines = [*_counts(dataset, outcome), *_largest(dataset, outcome), *_scores(scores)]
    lines += [*_seconds(outcome), *_failures(outcome)]
    lines += _row("Note", outcome.record["warnings"])
    return "\n".join(lines)


def _row(name: str, values: list[str]) -> list[str]:
    names = [name, *[""] * len(values)]
    return [f"{left:<18}{right}" for left, right in zip(names, values, strict=False)]


def _counts(dataset: fo.Dataset, outcome: Outcome) -> Iterator[str]:
    counts = outcome.record["counts"]
    alone = counts["singletons"]
    yield from _row("Images", [f"{len(dataset):,}"])
    yield from _row("Clusters", [f"{counts['clusters']:,}, of which {alone:,} hold one image only"])


def _largest(dataset: fo.Dataset, outcome: Outcome) -> list[str]:
    rows = outcome.record["largest"][:SHOWN]
    texts = [
        f"{row['cluster']}  {row['size']:>6,} images  {composition(dataset, row['cluster'])}"
        for row in rows
    ]
    return _row("Largest clusters", [text.rstrip() for text in texts])


def _scores(scores: Any | None) -> list[str]:
    if scores is None:
        return []
    s = scores
    texts = [
        f"compared with the {s.n_classes:,} kinds that the {s.n_images:,} images are known to show",
        f"BCubed     precision {s.bcubed_precision:.3f}  recall {s.bcubed_recall:.3f}  "
        f"F {s.bcubed_f:.3f}   (image by image)",
        f"pairwise   precision {s.pairwise_precision:.3f}  recall {s.pairwise_recall:.3f}  "
        f"F {s.pairwise_f:.3f}   (large clusters count most)",
    ]
    return _row("Scores", texts)


def _seconds(outcome: Outcome) -> list[str]:
    if outcome.is_old:
        return _row("Seconds", ["none: these images were clustered by an earlier demo"])
    texts = [f"{seconds:8.1f}  {step}" for step, seconds in outcome.seconds.items()]
    stages = outcome.record["stages"]
    texts += [f"{stage['seconds']:8.1f}    {stage['name']}" for stage in stages]
    return _row("Seconds", texts)


def _failures(outcome: Outcome) -> list[str]:
    reasons = list(outcome.failed.values())
    more = [f"and {len(reasons) - SHOWN:,} more"] if len(reasons) > SHOWN else []
    return _row("Unreadable files", reasons[:SHOWN] + more)
