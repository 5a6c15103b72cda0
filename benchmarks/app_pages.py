"""What `benchmarks.app` times of looking: each page of the panel, as an event draws it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from benchmarks.app_browser import Browser, Exchange
from benchmarks.app_dataset import ids_of_cluster, part
from benchmarks.app_events import row_of
from benchmarks.app_rows import PAGE, Row

if TYPE_CHECKING:
    import fiftyone as fo

LARGEST, SMALL = "c00000", "c00900"
SORTS = ("size", "confidence", "name", "useful")


def measure_pages(dataset: fo.Dataset, browser: Browser, repeats: int) -> Iterator[Row]:
    """Times what is only looked at.

    Args:
        dataset: The dataset.
        browser: With the panel open.
        repeats: How often.

    Yields:
        Rows of the table.
    """
    for what, look in (_lists(browser) | _others(browser) | _selections(dataset, browser)).items():
        yield row_of(what, [look(number) for number in range(repeats)], PAGE)
    browser.select([])
    yield from _measure_truth(dataset, browser, repeats)


def _measure_truth(dataset: fo.Dataset, browser: Browser, repeats: int) -> Iterator[Row]:
    """Times pages with the accuracy by true labels, which takes longest where all is confirmed."""
    correcting = part("correcting")
    clusters = dataset.distinct("cluster.cluster_id")
    correcting.confirm_clusters(dataset, clusters)
    browser.panel("open_clusters")
    looks = {
        "clusters with true labels, all confirmed": ("choose_truth", {"value": "truth"}),
        "the largest cluster with them": ("open_cluster", {"cluster": LARGEST}),
    }
    for what, (event, params) in looks.items():
        yield row_of(what, [browser.panel(event, **params) for _ in range(repeats)], PAGE)
    browser.panel("choose_truth", value="-")
    correcting.undo_correction(dataset)


def _lists(browser: Browser) -> dict[str, Callable[[int], Exchange]]:
    panel = browser.panel
    sorts = {
        f"list of clusters by {sort}": lambda _, sort=sort: panel("sort_clusters", value=sort)
        for sort in SORTS
    }
    return sorts | {
        "list of clusters, pages not seen before": lambda i: panel(
            "turn_page", offset=2_400 + 12 * i
        ),
        "list of clusters, search": lambda _: panel("search_clusters", value="42"),
        "list of mixed clusters": lambda _: panel("filter_clusters", shown="mixed"),
        "list of small clusters": lambda _: panel("filter_clusters", shown="small"),
        "list of all clusters": lambda _: panel("show_all"),
        "mark a cluster": lambda i: panel("mark_cluster", cluster=f"c{900 + i:05d}"),
        "clear the marks": lambda _: panel("clear_marks"),
    }


def _others(browser: Browser) -> dict[str, Callable[[int], Exchange]]:
    panel = browser.panel
    return {
        "the panel opens": lambda _: panel("on_load"),
        "page of small ones": lambda _: panel("open_small"),
        "page of small ones, further on": lambda i: panel("turn_page", offset=100 * (i + 1)),
        "next pair": lambda _: panel("open_pairs"),
        "history": lambda _: panel("open_history"),
        "clusters not seen before": lambda i: panel("open_cluster", cluster=f"c{901 + i:05d}"),
        "page of the largest cluster": lambda _: panel("open_cluster", cluster=LARGEST),
        "tick a cluster beside it": lambda i: panel("tick_cluster", cluster=f"c{900 + i:05d}"),
    }


def _selections(dataset: fo.Dataset, browser: Browser) -> dict[str, Callable[[int], Exchange]]:
    items = ids_of_cluster(dataset, LARGEST)
    most = min(len(items), part("review.selection").MOST_SELECTED)

    def select(number: int) -> Exchange:
        browser.panel("refresh")
        return browser.select(items[: 1 + number])

    return {
        "select images": select,
        "select as many as the panel selects itself": lambda _: browser.select(items[:most]),
        "the panel, with that many selected": lambda _: browser.panel("refresh"),
    }
