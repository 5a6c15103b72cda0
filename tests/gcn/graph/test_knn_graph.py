"""The kNN graph against brute force in float64."""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gcn.graph.knn_graph import (
    KNNGraph,
    check_k,
    fixed_unit_rows,
    in_degrees,
    knn_graph,
    suitable_k,
    unit_rows,
)
from gcn.runtime.fixed_point import fixed, floats

Floats = npt.NDArray[np.floating]


def cosines(embeddings: Floats) -> npt.NDArray[np.float64]:
    x = embeddings.astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x @ x.T


def assert_nearest(graph: KNNGraph, embeddings: Floats, k: int) -> None:
    """Similarities must be the k largest of each row; ids may differ where those are equal."""
    expected = cosines(embeddings)
    np.fill_diagonal(expected, -np.inf)
    falling = -np.sort(-expected, axis=1)[:, :k]
    np.testing.assert_allclose(graph.similarity, falling, atol=2e-6)
    of_ids = np.take_along_axis(expected, graph.neighbors.astype(np.int64), axis=1)
    np.testing.assert_allclose(of_ids, falling, atol=2e-6)
    assert all(len(set(row)) == k for row in graph.neighbors.tolist())


@pytest.mark.parametrize(("n", "dim", "k"), [(300, 16, 7), (50, 3, 49), (2, 1, 1), (400, 64, 80)])
def test_knn_graph_matches_brute_force(n: int, dim: int, k: int) -> None:
    embeddings = np.random.default_rng(n).normal(size=(n, dim))
    graph = knn_graph(embeddings, k)
    assert graph.neighbors.shape == graph.similarity.shape == (n, k)
    assert (graph.neighbors.dtype, graph.similarity.dtype) == (np.int32, np.float32)
    assert_nearest(graph, embeddings, k)


def test_knn_graph_of_more_rows_than_one_query_block_matches_brute_force() -> None:
    embeddings = np.random.default_rng(0).normal(size=(20_000, 8)).astype(np.float32)
    graph = knn_graph(embeddings, 3)
    assert not (graph.neighbors == np.arange(20_000)[:, None]).any()
    rows = np.array([0, 1, 16_383, 16_384, 19_999])
    x = unit_rows(embeddings)
    expected = x[rows] @ x.T
    expected[np.arange(len(rows)), rows] = -np.inf
    assert graph.neighbors[rows].tolist() == np.argsort(-expected, axis=1)[:, :3].tolist()


@pytest.mark.parametrize("copies", [5, 30])
def test_knn_graph_keeps_duplicates_and_excludes_self_by_id(copies: int) -> None:
    embeddings = np.random.default_rng(1).normal(size=(100, 8))
    embeddings[20 : 20 + copies] = embeddings[0]
    graph = knn_graph(embeddings, 10)
    assert not (graph.neighbors == np.arange(100)[:, None]).any()
    assert_nearest(graph, embeddings, 10)
    same = min(copies, 10)
    np.testing.assert_allclose(graph.similarity[0, :same], 1.0, atol=1e-6)


def test_knn_graph_of_identical_rows_excludes_self() -> None:
    graph = knn_graph(np.ones((40, 6)), 5)
    assert not (graph.neighbors == np.arange(40)[:, None]).any()
    np.testing.assert_allclose(graph.similarity, 1.0, atol=1e-6)


def test_similarities_span_minus_one_to_one_and_never_leave_it() -> None:
    direction = np.random.default_rng(2).normal(size=12).astype(np.float32)
    embeddings = np.stack([direction, -direction, 3 * direction, np.roll(direction, 1)])
    graph = knn_graph(embeddings, 3)
    assert graph.similarity[0, 0] == pytest.approx(1.0)
    assert graph.similarity[1, -1] == pytest.approx(-1.0)
    assert np.abs(graph.similarity).max() <= 1.0


def test_rows_of_similarity_fall() -> None:
    graph = knn_graph(np.random.default_rng(3).normal(size=(200, 5)), 30)
    assert (np.diff(graph.similarity, axis=1) <= 0).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
def test_number_type_and_length_of_rows_do_not_matter(dtype: type[np.generic]) -> None:
    rows = np.random.default_rng(4).integers(-9, 10, (60, 7))
    rows[:, 0] = 3
    as_given = knn_graph(rows.astype(dtype), 5)
    longer = knn_graph(rows * np.linspace(1, 50, 60)[:, None], 5)
    np.testing.assert_allclose(as_given.similarity, longer.similarity, atol=1e-6)


def test_permuting_rows_permutes_the_graph() -> None:
    embeddings = np.random.default_rng(5).normal(size=(120, 9))
    order = np.random.default_rng(6).permutation(120)
    graph, permuted = knn_graph(embeddings, 6), knn_graph(embeddings[order], 6)
    assert order[permuted.neighbors].tolist() == graph.neighbors[order].tolist()


def test_unit_rows_leaves_its_argument_alone() -> None:
    embeddings = np.full((3, 4), 2.0, np.float32)
    x = unit_rows(embeddings)
    assert (embeddings == 2.0).all()
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1.0, atol=1e-6)


def test_in_degrees_count_the_lists_of_all_blocks() -> None:
    neighbors = np.random.default_rng(5).integers(0, 9000, (9000, 200)).astype(np.int32)
    found = in_degrees(neighbors)
    np.testing.assert_array_equal(found, np.bincount(neighbors.ravel(), minlength=9000))


def test_fixed_unit_rows_are_unit_rows_in_fixed_point() -> None:
    embeddings = np.random.default_rng(3).normal(size=(5000, 33))
    expected = unit_rows(embeddings)
    for given in (embeddings, embeddings.astype(np.float16)):
        found = fixed_unit_rows(given)
        assert found.dtype == np.int16
        np.testing.assert_allclose(floats(found), expected, atol=1e-3)
    np.testing.assert_array_equal(fixed_unit_rows(embeddings), fixed(expected))
    with pytest.raises(ValueError, match=r"row 4\)"):
        fixed_unit_rows(np.where(np.arange(5)[:, None] == 4, 0.0, 1.0))


def test_a_memory_map_that_shrinks_gives_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, np.ones((3000, 64), np.float32))
    mapped = np.load(path, mmap_mode="r")
    np.testing.assert_allclose(unit_rows(mapped), 0.125)
    os.truncate(path, 5000)
    for part in (mapped, mapped[1500:], np.asarray(mapped), np.asarray(mapped)[::2]):
        with pytest.raises(ValueError, match=r"shorter while it was read \(it has 5,000 bytes, of"):
            unit_rows(part)


def test_a_memory_map_whose_file_was_deleted_or_replaced_is_read_as_it_was(tmp_path: Path) -> None:
    path, other = tmp_path / "rows.npy", tmp_path / "other.npy"
    np.save(path, np.ones((3000, 64), np.float32))
    mapped = np.load(path, mmap_mode="r")
    np.save(other, np.zeros((2, 2), np.float32))
    other.replace(path)
    np.testing.assert_allclose(unit_rows(mapped), 0.125)
    path.unlink()
    np.testing.assert_allclose(unit_rows(mapped[5:]), 0.125)


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32])
def test_unit_rows_of_many_blocks_are_those_of_one(dtype: type[np.generic]) -> None:
    rows = np.random.default_rng(7).integers(1, 90, (4100, 4096)).astype(dtype)
    expected = unit_rows(rows[3000:3100])
    np.testing.assert_array_equal(unit_rows(rows)[3000:3100], expected)


def test_unit_rows_of_very_long_and_very_short_rows() -> None:
    x = unit_rows(np.array([[3e38, 3e38], [1e-30, 0.0]], np.float32))
    np.testing.assert_allclose(x, [[0.5**0.5, 0.5**0.5], [1.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize(
    ("embeddings", "match"),
    [
        ([1.0, 2.0, 3.0], r"must have shape \(N, D\) .* \(got shape \(3,\)\)"),
        (np.zeros((0, 4)), r"must have shape \(N, D\) .* \(got shape \(0, 4\)\)"),
        (np.zeros((4, 0)), r"must have shape \(N, D\) .* \(got shape \(4, 0\)\)"),
        (np.ones((2, 2, 2)), r"must have shape \(N, D\) .* \(got shape \(2, 2, 2\)\)"),
        ([["a", "b"], ["c", "d"]], r"must be one array of numbers .* \(got dtype <U1"),
        (np.ones((3, 2), complex), r"must be one array of numbers .* \(got dtype complex128"),
        ([[1, 2], [np.nan, 1], [0, np.inf]], r"2 of 3 rows hold NaN .* first is row 1\)"),
        ([[1, 2], [1, 1], [0, 0]], r"1 of 3 rows are zero \(the first is row 2\)"),
    ],
)
def test_unusable_embeddings_raise_one_sentence(embeddings: npt.ArrayLike, match: str) -> None:
    with pytest.raises(ValueError, match=match) as caught:
        knn_graph(embeddings, 1)
    assert "\n" not in str(caught.value)


def test_rows_of_mixed_dimensions_raise_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"'embeddings' must have rows of equal length"):
        knn_graph([[1.0, 2.0], [1.0, 2.0, 3.0]], 1)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("k", [2.0, "3", None, True, np.float32(2)])
def test_k_of_another_type_raises(k: object) -> None:
    with pytest.raises(TypeError, match=r"'k' must be a whole number of at least 1 \(got "):
        knn_graph(np.eye(5), k)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("k", "match"),
    [
        (0, r"'k' must be at least 1 \(got 0\)"),
        (-3, r"'k' must be at least 1 \(got -3\)"),
        (5, r"'k' must be smaller than the number of embeddings \(got k=5, N=5\)"),
        (80, r"'k' must be smaller than the number of embeddings \(got k=80, N=5\)"),
    ],
)
def test_k_out_of_range_raises(k: int, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        knn_graph(np.eye(5), k)


def test_a_k_beyond_16_bits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'k' must be at most 32,000 \(got 33,000\)"):
        check_k(33_000, 40_000)


def test_k_may_be_a_numpy_integer() -> None:
    assert check_k(np.int64(4), 5) == 4  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("most", [5, 80, 200])
def test_small_sets_have_shorter_lists_and_large_ones_as_long_as_asked_for(most: int) -> None:
    chosen = [suitable_k(n, most) for n in range(2, 5_000)]
    assert all(0 < k < n for n, k in enumerate(chosen, 2))
    assert chosen == sorted(chosen)
    assert chosen[-1] == most
    # A third of the set at most, but for sets of some dozens.
    assert all(k <= n / 3 for n, k in enumerate(chosen, 2) if n >= 55)
    assert all(k >= min(10, n - 1, most) for n, k in enumerate(chosen, 2))


def test_one_embedding_has_no_neighbor() -> None:
    with pytest.raises(ValueError, match=r"smaller than the number of embeddings \(got k=1, N=1"):
        knn_graph([[1.0, 0.0]], 1)
