"""What a training tells its user."""

import dataclasses
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from ..base.operator_params import SHIPPED
from ..base.wording import count_text

ScoreRow = dict[str, Any]

MIN_CLASSES, MIN_VALIDATION_CLASSES = 30, 5
"""Below these, a training rarely improves on the shipped model, or scores say little."""

MIN_GAIN = 0.01
"""Mean score by which a model must beat the shipped one to be recommended."""


@dataclasses.dataclass(frozen=True)
class TrainingReport:
    """What `train_model` did.

    Attributes:
        name: Name of the model.
        path: Its file.
        patches_field: The field whose objects were learned from; None for whole images.
        label_field: The field that its classes are from.
        base: What training began with: "shipped", "scratch", or a model's name or path.
        kept: "trained" if the model holds what was learned, networks or the directions in which
            images of one class differ; "base" if it is a copy of the base, because neither improves
            on that.
        recommended: The value of `checkpoint` to cluster with: a model's name, or "shipped".
        advice: That in a sentence, with scores.
        scores: One row per model, all on the same validation classes: its `role` ("trained" for
            what was trained, "base" for a base other than the shipped model, "shipped"), its
            `model` name, `mean_f` and the scores of `EvaluationReport`.
        losses: One row per look at the training: `network` ("GCN-V" or "GCN-C"), `done` (share of
            its steps, in [0, 1]), `training_loss`, `validation_loss`, and `validation_score`, the
            average precision on validation classes in [0, 1].
        calibration_error: Expected calibration error, in [0, 1], of the `affinity` of images and of
            the `strength` of connections between clusters.
        counts: Items in the target, those `labeled`, `classes`, `single` classes of one item,
            `validation_classes`, items `without_embedding`, and `failed` files.
        warnings: Sentences about how far the result can be trusted.
        failed: Reason by id of the files that could not be embedded.
        embeddings: Where the embeddings came from, and their `dimension`.
        models: Names of all trained models, this one included.
        seconds: Time taken.
    """

    name: str
    path: str
    patches_field: str | None
    label_field: str
    base: str
    kept: str
    recommended: str
    advice: str
    scores: list[ScoreRow]
    losses: list[dict[str, Any]]
    calibration_error: dict[str, float]
    counts: dict[str, int]
    warnings: list[str]
    failed: dict[str, str]
    embeddings: dict[str, Any]
    models: list[str]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Gives the report in plain JSON types.

        Returns:
            The attributes by name; `failed` holds the first 100.
        """
        values = dataclasses.asdict(self)
        return values | {"failed": dict(list(self.failed.items())[:100])}


def training_counts(classes: Sequence[Hashable | None], trained: ScoreRow) -> dict[str, int]:
    """Counts what was learned from.

    Args:
        classes: Class of each item that has an embedding; None for none.
        trained: Scores of the model on its validation classes.

    Returns:
        Counts by name, as `TrainingReport.counts` explains.
    """
    sizes = Counter(value for value in classes if value is not None)
    return {
        "labeled": sizes.total(),
        "classes": len(sizes),
        "single": sum(size == 1 for size in sizes.values()),
        "validation_classes": int(trained["n_classes"]),
    }


def warnings_about(counts: Mapping[str, int]) -> list[str]:
    """Says how far a training can be trusted.

    Args:
        counts: As `TrainingReport.counts` explains.

    Returns:
        One sentence per reason for doubt.
    """
    texts: list[str] = []
    if counts["classes"] < MIN_CLASSES:
        texts.append(
            f"There are only {count_text(counts['classes'], 'classes')}: below {MIN_CLASSES}, "
            "training seldom improves on the shipped model; label more classes"
        )
    if counts["validation_classes"] < MIN_VALIDATION_CLASSES:
        texts.append(
            f"Only {count_text(counts['validation_classes'], 'classes')} could be kept for "
            "validation, so the scores are a rough guess; label more classes"
        )
    if counts["single"]:
        has = "has" if counts["single"] == 1 else "have"
        texts.append(
            f"{count_text(counts['single'], 'classes')} {has} one image only, from which no pair "
            "can be learned; label a second image of each"
        )
    return texts


def advice(rows: Sequence[ScoreRow], kept: str) -> dict[str, str]:
    """Says which model to use.

    Args:
        rows: As `TrainingReport.scores` explains.
        kept: Whether the model holds what was "trained" or its "base".

    Returns:
        `recommended` and `advice`, as `TrainingReport` explains.
    """
    trained, shipped = rows[0], rows[-1]
    own = trained if kept == "trained" else rows[1]
    is_better = own is not shipped and own["mean_f"] - shipped["mean_f"] >= MIN_GAIN
    used = own if is_better else shipped
    reached = [f"your model reaches {trained['mean_f']:.2f}"]
    reached += [f"{_called(row)} {row['mean_f']:.2f}" for row in rows[1:]]
    copied = f"; '{trained['model']}' is a copy of {_called(own)}" if own is not trained else ""
    return {
        "recommended": used["model"],
        "advice": f"On {count_text(trained['n_classes'], 'classes')} it has not seen, "
        f"{', '.join(reached)}: use {_called(used)}{copied}.",
    }


def _called(row: ScoreRow) -> str:
    return "the shipped one" if row["model"] == SHIPPED else f"'{row['model']}'"
