"""Exact search against brute force, in blocks that do not depend on the number of cores."""

import faiss
import numpy as np
import numpy.typing as npt
import pytest

from gcn.graph.knn_graph import unit_rows
from gcn.knn.exact import exact_neighbors
from gcn.runtime import parallel

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@pytest.fixture(autouse=True)
def in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the processor is quicker with."""
    monkeypatch.setattr("gcn.knn.exact_half.half_is_quicker", lambda: False)


def random_rows(num_rows: int, dim: int) -> Float32:
    return unit_rows(np.random.default_rng(num_rows).normal(size=(num_rows, dim)))


@pytest.mark.parametrize("rows", [[0], [3, 999, 3, 17], list(range(1000))])
def test_the_most_similar_others_are_found_and_fall(rows: list[int]) -> None:
    x, asked = random_rows(1000, 24), np.array(rows)
    ids, similarity = exact_neighbors(x, asked, 7)
    cosines = x[asked] @ x.T
    cosines[np.arange(len(asked)), asked] = -np.inf
    np.testing.assert_array_equal(ids, np.argsort(-cosines, axis=1)[:, :7])
    np.testing.assert_allclose(similarity, np.sort(cosines, axis=1)[:, :-8:-1], atol=1e-6)
    assert (ids.dtype, similarity.dtype) == (np.int32, np.float32)


def test_copies_are_neighbors_and_no_row_is_its_own() -> None:
    x = random_rows(600, 8)
    x[100:200] = x[100]
    ids, similarity = exact_neighbors(x, np.arange(600), 5)
    assert not (ids == np.arange(600)[:, None]).any()
    assert ((ids[100:200] >= 100) & (ids[100:200] < 200)).all()
    np.testing.assert_allclose(similarity[100:200], 1.0, atol=1e-6)


def test_every_digit_is_the_same_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    x, found = random_rows(3000, 192), []
    usual = faiss.omp_get_max_threads()
    for cores in (1, 2, 5, usual):
        monkeypatch.setattr(parallel, "num_threads", lambda cores=cores: cores)
        faiss.omp_set_num_threads(cores)
        found.append(exact_neighbors(x, np.arange(3000), 80))
    for ids, similarity in found[1:]:
        np.testing.assert_array_equal(ids, found[0][0])
        np.testing.assert_array_equal(similarity, found[0][1])


def test_a_search_can_be_cancelled() -> None:
    calls: list[float] = []

    def cancel(done: float, what: str) -> None:
        assert what == "Nearest neighbors"
        calls.append(done)
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exact_neighbors(random_rows(5000, 4), np.arange(5000), 3, progress=cancel)
    assert calls == [0.0, 384 / 5000]
