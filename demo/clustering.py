"""Embeds and clusters a dataset with the plugin, unless that was done before and still holds."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import fiftyone as fo
import numpy as np
from tqdm import tqdm

from .datasets import TRUTH

FIELD = "cluster"


@dataclass(frozen=True)
class Outcome:
    """What the demo found.

    Attributes:
        record: The run as it is recorded: counts, largest clusters, stages, warnings.
        is_old: Whether it is that of an earlier demo, whose images are unchanged.
        seconds: Seconds of each step of this demo, by its name.
        failed: Reason by path of the files that cannot be read.
        saved_view: Name of the saved view with one tile per cluster.
    """

    record: dict[str, Any]
    is_old: bool
    seconds: dict[str, float]
    failed: dict[str, str]
    saved_view: str


def cluster(
    dataset: fo.Dataset, is_changed: bool, operators: ModuleType, gcn: ModuleType
) -> Outcome:
    """Brings embeddings and clusters up to date.

    Args:
        dataset: The dataset.
        is_changed: Whether its images are others than those of the run that it may have.
        operators: The plugin's operators.
        gcn: The plugin's library.
    """
    view = f"{FIELD}: one tile per cluster"
    record = _record(dataset)
    if record and not is_changed and record["checkpoint"]["sha256"] == gcn.load_model().sha256:
        return Outcome(record, True, {}, {}, view)
    with _progress("Embeddings") as show:
        embedded = operators.compute_embeddings(dataset, only_missing=True, progress=show)
    with _progress("Clusters") as show:
        report = operators.cluster_images(
            dataset,
            embeddings_field=embedded.embeddings_field,
            cluster_field=FIELD,
            overwrite=True,
            progress=show,
        )
    paths = dict(zip(*dataset.values(["id", "filepath"]), strict=True))
    failed = {paths[sample]: reason for sample, reason in embedded.failed.items()}
    seconds = {"embeddings": embedded.seconds, "clusters": report.seconds}
    return Outcome(report.as_dict(), False, seconds, failed, report.saved_view)


def _record(dataset: fo.Dataset) -> dict[str, Any] | None:
    if FIELD not in dataset.list_runs(method="autolabel/gcn"):
        return None
    record = dataset.get_run_info(FIELD).config.serialize()
    return record if record["status"] == "complete" else None


@contextmanager
def _progress(name: str) -> Iterator[Any]:
    """Shows a bar on a terminal; says nothing elsewhere."""
    layout = f"{name:<12}{{percentage:3.0f}} % |{{bar:30}}| {{desc}}"
    is_hidden = not sys.stderr.isatty()
    with tqdm(total=1.0, bar_format=layout, leave=False, disable=is_hidden) as bar:

        def show(share: float, label: str) -> None:
            bar.set_description_str(label, refresh=False)
            bar.update(share - bar.n)

        yield show


def scores(dataset: fo.Dataset, gcn: ModuleType) -> Any | None:
    """Compares the clusters with what the images show; `None` where that is not known."""
    field = dataset.get_field(TRUTH)
    if field is None or getattr(field, "document_type", None) is not fo.Classification:
        return None
    true, found = dataset.exists(FIELD).values([f"{TRUTH}.label", f"{FIELD}.label"])
    if not any(true):
        return None
    return gcn.evaluate(_numbers(true, None), _numbers(found, "noise"))


def _numbers(labels: list[str | None], unknown: str | None) -> np.ndarray:
    names = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return np.array([-1 if label == unknown else names[label] for label in labels], dtype=np.int64)


def composition(dataset: fo.Dataset, label: str) -> str:
    """Says what most images of a cluster show, as far as that is known."""
    if dataset.get_field(f"{TRUTH}.label") is None:
        return ""
    members = dataset.match(fo.ViewField(f"{FIELD}.label") == label)
    counts = members.count_values(f"{TRUTH}.label")
    counts.pop(None, None)
    if not counts:
        return ""
    kind, count = max(counts.items(), key=lambda item: item[1])
    return f"{count / sum(counts.values()):.0%} {kind}"
