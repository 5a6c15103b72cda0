"""Trains a model on images whose classes are known, and compares it with the one that ships."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ..base.database import clear_connection_errors
from ..base.operator_params import SCRATCH, SHIPPED, TrainModelParams
from ..base.params import parse
from ..base.progress import Progress, part
from ..base.terminal import told
from ..data.label_fields import LabelField, resolve_label_field
from ..data.targets import Target, resolve_target
from ..embedding.embeddings import EmbeddingReport, check_not_empty
from ..embedding.sourcing import check_source, read_embeddings
from ..embedding.vectors import EmbeddingTable
from .classes import Classes, check_classes, check_stored, lasting_numbers, read_classes
from .models import check_name, checkpoint_path, free_name, list_models, model_path, save_model
from .training_report import ScoreRow, TrainingReport, advice, training_counts, warnings_about

if TYPE_CHECKING:
    from ...gcn import Model

Watch = Callable[[dict[str, Any]], None]
"""Called with a look at a training while it goes on; may raise to cancel."""


def train_model(
    samples: SampleCollection,
    patches_field: str | None = None,
    embeddings_field: str | None = None,
    brain_key: str | None = None,
    backbone: str | None = None,
    batch_size: int | None = None,
    label_field: str | None = None,
    base: str = SHIPPED,
    seed: int = 0,
    name: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> TrainingReport:
    """Trains a model on images, or image patches, whose classes are known.

    A fifth of the classes is kept for validation: the new model and the one that ships are scored
    on them, and the report says which one to use. The model is kept under its name, which
    `cluster_images` takes as `checkpoint`. If anything fails, no model is written; embeddings that
    were computed on the way stay.

    Args:
        samples: A dataset or view; a patches view stands for its patches.
        patches_field: A Detections or Polylines field, whose objects are learned from.
        embeddings_field: A field with vectors. Without it and `brain_key`, embeddings are computed
            into "gcn_embedding" where they are missing.
        brain_key: A similarity run of FiftyOne Brain to take the embeddings from.
        backbone: The network to compute missing embeddings with; "efficientnet-lite0" by default.
        batch_size: Images at a time in that network; at least 1.
        label_field: The classes: for images a Classification or text field, "ground_truth" by
            default; for patches the patches field, whose objects' labels are meant (the default),
            or an attribute of its objects. What has no class is a stranger to all. Of a cluster
            field of this plugin only what is confirmed counts.
        base: What training begins with: "shipped" for the model of the plugin, "scratch" for
            nothing, or another model's name or path. Where training does not improve on it, the
            new model is a copy of it.
        seed: Seed of everything random; at least 0.
        name: Name of the model; by default that of the dataset, or the next free one.
        overwrite: Whether to replace the model of that name.
        progress: Called with the share done in [0, 1] and what is going on; may raise to cancel.
        watch: Called with each row of `TrainingReport.losses` while training goes on.

    Returns:
        How it went, and which model to use.

    Raises:
        ParameterError: A parameter does not fit; its message is one sentence.
        ValueError: The embeddings or the base cannot be used.
        OSError: The model cannot be written.
        ConnectionError: The database was lost.
    """
    params = parse(
        TrainModelParams,
        {
            "patches_field": patches_field,
            "embeddings_field": embeddings_field,
            "brain_key": brain_key,
            "backbone": backbone,
            "batch_size": batch_size,
            "label_field": label_field,
            "base": base,
            "seed": seed,
            "name": name,
            "overwrite": overwrite,
        },
    )
    with clear_connection_errors("training", "train again"), told(progress) as report:
        target, label, params = prepare_training(samples, params)
        return _train(target, label, params, report, watch)


def prepare_training(
    samples: SampleCollection, params: TrainModelParams
) -> tuple[Target, LabelField, TrainModelParams]:
    """Checks everything that can be known before work begins. Cheap: reads no samples.

    Args:
        samples: The dataset or view.
        params: The parameters.

    Returns:
        The target, the field with the classes, and the parameters with a name.

    Raises:
        ParameterError: The target is unfit, or a parameter does not fit to it.
    """
    target = resolve_target(samples, params.patches_field)
    check_not_empty(target)
    label = resolve_label_field(target, params.label_field)
    check_stored(target, label)
    check_source(target, params)
    if params.base != SCRATCH:
        checkpoint_path("base", params.base)
    check_name(params.name, params.overwrite)
    name = params.name or free_name(target.dataset.name)
    return target, label, dataclasses.replace(params, name=name)


def _train(
    target: Target,
    label: LabelField,
    params: TrainModelParams,
    progress: Progress,
    watch: Watch | None,
) -> TrainingReport:
    from ... import gcn

    start = time.perf_counter()
    fresh = params.base == SCRATCH
    base = None if fresh else gcn.load_model(checkpoint_path("base", params.base))
    table, computed, known = _read(target, label, params, part(progress, 0.0, 0.4))
    # Classes that a base has learned from are kept out of validation by their number.
    labels = lasting_numbers(known)
    shown = None if watch is None else (lambda look: watch(look._asdict()))
    model = gcn.train(table.embeddings, labels, base, params.seed, part(progress, 0.4, 0.95), shown)
    progress(0.95, "Comparing with the shipped model")
    scores = _compare(model, params, table, labels)
    progress(0.99, "Writing the model")
    model = _described(model, target, label, table.source)
    name = save_model(model, str(params.name), params.overwrite)
    scores[0]["model"] = name
    failed = computed.failed if computed else {}
    counts = training_counts(known, scores[0]) | _item_counts(table, failed)
    kept = model.card.get("kept", "trained")
    return TrainingReport(
        name=name,
        path=str(model_path(name)),
        patches_field=target.patches_field,
        label_field=label.name,
        base=params.base,
        kept=kept,
        **advice(scores, kept),
        scores=scores,
        losses=model.card["history"],
        calibration_error=_calibration_error(model),
        counts=counts,
        warnings=warnings_about(counts),
        failed=failed,
        embeddings=table.source,
        models=list_models(),
        seconds=time.perf_counter() - start,
    )


def _item_counts(table: EmbeddingTable, failed: Mapping[str, str]) -> dict[str, int]:
    return {
        "items": len(table.items) + len(table.missing),
        "without_embedding": len(table.missing),
        "failed": len(failed),
    }


def _read(
    target: Target, label: LabelField, params: TrainModelParams, progress: Progress
) -> tuple[EmbeddingTable, EmbeddingReport | None, Classes]:
    """Reads embeddings, and the class of each item that has one."""
    items = target.items()
    # Classes first, since embeddings may take hours.
    progress(0.0, f"Reading the classes in '{label.name}'")
    classes = read_classes(target, items, label)
    check_classes(target, label, classes, target.noun)
    table, computed = read_embeddings(target, items, params, part(progress, 0.05, 1.0))
    embedded = set(table.items.ids)
    known = [value for item, value in zip(items.ids, classes, strict=True) if item in embedded]
    check_classes(target, label, known, f"{target.noun} with an embedding")
    return table, computed, known


def _compare(
    model: "Model", params: TrainModelParams, table: EmbeddingTable, labels: np.ndarray
) -> list[ScoreRow]:
    """Scores on the validation classes: the new model, its base if that is another, the shipped."""
    from ... import gcn

    def row(role: str, name: str, scores: Mapping[str, float | int]) -> ScoreRow:
        return {"role": role, "model": name, **scores}

    rows = [row("trained", str(params.name), model.card["validation"][0])]
    if params.base == SHIPPED:
        return [*rows, row("shipped", SHIPPED, model.card["base_validation"][0])]
    if params.base != SCRATCH:
        rows.append(row("base", params.base, model.card["base_validation"][0]))
    shipped = gcn.held_out_scores(gcn.load_model(), table.embeddings, labels, params.seed)
    return [*rows, row("shipped", SHIPPED, shipped)]


def _described(
    model: "Model", target: Target, label: LabelField, source: dict[str, Any]
) -> "Model":
    """Notes in the model's card what it was trained on."""
    origin = {
        "dataset": target.dataset.name,
        "patches_field": target.patches_field,
        "label_field": label.name,
        "embeddings": source,
    }
    return dataclasses.replace(model, card={**model.card, "trained_on": origin})


def _calibration_error(model: "Model") -> dict[str, float]:
    names = ("affinity", "strength")
    return {name: float(model.card[f"{name}_calibration_error"]) for name in names}
