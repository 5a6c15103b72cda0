"""Search by inverted lists against brute force: recall, and what must hold for any set."""

import faiss
import numpy as np
import numpy.typing as npt
import pytest
import torch

from gcn.graph.knn_graph import unit_rows
from gcn.knn.lists import (
    inverted,
    inverted_pairs,
    nearest_lists,
    train_centroids,
    usual_num_lists,
)
from gcn.knn.probes import first_probes
from gcn.knn.search import (
    GIVEN_UP,
    HOPELESS_SHARE,
    MIN_RECALL,
    Neighbors,
    measured_recall,
    nearest_neighbors,
)
from gcn.runtime.progress import Progress

from ..conftest import MakeBlobs

Float32 = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def grouped(make_blobs: MakeBlobs) -> Float32:
    return make_blobs(sizes=(15,) * 400, dim=32, noise=1.0).embeddings


@pytest.fixture(scope="module")
def found(grouped: Float32) -> Neighbors:
    return nearest_neighbors(grouped, 20, exact=False)


def true_recall(x: Float32, found: Neighbors) -> float:
    cosines = x @ x.T
    np.fill_diagonal(cosines, -np.inf)
    k = found.ids.shape[1]
    least = -np.partition(-cosines, k - 1, axis=1)[:, k - 1]
    return float((np.take_along_axis(cosines, found.ids, 1) >= least[:, None] - 1e-6).mean())


def assert_lists(x: Float32, found: Neighbors) -> None:
    """Rows name k different others, with their true cosines, falling."""
    n, k = found.ids.shape
    assert (found.ids >= 0).all()
    assert not (found.ids == np.arange(n)[:, None]).any()
    assert all(len(set(row)) == k for row in found.ids.tolist())
    assert (np.diff(found.similarity, axis=1) <= 0).all()
    cosines = np.einsum("id,ikd->ik", x, x[found.ids])
    np.testing.assert_allclose(found.similarity, np.clip(cosines, -1, 1), atol=2e-6)
    assert sorted(found.order.tolist()) == list(range(n))


def test_lists_find_nearly_all_neighbors_and_measure_it(grouped: Float32, found: Neighbors) -> None:
    assert_lists(grouped, found)
    assert found.recall >= MIN_RECALL
    assert true_recall(grouped, found) == pytest.approx(found.recall, abs=0.01)
    assert found.counts["lists"] == usual_num_lists(6000)
    assert found.counts["lists_searched"] > first_probes(6000, usual_num_lists(6000), 20)
    assert found.counts["rows_checked"] == 1000


def test_the_same_rows_give_the_same_neighbors(grouped: Float32, found: Neighbors) -> None:
    again = nearest_neighbors(grouped, 20, exact=False)
    np.testing.assert_array_equal(again.ids, found.ids)
    np.testing.assert_array_equal(again.similarity, found.similarity)


def test_of_many_rows_no_more_lists_are_searched_than_allowed(
    grouped: Float32, found: Neighbors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcn.knn.search.MANY_ROWS", 5999)
    monkeypatch.setattr("gcn.knn.search.MAX_FURTHER", 4.0)
    fewer = nearest_neighbors(grouped, 20, exact=False)
    assert_lists(grouped, fewer)
    first = first_probes(6000, usual_num_lists(6000), 20)
    assert first < fewer.counts["lists_searched"] <= first + 5
    assert fewer.counts["lists_searched"] < found.counts["lists_searched"]
    assert fewer.recall < MIN_RECALL  # and says so
    assert true_recall(grouped, fewer) == pytest.approx(fewer.recall, abs=0.02)


@pytest.mark.parametrize("copies", [3, 50, 400])
def test_duplicates_are_neighbors_of_each_other(copies: int) -> None:
    x = np.random.default_rng(0).normal(size=(1000, 24)).astype(np.float32)
    x[:copies] = x[0]
    x = unit_rows(x)
    found = nearest_neighbors(x, 10, exact=False)
    assert_lists(x, found)
    same = min(copies - 1, 10)
    np.testing.assert_allclose(found.similarity[:copies, :same], 1.0, atol=1e-6)


def test_noise_without_groups_is_searched_exactly_which_is_said() -> None:
    x = unit_rows(np.random.default_rng(1).normal(size=(3000, 200)))
    seen: list[float] = []
    found = nearest_neighbors(x, 10, lambda done, _: seen.append(done), exact=False)
    assert found.recall == true_recall(x, found) == 1.0
    assert found.counts[GIVEN_UP] > HOPELESS_SHARE * usual_num_lists(3000)
    assert nearest_neighbors(x, 10, exact=True).counts == {}
    assert seen == sorted(seen)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_few_dimensions_are_searched_too(dim: int) -> None:
    x = unit_rows(np.random.default_rng(dim).normal(size=(2000, dim)))
    found = nearest_neighbors(x, 7, exact=False)
    assert_lists(x, found)
    assert true_recall(x, found) >= MIN_RECALL


def test_search_reports_progress_that_rises_and_can_be_cancelled(grouped: Float32) -> None:
    seen: list[float] = []
    nearest_neighbors(grouped, 20, lambda done, _: seen.append(done), exact=False)
    assert seen == sorted(seen)
    assert seen[-1] > 0.8

    def cancel(done: float, what: str) -> None:
        raise InterruptedError(what)

    for exact in (True, False):
        with pytest.raises(InterruptedError, match="Nearest neighbors"):
            nearest_neighbors(grouped, 5, cancel, exact=exact)
    assert torch.get_num_threads() >= 1


def test_training_of_lists_can_be_cancelled_in_every_step(grouped: Float32) -> None:
    told: list[tuple[float, str]] = []
    nearest_neighbors(grouped, 5, lambda *step: told.append(step), exact=False)
    before = told[: [what for _, what in told].index("Nearest neighbors: lists")]
    steps = {what for _, what in before}
    assert steps == {"Nearest neighbors", "Nearest neighbors: centroids"}
    assert len(before) == 4 + 5  # rounds of training, blocks of true neighbors

    def cancel_at(last: tuple[float, str]) -> Progress:
        def report(done: float, what: str) -> None:
            if (done, what) == last:
                raise InterruptedError(what)

        return report

    for step in before:
        with pytest.raises(InterruptedError, match=step[1]):
            nearest_neighbors(grouped, 5, cancel_at(step), exact=False)


@pytest.mark.parametrize("rows", [6000, 700])
def test_centroids_are_those_of_one_run_of_spherical_k_means(grouped: Float32, rows: int) -> None:
    x, num_lists = grouped[:rows], 200
    kmeans = faiss.Kmeans(32, num_lists, niter=4, spherical=True, min_points_per_centroid=1, seed=1)
    sample = np.random.default_rng(0).permutation(rows)[: 32 * num_lists]
    kmeans.train(x[np.sort(sample)])
    np.testing.assert_array_equal(train_centroids(x, num_lists), kmeans.centroids)


def test_nearest_lists_are_those_of_brute_force(grouped: Float32) -> None:
    centroids = train_centroids(grouped, 50)
    np.testing.assert_allclose(np.linalg.norm(centroids, axis=1), 1.0, atol=1e-5)
    probes = nearest_lists(grouped, centroids, 6)
    expected = -np.sort(-(grouped @ centroids.T), axis=1)[:, :6]
    of_probes = np.take_along_axis(grouped @ centroids.T, probes.astype(np.int64), 1)
    np.testing.assert_allclose(of_probes, expected, atol=1e-6)


def test_inverted_lists_hold_each_row_where_it_probes() -> None:
    probes = np.array([[2, 0], [1, 2], [2, 1]], np.int32)
    lists = inverted(probes, 4)
    assert [lists.of(number).tolist() for number in range(4)] == [[0], [1, 2], [0, 1, 2], []]


def test_rows_may_probe_different_numbers_of_lists() -> None:
    count, numbers = np.array([2, 0, 1]), np.array([3, 1, 3], np.int32)
    lists = inverted_pairs(count, numbers, 4, offset=7)
    assert [lists.of(number).tolist() for number in range(4)] == [[], [7], [], [7, 9]]


def test_recall_counts_equals_as_found() -> None:
    found = np.array([[0.9, 0.8, 0.8], [0.9, 0.5, 0.4]], np.float32)
    assert measured_recall(found, np.array([0.8, 0.5], np.float32)) == pytest.approx(5 / 6)


@pytest.mark.parametrize("num_rows", [2, 3, 7, 60])
def test_the_smallest_sets_are_searched_too(num_rows: int) -> None:
    x = unit_rows(np.random.default_rng(num_rows).normal(size=(num_rows, 4)))
    found = nearest_neighbors(x, num_rows - 1, exact=False)
    assert_lists(x, found)
    assert true_recall(x, found) >= MIN_RECALL


def test_probes_that_do_not_fit_are_made_in_pieces_with_the_same_result(
    grouped: Float32, found: Neighbors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcn.knn.search.HELD_PROBES", 10_000)
    pieces = nearest_neighbors(grouped, 20, exact=False)
    np.testing.assert_array_equal(pieces.ids, found.ids)


def test_a_search_that_falls_short_goes_on(
    grouped: Float32, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcn.knn.search._PLANNED_RECALL", 0.5)
    found = nearest_neighbors(grouped, 20, exact=False)
    assert_lists(grouped, found)
    assert found.recall >= MIN_RECALL
