"""What `benchmarks.app` times of the dataset: vectors, clusters, counts, views and forms."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.app_dataset import part
from benchmarks.app_rows import CORRECTION, PAGE, Row, against, timed

if TYPE_CHECKING:
    import fiftyone as fo

READING, WRITING, MEMORY = 1.5, 1.5, 0.2
"""Budgets: ratios to a bare `values()` and a bare `set_values()`, share of the matrix."""
FORMS = ("cluster_images", "compute_embeddings", "train_model", "merge_clusters", "apply_labels")


def silent(share: float, label: str) -> None:
    """Progress that tells nobody."""


def measure_reading(dataset: fo.Dataset, repeats: int) -> Iterator[Row]:
    """Times how vectors come into memory, and what is in memory besides them.

    Args:
        dataset: The dataset, with vectors in "vectors".
        repeats: How often.

    Yields:
        Rows of the table.
    """
    target = part("data.targets").resolve_target(dataset)
    read = part("embedding.vectors").vectors_of_field
    items: list[Any] = []
    yield Row("ids of all images", [timed(lambda: items.append(target.items()))], PAGE)
    ours, bare = [], []
    for _ in range(repeats):
        ours.append(timed(lambda: read(target, items[0], "vectors", silent)))
        bare.append(timed(lambda: dataset.values("vectors")))
    yield Row("read vectors", ours)
    yield against("read vectors / bare values()", ours, bare, READING)
    tracemalloc.start()
    try:
        size = read(target, items[0], "vectors", silent).embeddings.nbytes
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    yield Row("memory while reading, beside the matrix / matrix", [peak / size - 1], MEMORY, "x")


def measure_writing(dataset: fo.Dataset, repeats: int) -> Iterator[Row]:
    """Times how clusters come into the database, against one bare `set_values` of the same.

    Args:
        dataset: The dataset.
        repeats: How often.

    Yields:
        Rows of the table.
    """
    import fiftyone as fo

    clusters = part("data.clusters")
    add_cluster_indexes = part("data.cluster_indexes").add_cluster_indexes
    target = part("data.targets").resolve_target(dataset)
    ids, labels, confidence = dataset.values(["id", "cluster.label", "cluster.confidence"])
    numbers = [int(label.removeprefix("c")) for label in labels]
    columns = {"ids": ids, "sample_ids": None, "labels": numbers, "confidence": confidence}
    values = [
        fo.Classification(label=label, confidence=share, cluster_id=label, confirmed=False)
        for label, share in zip(labels, confidence, strict=True)
    ]

    def write() -> None:
        clusters.add_cluster_field(target, "ours", "ours")
        for _, items, found in clusters.cluster_batches(columns):
            clusters.write_clusters(target, items, "ours", found)

    def write_bare() -> None:
        clusters.add_cluster_field(target, "bare", "bare")
        dataset.set_values("bare", values)

    ours, bare, indexes = [], [], []
    for _ in range(repeats):
        ours.append(timed(write))
        bare.append(timed(write_bare))
        indexes.append(timed(lambda: add_cluster_indexes(target, "ours")))
        dataset.delete_sample_fields(["bare"])
        clusters.delete_clusters(target, "ours")
    yield Row("write clusters", ours)
    yield against("write clusters / bare set_values()", ours, bare, WRITING)
    yield Row("indexes of a cluster field", indexes)


def measure_views(dataset: fo.Dataset, repeats: int) -> Iterator[Row]:
    """Times what the App asks of the cluster field.

    Args:
        dataset: The dataset.
        repeats: How often.

    Yields:
        Rows of the table.
    """
    clusters = part("data.clusters")
    target = part("data.targets").resolve_target(dataset)
    largest = part("corrections.reads").cluster_view(dataset, "c00000")
    tiles = clusters.cluster_view(target, "cluster")
    looks: dict[str, Callable[[], Any]] = {
        "count the clustered images": lambda: clusters.count_clustered(target, "cluster"),
        "count by cluster, as the sidebar": lambda: dataset.count_values("cluster.label"),
        "largest cluster in the grid, first 20": lambda: largest.limit(20).values("id"),
        "one tile per cluster, first 20": lambda: tiles.limit(20).values("id"),
    }
    for what, look in looks.items():
        yield Row(what, [timed(look) for _ in range(repeats)], PAGE)


def measure_forms(dataset: fo.Dataset, repeats: int) -> Iterator[Row]:
    """Times what happens at each key that is pressed in a form.

    Args:
        dataset: The dataset.
        repeats: How often.

    Yields:
        Rows of the table.
    """
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext, Executor

    def resolve(name: str) -> None:
        uri = f"@autolabel/gcn/{name}"
        request = {"dataset_name": dataset.name, "operator_uri": uri, "params": {}}
        ctx = ExecutionContext(request_params=request, executor=Executor(), operator_uri=uri)
        operator = foo.get_operator(uri)
        operator.resolve_placement(ctx)
        operator.resolve_input(ctx)

    for name in FORMS:
        resolve(name)  # the first call imports what the form needs
        times = [timed(partial(resolve, name)) for _ in range(repeats)]
        yield Row(f"form of {name}", times, CORRECTION)
