"""Search on a torch device against brute force; the CPU is such a device too."""

import numpy as np
import numpy.typing as npt
import pytest
import torch

from gcn.graph.knn_graph import unit_rows
from gcn.knn.exact import exact_neighbors
from gcn.knn.exact_device import DeviceSearch, exact_on_device

from .test_half import UNEVEN, random_rows, uneven_rows

Float32 = npt.NDArray[np.float32]

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.fixture
def early_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half precision is used for sets of any size that have enough groups."""
    monkeypatch.setattr("gcn.knn.exact_device._MIN_SHARE", 0)
    monkeypatch.setattr("gcn.knn.exact_device.GROUP", 4)


def assert_nearest(x: Float32, rows: npt.NDArray[np.int64], k: int, device: str) -> None:
    ids, similarity = exact_on_device(x, rows, k, device)
    cosines = x[rows] @ x.T
    cosines[np.arange(len(rows)), rows] = -2
    np.testing.assert_allclose(similarity, -np.sort(-cosines, axis=1)[:, :k], atol=2e-6)
    np.testing.assert_allclose(np.take_along_axis(cosines, ids, 1), similarity, atol=2e-6)
    assert not (ids == rows[:, None]).any()
    assert all(len(set(row)) == k for row in ids.tolist())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("num_rows", "k"), [(2, 1), (65, 64), (1000, 7), (1001, 30)])
def test_the_nearest_of_some_rows_are_found(num_rows: int, k: int, device: str) -> None:
    x = random_rows(num_rows, 24)
    assert_nearest(x, np.arange(num_rows)[:: max(1, num_rows // 50)], k, device)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("num_rows", [1000, 1001, 1003])
@pytest.mark.usefixtures("early_half")
def test_half_precision_finds_the_same(
    num_rows: int, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, asked = random_rows(num_rows, 24), list[int]()
    again = DeviceSearch._nearest_in_full
    monkeypatch.setattr(
        DeviceSearch,
        "_nearest_in_full",
        lambda search, rows: asked.append(len(rows)) or again(search, rows),
    )
    assert_nearest(x, np.arange(num_rows), 20, device)
    assert sum(asked) < 0.1 * num_rows


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", UNEVEN)
@pytest.mark.usefixtures("early_half")
def test_rows_that_half_precision_cannot_tell_apart_are_compared_in_full(
    kind: str, device: str
) -> None:
    assert_nearest(uneven_rows(kind), np.arange(500), 5, device)
    crowd = unit_rows(1 + 1e-4 * np.random.default_rng(0).normal(size=(700, 12)))
    assert_nearest(crowd, np.arange(0, 700, 3), 5, device)


@pytest.mark.usefixtures("early_half")
def test_copies_are_neighbors_and_nothing_similar_to_no_row_is() -> None:
    x = random_rows(701, 3)
    x[:300] = x[0]
    assert_nearest(x, np.arange(0, 701, 7), 9, "cpu")
    # What fills up the last group is more similar to the first than any row is.
    opposite = np.ascontiguousarray(np.repeat([[1.0, 0], [-1.0, 0]], [1, 400], 0), np.float32)
    ids = exact_on_device(opposite, np.array([0]), 40, "cpu")[0]
    assert ((ids >= 1) & (ids <= 400)).all()


@pytest.mark.parametrize("k", [1, 12])
def test_the_device_and_the_processor_find_the_same(k: int) -> None:
    x = random_rows(3000, 32)
    rows = np.arange(len(x))
    ids, similarity = exact_neighbors(x, rows, k)
    for device in DEVICES:
        found, its_similarity = exact_neighbors(x, rows, k, device=device)
        np.testing.assert_allclose(its_similarity, similarity, atol=1e-6)
        assert (found == ids).mean() > 0.999


def test_a_search_reports_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gcn.knn.exact_device._BLOCK_SCORES", 4096 * 10)
    x, seen = random_rows(4000, 8), list[float]()
    exact_on_device(x, np.arange(400), 3, "cpu", lambda done, _: seen.append(done))
    assert seen == pytest.approx(np.arange(40) * 10 / 400)

    def cancel(done: float, what: str) -> None:
        raise InterruptedError(what)

    with pytest.raises(InterruptedError, match="Nearest neighbors"):
        exact_on_device(x, np.arange(400), 3, "cpu", cancel)


@pytest.mark.usefixtures("early_half")
def test_blocks_are_small_enough_for_the_rows_of_all_candidates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gcn.knn.exact_device._BLOCK_NUMBERS", 60 * 48 * 24)
    monkeypatch.setattr("gcn.knn.exact_device._ROUNDED_ROWS", 100)
    search = DeviceSearch(random_rows(1000, 24), 12, "cpu")
    assert search.rows_per_block == 48
    assert_nearest(random_rows(1000, 24), np.arange(1000), 12, "cpu")
