"""A cluster that falls into thousands of pieces takes time in proportion to their number."""

import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from benchmarks.app_dataset import ids_of_cluster
from benchmarks.app_dataset import make_dataset as make_reviewed

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]

FEW, MANY = 500, 2_000
# What grows in proportion takes 4 times as much at most, what grows with the square 16 times.
MOST = 8


class Work(NamedTuple):
    """What a correction takes."""

    seconds: float
    """Of this process, on all its threads."""
    documents: int
    """That MongoDB gave, wrote or deleted."""
    scanned: int
    """Documents and index entries that it looked at."""


@pytest.fixture
def large() -> Iterator["fo.Dataset"]:
    """A dataset with a cluster of more than `MANY` images."""
    dataset = make_reviewed(5_000, 4)[0]
    yield dataset
    dataset.delete()


def work_of(act: Callable[[], object]) -> Work:
    """Measures a correction; the server is this process's own."""
    import fiftyone.core.odm as foo

    def counters() -> tuple[int, int]:
        metrics = foo.get_db_conn().command("serverStatus")["metrics"]
        looked = metrics["queryExecutor"]
        return sum(metrics["document"].values()), looked["scanned"] + looked["scannedObjects"]

    documents, scanned = counters()
    begun = time.process_time()
    act()
    seconds = time.process_time() - begun
    after = counters()
    return Work(seconds, after[0] - documents, after[1] - scanned)


def test_a_split_its_undo_and_its_redo_grow_with_the_number_of_pieces(
    large: "fo.Dataset", write: ModuleType
) -> None:
    items = ids_of_cluster(large, "c00000")
    assert len(items) > MANY

    def measure(pieces: int) -> list[Work]:
        groups = [[item] for item in items[:pieces]]
        steps = (
            lambda: write.split_cluster(large, "c00000", by="groups", groups=groups),
            lambda: write.undo_correction(large),
            lambda: write.redo_correction(large),
        )
        works = [work_of(step) for step in steps]
        assert len(large.distinct("cluster.cluster_id")) == 4 + pieces
        write.undo_correction(large)
        return works

    measure(FEW)  # loads and connects
    for few, many in zip(measure(FEW), measure(MANY), strict=True):
        assert many.seconds < MOST * few.seconds
        assert many.documents < MOST * few.documents
        assert many.scanned < MOST * few.scanned


def plain(value: Any) -> Any:
    """Words a stored value so that it can be compared, ids in whatever order they are."""
    if isinstance(value, bytes):
        return sorted(value[start : start + 12] for start in range(0, len(value), 12))
    return str(sorted(value.items()) if isinstance(value, dict) else value)


def test_after_a_split_into_many_all_is_there_that_run_and_log_say(
    large: "fo.Dataset", write: ModuleType, open_review: Callable[..., Any], plugin_part: Part
) -> None:
    tables = open_review(large).tables

    def stored(name: str, *fields: str) -> list[tuple[Any, ...]]:
        found = getattr(tables, name).find(tables.query())
        return sorted(tuple(plain(document[field]) for field in fields) for document in found)

    def lists() -> list[Any]:
        cards = stored("clusters", "cluster", "size", "exemplars", "sources", "verdicts", "parts")
        return [cards, stored("members", "cluster", "items")]

    def near() -> set[Any]:
        return set(stored("pairs", "first", "second", "strength", "settles", "verdict"))

    before = [*lists(), near()]
    groups = [[item] for item in ids_of_cluster(large, "c00000")[:MANY]]
    write.split_cluster(large, "c00000", by="groups", groups=groups)
    after = [*lists(), near()]
    write.undo_correction(large)
    assert [*lists(), near()] == before
    write.redo_correction(large)
    assert [*lists(), near()] == after
    plugin_part("operators").load_run(large, "cluster")
    assert lists() == after[:2]
    # To a cluster that was not rewritten, some of the pieces may now be nearest, too.
    assert near() >= {pair for pair in after[2] if pair[0] == "0" or int(pair[1]) >= 4}
