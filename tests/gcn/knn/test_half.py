"""Products in half precision against those of the rows themselves."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from gcn.graph.knn_graph import unit_rows
from gcn.knn.exact import exact_neighbors
from gcn.knn.half import (
    Half,
    Vectors,
    excess,
    half_is_quicker,
    one_number,
    slack,
    vectors,
)
from gcn.knn.kernels import positive_columns
from gcn.knn.search import nearest_neighbors

Float32 = npt.NDArray[np.float32]


@pytest.fixture
def half_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gcn.knn.half.half_is_quicker", lambda: True)


def random_rows(num_rows: int, dimensions: int) -> Float32:
    return unit_rows(np.random.default_rng(num_rows).normal(size=(num_rows, dimensions)))


UNEVEN = ("few numbers", "equal numbers", "one large number")


def uneven_rows(kind: str) -> Float32:
    """Rows whose errors of rounding add up: in few dimensions, or the same in all."""
    rng = np.random.default_rng(0)
    if kind == "few numbers":
        return unit_rows((1 + 0.1 * rng.normal(size=(500, 200))) * (np.arange(200) < 4))
    if kind == "equal numbers":
        return unit_rows((rng.random((500, 700)) < rng.uniform(0.4, 0.5, (500, 1))) + 0.0)
    return unit_rows(1 + 30 * (np.arange(100) == 5) + rng.normal(size=(500, 100)))


def halves(x: Float32) -> Half:
    half = vectors(x).half
    assert half is not None
    return half


@pytest.mark.parametrize("x", [*map(uneven_rows, UNEVEN), random_rows(9, 2), random_rows(400, 999)])
@pytest.mark.usefixtures("half_wanted")
def test_products_are_off_by_no_more_than_is_allowed(x: Float32) -> None:
    half = halves(x)
    rounded = half.numbers[:, :-2].double().numpy()
    off = np.abs(rounded @ rounded.T - x.astype(float) @ x.T)
    assert (off <= slack(half.error, half.error)[:, None]).all()
    assert slack(half.error, half.error).max() <= 2.0**-7 + 2.0**-14


@pytest.mark.parametrize("in_half", [True, False])
def test_excess_is_exact_around_zero(in_half: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gcn.knn.half.half_is_quicker", lambda: in_half)
    x, others = random_rows(30, 256), random_rows(50, 256)
    cosines = x @ others.T
    least = np.median(cosines, axis=1)
    both = vectors(x)
    out = torch.empty((30, 50), dtype=both.dtype)
    beyond = excess(both, least, vectors(others), out)
    clear = np.abs(cosines - least[:, None]) > 0.005
    np.testing.assert_array_equal((beyond > 0)[clear], (cosines > least[:, None])[clear])
    limit = one_number(0.05, both.dtype)
    far = np.abs(cosines - least[:, None] - 0.05) > 0.005
    below = beyond < limit
    np.testing.assert_array_equal(below[far], (cosines < least[:, None] + 0.05)[far])


def test_rows_are_kept_in_half_only_where_that_is_quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    x = random_rows(10, 8)
    for quicker in (True, False):
        monkeypatch.setattr("gcn.knn.half.half_is_quicker", lambda quicker=quicker: quicker)
        assert (vectors(x).half is not None) == quicker
        assert (vectors(x).dtype == torch.bfloat16) == quicker
    assert Vectors(x, None).rows(slice(2, 5)).full.shape == (3, 8)


@pytest.mark.skipif(not Path("/proc/cpuinfo").is_file(), reason="the kernel lists no features")
def test_half_is_quicker_where_the_processor_multiplies_it() -> None:
    listed = Path("/proc/cpuinfo").read_text().split()
    assert half_is_quicker() == ("avx512_bf16" in listed)


@pytest.mark.parametrize("quicker", [True, False])
def test_both_precisions_find_the_same_neighbors(
    quicker: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcn.knn.half.half_is_quicker", lambda: quicker)
    centers = np.random.default_rng(0).normal(size=(300, 48))
    noise = np.random.default_rng(1).normal(size=(4500, 48))
    x = unit_rows(np.repeat(centers, 15, axis=0) + 1.0 * noise)
    found = nearest_neighbors(x, 20, exact=False)
    ids, similarity = exact_neighbors(x, np.arange(len(x)), 20)
    assert found.counts["lists_searched"] > 8
    assert (found.similarity >= similarity[:, -1:] - 1e-6).mean() >= 0.965
    same = found.ids == ids
    np.testing.assert_allclose(found.similarity[same], similarity[same], atol=1e-6)


def test_columns_above_zero_and_below_a_limit_are_picked() -> None:
    numbers = np.random.default_rng(0).normal(size=(7, 75)).astype(np.float32)
    count, columns = np.empty(7, np.int64), np.empty(7 * 75, np.int32)
    total = positive_columns(numbers, np.float32(1.0), count, columns)
    rows, expected = np.nonzero((numbers > 0) & (numbers < 1))
    np.testing.assert_array_equal(columns[:total], expected)
    np.testing.assert_array_equal(count, np.bincount(rows, minlength=7))
