"""What is divided at a second look, and what is left alone."""

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.sets import BenchmarkSet
from benchmarks.synthetic import synthetic_set
from gcn import cluster, evaluate
from gcn.clustering.result import ClusterResult
from gcn.clustering.second_look import Clustered, look_again, touching
from gcn.graph.knn_graph import unit_rows

from ..conftest import MakeBlobs

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]

_SIZE = 60


@pytest.fixture
def two_far_apart() -> Float32:
    """Sixty images around one direction, sixty around another, then forty around a third."""
    rng = np.random.default_rng(0)
    centers = np.eye(16)[np.repeat([0, 1, 2], [_SIZE, _SIZE, 40])]
    return unit_rows(centers + 0.1 * rng.normal(size=(160, 16)))


def mixed(confidence: float) -> Clustered:
    """The first two directions in one cluster, the third in another."""
    labels = np.repeat([0, 1], [2 * _SIZE, 40])
    return Clustered(labels, np.full(160, confidence, np.float32))


def halves(sure: float) -> Clustered:
    return Clustered(np.repeat([0, 1], _SIZE), np.full(2 * _SIZE, sure, np.float32))


def test_a_cluster_that_comes_apart_surely_is_divided(two_far_apart: Float32) -> None:
    asked: list[Int64] = []

    def alone(rows: Int64) -> Clustered:
        asked.append(rows)
        return halves(0.95)

    found = look_again(two_far_apart, mixed(0.7), 50, alone)
    assert [rows.tolist() for rows in asked] == [list(range(2 * _SIZE))]
    assert (found.looked_at, found.divided) == (1, 1)
    assert found.clustered.labels.tolist() == [0] * _SIZE + [2] * _SIZE + [1] * 40
    np.testing.assert_allclose(found.clustered.confidence[: 2 * _SIZE], 0.95)
    np.testing.assert_allclose(found.clustered.confidence[2 * _SIZE :], 0.7)


@pytest.mark.parametrize(("before", "after"), [(0.7, 0.8), (0.96, 0.95), (0.2, 0.5)])
def test_parts_that_are_not_surer_leave_it_whole(
    two_far_apart: Float32, before: float, after: float
) -> None:
    found = look_again(two_far_apart, mixed(before), 50, lambda _: halves(after))
    assert found.divided == 0
    np.testing.assert_array_equal(found.clustered.labels, mixed(before).labels)
    np.testing.assert_array_equal(found.clustered.confidence, mixed(before).confidence)


def test_parts_that_touch_leave_it_whole(two_far_apart: Float32) -> None:
    every_other = Clustered(np.arange(2 * _SIZE) % 2, np.full(2 * _SIZE, 0.99, np.float32))
    assert look_again(two_far_apart, mixed(0.7), 50, lambda _: every_other).divided == 0


def test_one_part_and_small_clusters_are_left_alone(two_far_apart: Float32) -> None:
    whole = Clustered(np.zeros(2 * _SIZE, np.int64), np.ones(2 * _SIZE, np.float32))
    assert look_again(two_far_apart, mixed(0.7), 50, lambda _: whole).divided == 0
    assert look_again(two_far_apart, mixed(0.7), 120, lambda _: halves(0.95)).looked_at == 0


def test_what_would_take_too_much_memory_is_left_alone() -> None:
    rows = 20_001
    one = Clustered(np.zeros(rows, np.int64), np.zeros(rows, np.float32))
    x = np.broadcast_to(np.float32(1.0), (rows, 1))
    found = look_again(x, one, 80, lambda rows: pytest.fail(f"looked at {len(rows)}"))
    assert (found.looked_at, found.divided) == (0, 0)


def test_where_many_are_large_the_least_confident_are_looked_at() -> None:
    labels = np.repeat(np.arange(100), 30)
    confidence = np.repeat(np.linspace(1.0, 0.0, 100), 30).astype(np.float32)
    seen: list[int] = []

    def alone(rows: Int64) -> Clustered:
        seen.append(int(labels[rows[0]]))
        return Clustered(np.zeros(30, np.int64), np.ones(30, np.float32))

    x = unit_rows(np.random.default_rng(0).normal(size=(3000, 4)))
    assert look_again(x, Clustered(labels, confidence), 20, alone).looked_at == 40
    assert sorted(seen) == list(range(60, 100))


def test_progress_can_cancel(two_far_apart: Float32) -> None:
    def cancel(done: float, what: str) -> None:
        raise KeyboardInterrupt(what)

    with pytest.raises(KeyboardInterrupt, match="Second look"):
        look_again(two_far_apart, mixed(0.7), 50, lambda _: halves(0.95), cancel)


def test_touching_is_the_share_of_images_no_nearer_to_their_own() -> None:
    angles = np.array([0.0, 0.1, 0.2, 0.5, 0.9, 3.0])
    x = unit_rows(np.stack([np.cos(angles), np.sin(angles)], 1))
    # The parts are 0.3 apart; their own nearest are at 0.1, 0.1, 0.1 and 0.4, 0.4.
    assert touching(x, np.array([0, 0, 0, 1, 1, 2])) == pytest.approx(2 / 5)
    assert touching(x[:3], np.array([0, 1, 2])) == 1.0


def test_touching_of_many_rows_is_that_of_a_sample(make_blobs: MakeBlobs) -> None:
    blobs = make_blobs(sizes=(3000, 3000), dim=8, noise=0.1)
    assert touching(blobs.embeddings, blobs.labels) == 0.0
    assert touching(blobs.embeddings, np.arange(6000) % 2) > 0.9


@pytest.fixture(scope="module")
def look_alikes() -> BenchmarkSet:
    """A thousand images, among them classes that look alike, larger than a list of neighbors."""
    return synthetic_set(1000, seed=1)


@pytest.fixture(scope="module")
def found(look_alikes: BenchmarkSet) -> ClusterResult:
    return cluster(look_alikes.embeddings)


def test_look_alikes_are_told_apart(look_alikes: BenchmarkSet, found: ClusterResult) -> None:
    counts = {stage.name: stage.counts for stage in found.stages}
    assert counts["Second look"]["clusters_divided"] > 0
    merged = counts["GCN-C and merging"]["merged_clusters"]
    assert counts["Cluster relations"]["clusters"] > merged
    assert evaluate(look_alikes.labels, found.labels).mean_f > 0.97


def test_no_pure_cluster_reaches_over_two_clusters(found: ClusterResult) -> None:
    pairs = np.unique(np.stack([found.parts, found.labels], 1), axis=0)
    assert len(pairs) == found.parts.max() + 1


def test_what_must_stay_together_does(look_alikes: BenchmarkSet, found: ClusterResult) -> None:
    # The first of every class: those of classes that were told apart at the second look, too.
    _, first = np.unique(look_alikes.labels, return_index=True)
    must = np.stack([first[:-1], first[1:]], 1)
    labels = cluster(look_alikes.embeddings, must_link=must).labels
    assert len(set(labels[first])) == 1 < len(set(found.labels[first]))
