"""What `benchmarks.app` times of deciding: corrections as clicks in the panel, and their undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.app_browser import Browser, Exchange, RefusedError
from benchmarks.app_dataset import add_images, part
from benchmarks.app_deeds import LARGEST, NAME, NAMED, Deed, deeds, small
from benchmarks.app_events import row_of
from benchmarks.app_rows import CORRECTION, Row, timed

if TYPE_CHECKING:
    import fiftyone as fo

FEWEST_CLUSTERS = 1_100
"""So that there are as many of about twenty images as are corrected."""
MANY = 100
NEW_IMAGES = 20


def measure_corrections(dataset: fo.Dataset, browser: Browser, repeats: int) -> Iterator[Row]:
    """Times what changes something, each with its undo and redo.

    Args:
        dataset: The dataset.
        browser: With the panel open.
        repeats: How often.

    Yields:
        Rows of the table.
    """
    part("correcting").confirm_clusters(dataset, [NAMED], name=NAME)
    for deed in deeds(dataset):
        yield from _measure(dataset, browser, deed, repeats)
    yield from _measure_history(dataset, browser)
    yield from _measure_labels(browser, repeats)
    yield from _measure_new_images(dataset)


def _measure(dataset: fo.Dataset, browser: Browser, deed: Deed, repeats: int) -> Iterator[Row]:
    taken: list[list[Exchange]] = [[], [], []]
    in_effect = _in_effect(dataset)
    for _ in range(repeats):
        before = deed.prepare(browser)
        number = _number(dataset)
        taken[0].append(browser.panel(deed.event, **deed.params()))
        if _number(dataset) != number + 1:
            raise RefusedError(f"'{deed.what}' corrected nothing")
        taken[1].append(browser.panel("undo"))
        taken[2].append(browser.panel("redo"))
        for _ in range(1 + before):
            browser.panel("undo")
        browser.select([])
        if _in_effect(dataset) != in_effect:
            raise RefusedError(f"'{deed.what}' was not undone, or too much was")
    for what, exchanges in zip((deed.what, "  undo", "  redo"), taken, strict=True):
        yield row_of(what, exchanges, CORRECTION)


def _number(dataset: fo.Dataset) -> int:
    """Number of the last correction, undone or not."""
    return part("corrections.reads").read_history(dataset, limit=1)["seq"]


def _in_effect(dataset: fo.Dataset) -> int:
    """Number of corrections that are not undone."""
    return part("corrections.reads").review_progress(dataset)["decisions_made"]


def _measure_history(dataset: fo.Dataset, browser: Browser) -> Iterator[Row]:
    """Times the way back to the beginning and forth again, over many corrections."""
    for cluster in small(MANY):
        browser.panel("confirm_cluster", cluster=cluster)
    entries = part("corrections.reads").read_history(dataset, limit=1)["entries"]
    browser.panel("open_history")
    yield row_of(f"undo all {MANY} corrections", [browser.panel("undo_to", to=0)], CORRECTION)
    back = browser.panel("redo_to", to=entries[0]["number"])
    yield row_of(f"redo all {MANY} corrections", [back], CORRECTION)


def _measure_labels(browser: Browser, repeats: int) -> Iterator[Row]:
    """Times labels for one cluster of twenty, and for the largest."""
    for cluster, what in ((small(1)[0], "one of 20"), (LARGEST, "the largest")):
        browser.panel("open_cluster", cluster=cluster)
        browser.type("naming.name", what)
        browser.panel("confirm_cluster", cluster=cluster)
        written, undone = [], []
        for _ in range(repeats):
            params = {"label_field": "label", "clusters": [cluster]}
            written.append(browser.operator("apply_labels", **params))
            undone.append(browser.panel("undo"))
        yield row_of(f"apply labels of {what}", written, CORRECTION)
        yield row_of("  undo", undone, CORRECTION)


def _measure_new_images(dataset: fo.Dataset) -> Iterator[Row]:
    """Times new images, which are compared with the embeddings of all others."""
    add_images(dataset, NEW_IMAGES)
    assign = part("correcting").assign_new_images
    yield Row(f"place {NEW_IMAGES} new images", [timed(lambda: assign(dataset))])
