"""The estimates of memory, and that too much is refused before the work."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from gcn import cluster, knn_graph, train
from gcn.clustering.assign import assign
from gcn.clustering.neighborhood import neighborhood_bytes
from gcn.graph.memory import FIXED_BYTES, Size, graph_bytes, needed_bytes, size_of
from gcn.training.config import TrainConfig
from gcn.training.train import labeled_set, train_on
from gcn.training.train_memory import training_bytes
from gcn.training.training_graphs import num_variants

HUGE = np.broadcast_to(np.ones((1, 1), np.float16), (200_000, 2_000_000))


class ManyRows:
    """Looks like a list of more rows than any memory holds, and can be read only at its start."""

    def __len__(self) -> int:
        return len(HUGE)

    def __getitem__(self, row: int) -> npt.NDArray[np.float16]:
        assert row == 0
        return HUGE[row]


def grouped(num_rows: int, dimensions: int, groups: int = 40) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((groups, dimensions), np.float32)
    noise = rng.standard_normal((num_rows, dimensions), np.float32)
    return centers[np.arange(num_rows) % groups] + noise


def peak_of(run: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def assert_close(peak: int, expected: int) -> None:
    assert 0.5 * (expected - FIXED_BYTES) < peak < expected


def test_half_a_million_rows_need_less_than_4_gb_and_growth_is_linear() -> None:
    assert needed_bytes(584_013, 256, 80) < 4e9
    assert needed_bytes(5_840_130, 256, 80) < 10 * needed_bytes(584_013, 256, 80)


@pytest.mark.parametrize(
    ("num_rows", "dimensions", "k"), [(8000, 256, 80), (4000, 32, 400), (2500, 2048, 20)]
)
def test_a_clustering_takes_what_was_estimated(num_rows: int, dimensions: int, k: int) -> None:
    rows = grouped(num_rows, dimensions)
    cluster(rows[:500], k=20)  # compiles
    peak = peak_of(lambda: cluster(rows, k=k))
    assert_close(peak, needed_bytes(num_rows, dimensions, k))


@pytest.mark.parametrize(("num_rows", "dimensions", "k"), [(8000, 256, 80), (3000, 16, 900)])
@pytest.mark.parametrize("exact_rows", [0, 40_000])
def test_a_graph_takes_what_was_estimated(
    num_rows: int, dimensions: int, k: int, exact_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcn.knn.search.EXACT_ROWS", exact_rows)
    # Blocks in single precision are smaller, and the estimate is of either.
    monkeypatch.setattr("gcn.knn.exact.pays_in_half", lambda *_: exact_rows > 0)
    rows = grouped(num_rows, dimensions)
    knn_graph(rows[:500], k=20)  # compiles
    peak = peak_of(lambda: knn_graph(rows, k))
    # A block of an exact search is not all there in a search by lists.
    least = 4 * num_rows * dimensions + 8 * num_rows * k
    assert 0.9 * least < peak < graph_bytes(num_rows, dimensions, k) - 0.5 * FIXED_BYTES
    if exact_rows:
        assert_close(peak, graph_bytes(num_rows, dimensions, k))


def test_placing_takes_what_was_estimated() -> None:
    rows = grouped(6000, 256)
    labels = np.arange(5000) % 40
    assign(rows[:400], labels[:400], rows[400:500])  # compiles
    peak = peak_of(lambda: assign(rows[:5000], labels, rows[5000:]))
    assert_close(peak, needed_bytes(6000, 256, 80))


@pytest.mark.parametrize(("num_rows", "dimensions"), [(12_000, 256), (8000, 768)])
def test_placing_by_a_neighborhood_takes_what_was_estimated(num_rows: int, dimensions: int) -> None:
    rows = grouped(num_rows, dimensions, num_rows // 40)
    labels = np.arange(num_rows - 2) % (num_rows // 40)
    assign(rows[:400], labels[:400], rows[-2:], whole=False)  # compiles
    peak = peak_of(lambda: assign(rows[:-2], labels, rows[-2:], whole=False))
    assert_close(peak, neighborhood_bytes(num_rows - 2, 2, dimensions, 80))


@pytest.mark.slow
@pytest.mark.parametrize(("num_unknown", "num_classes"), [(0, 200), (2000, 200), (0, 4)])
def test_training_takes_what_was_estimated(num_unknown: int, num_classes: int) -> None:
    config = TrainConfig(max_rows=400, max_whole_rows=1000, epochs_v=1, epochs_c=1)
    rows, labels = grouped(4000, 64, num_classes), np.arange(4000) % num_classes
    labels[:num_unknown] = -1
    train_on([labeled_set(rows[-600:], labels[-600:])], config=config)  # compiles
    peak = peak_of(lambda: train_on([labeled_set(rows, labels)], config=config))
    variants = num_variants(labels, config.variants)
    size = Size(4000, 64, 0)
    assert_close(peak, training_bytes(size, num_unknown, num_classes, variants, config))


def test_rows_in_a_list_count_as_the_array_that_is_made_of_them() -> None:
    assert size_of([[1.0, 2.0, 3.0]] * 5) == (5, 3, 8)
    assert size_of([np.ones(3, np.float16)] * 5) == (5, 3, 2)
    assert size_of(np.ones((5, 3))) == (5, 3, 0)
    rows = np.random.default_rng(0).standard_normal((3000, 400)).tolist()
    assert peak_of(lambda: np.asarray(rows)) < 3000 * 400 * 9


@pytest.mark.parametrize(
    "nothing", [[], {}, "rows", 7, None, [1.0, 2.0], np.ones(3), np.ones((0, 3)), iter([[1.0]])]
)
def test_what_has_no_size_is_left_to_the_check_of_rows(nothing: object) -> None:
    assert size_of(nothing) is None  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("rows", [HUGE, ManyRows()], ids=["map", "list"])
@pytest.mark.parametrize(
    ("run", "told"),
    [
        (lambda x: cluster(x), "with k=80 need .* use a smaller k, fewer dimensions"),
        (lambda x: knn_graph(x), "with k=80 need .* use a smaller k, fewer dimensions"),
        (
            lambda x: assign(x, [0], HUGE[:1]),
            "old and new ones together, need .* place them among fewer others",
        ),
        (
            lambda x: train(x, np.ones(len(x), np.int8)),
            "to train on need .* leave out images",
        ),
    ],
    ids=["cluster", "knn_graph", "assign", "train"],
)
def test_what_does_not_fit_is_refused_unread_with_what_to_change(
    rows: npt.ArrayLike, run: Callable[[npt.ArrayLike], object], told: str
) -> None:
    with pytest.raises(MemoryError, match=rf"200,00\d embeddings of 2,000,000 dimensions.*{told}"):
        run(rows)
