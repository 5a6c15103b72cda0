"""What `benchmarks.app` times of the review: pages that are looked at, and corrections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.app_rows import CORRECTION, PAGE, Row, timed

if TYPE_CHECKING:
    import fiftyone as fo

FIRST_SMALL, SMALL_PER_REPEAT = 1_000, 4
"""The clusters of about twenty images that are corrected."""


def measure_pages(dataset: fo.Dataset, reads: Any, repeats: int) -> Iterator[Row]:
    """Times what is only looked at.

    Args:
        dataset: The dataset.
        reads: The module of reads.
        repeats: How often.

    Yields:
        Rows of the table.
    """
    pages: dict[str, Callable[[], Any]] = {
        f"list of clusters by {sort}": lambda sort=sort: reads.list_clusters(dataset, sort=sort)
        for sort in ("useful", "size", "confidence", "name")
    }
    pages["list of clusters, page 200"] = lambda: reads.list_clusters(dataset, offset=4000)
    pages["list of clusters, search"] = lambda: reads.list_clusters(dataset, search="42")
    pages["page of the largest cluster"] = lambda: reads.read_cluster(dataset, "c00000")
    pages["page of a cluster of 20"] = lambda: reads.read_cluster(dataset, "c00900")
    pages["next pair to answer"] = lambda: reads.suggest_pairs(dataset)
    pages["history"] = lambda: reads.read_history(dataset)
    pages["progress"] = lambda: reads.review_progress(dataset)
    pages["completion of a name"] = lambda: reads.list_names(dataset, "a")
    for what, action in pages.items():
        yield Row(what, [timed(action) for _ in range(repeats)], PAGE)


def measure_corrections(
    dataset: fo.Dataset, reads: Any, writes: Any, repeats: int
) -> Iterator[Row]:
    """Times what changes something, each with its undo.

    Args:
        dataset: The dataset.
        reads: The module of reads.
        writes: The module of corrections.
        repeats: How often.

    Yields:
        Rows of the table.
    """
    largest = reads.item_ids(dataset, "c00000")["items"]
    small = [
        f"c{number:05d}" for number in range(FIRST_SMALL, FIRST_SMALL + SMALL_PER_REPEAT * repeats)
    ]
    merge, move, split = writes.merge_clusters, writes.move_to_cluster, writes.split_cluster
    answer, name, noise = writes.answer_pair, writes.rename_cluster, writes.mark_noise
    confirm = writes.confirm_clusters
    some = largest[:100]
    corrections: dict[str, Callable[[int], Any]] = {
        "merge two clusters of 20": lambda i: merge(dataset, small[2 * i : 2 * i + 2]),
        "merge the two largest": lambda i: merge(dataset, ["c00000", "c00001"]),
        "same": lambda i: answer(dataset, *pair(reads, dataset), "same"),
        "different": lambda i: answer(dataset, *pair(reads, dataset), "different"),
        "later": lambda i: answer(dataset, *pair(reads, dataset), "later"),
        "split the largest into its parts": lambda i: split(dataset, "c00000"),
        "move 1 image": lambda i: move(dataset, largest[i : i + 1], "c00005"),
        "move 100 images to a new cluster": lambda i: move(dataset, some),
        "mark 100 images as noise": lambda i: noise(dataset, some),
        "rename a cluster of 20": lambda i: name(dataset, small[i], f"name {i}"),
        "rename the largest": lambda i: name(dataset, "c00000", f"name {i}"),
        "confirm a cluster of 20": lambda i: confirm(dataset, [small[i]]),
        "confirm the largest": lambda i: confirm(dataset, ["c00000"]),
    }
    for what, action in corrections.items():
        times: list[list[float]] = [[], [], []]
        for number in range(repeats):
            times[0].append(timed(partial(action, number)))
            times[1].append(timed(lambda: writes.undo_correction(dataset)))
            times[2].append(timed(lambda: writes.redo_correction(dataset)))
            writes.undo_correction(dataset)
        for label, taken in zip((what, "  undo", "  redo"), times, strict=True):
            yield Row(label, taken, CORRECTION)


def pair(reads: Any, dataset: fo.Dataset) -> tuple[str, str]:
    """Reads the next pair to answer."""
    found = reads.suggest_pairs(dataset)["pairs"][0]
    return found["first"]["cluster"], found["second"]["cluster"]
