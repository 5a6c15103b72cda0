import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.crowds import Crowd, gaussian_classes
from gcn import cluster
from gcn.clustering import neighborhood
from gcn.clustering.assign import assign


def blobs(sizes: list[int], seed: int = 0, noise: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centers = np.linalg.qr(rng.normal(size=(32, 32)))[0][: len(sizes)]
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return (centers[labels] + rng.normal(0, noise, (len(labels), 32))).astype(np.float32), labels


def test_new_images_join_the_clusters_they_resemble() -> None:
    x, labels = blobs([30] * 6)
    is_new = np.arange(len(x)) % 3 == 0
    numbers = np.array([4, 17, 2, 90, 8, 11])  # clusters may have any numbers
    found = assign(x[~is_new], numbers[labels[~is_new]], x[is_new])
    assert (found.labels == numbers[labels[is_new]]).mean() >= 0.98
    assert found.confidence.min() >= 0
    assert found.confidence.max() <= 1


def test_new_classes_get_numbers_of_their_own() -> None:
    x, labels = blobs([30] * 6)
    is_new = labels >= 4
    found = assign(x[~is_new], labels[~is_new], x[is_new])
    assert found.labels.min() > labels[~is_new].max()
    first, second = found.labels[:30], found.labels[30:]
    assert set(first).isdisjoint(second)
    values, counts = np.unique(found.labels, return_counts=True)
    assert values.tolist() == list(range(4, 4 + len(values)))
    assert counts.max() >= 25


def test_old_clusters_are_never_joined() -> None:
    x, labels = blobs([40] * 3)
    halves = labels * 2 + (np.arange(len(x)) % 2)  # each blob is kept as two clusters
    is_new = np.arange(len(x)) % 4 == 0
    found = assign(x[~is_new], halves[~is_new], x[is_new])
    assert (found.labels // 2 == labels[is_new]).mean() >= 0.98


def test_new_images_are_merged_as_readily_as_the_old_ones_were() -> None:
    crowd = gaussian_classes(Crowd(400, 6, 64, 0.55))
    is_new = np.arange(len(crowd.labels)) % 10 == 0
    old, new = crowd.embeddings[~is_new], crowd.embeddings[is_new]
    result = cluster(old)
    assert result.log_odds_shift > 0
    founded = [
        (assign(old, result.labels, new, log_odds_shift=shift).labels > result.labels.max()).mean()
        for shift in (0.0, result.log_odds_shift)
    ]
    assert founded[1] < 0.6 * founded[0]


@pytest.mark.parametrize("shift", [np.nan, np.inf])
def test_unfit_readiness_gets_one_sentence(shift: float) -> None:
    x, labels = blobs([20] * 3)
    with pytest.raises(ValueError, match="'log_odds_shift' must be a finite number"):
        assign(x[1:], labels[1:], x[:1], log_odds_shift=shift)


def test_one_new_image_is_enough() -> None:
    x, labels = blobs([20] * 3)
    found = assign(x[1:], labels[1:], x[:1])
    assert found.labels.tolist() == [0]


@pytest.mark.parametrize("size", [5, 20, 60])
@pytest.mark.parametrize("noise", [0.03, 0.08])
def test_each_image_alone_finds_the_cluster_it_was_taken_from(size: int, noise: float) -> None:
    x, labels = blobs([size] * 4, seed=size, noise=noise)
    found = []
    for row in range(0, len(x), size // 5):
        rest = np.delete(np.arange(len(x)), row)
        found.append(assign(x[rest], labels[rest], x[[row]]).labels[0] == labels[row])
    assert np.mean(found) >= 0.95


@pytest.mark.parametrize("is_class", [False, True], ids=["random", "a new class"])
def test_a_neighborhood_gives_what_all_images_give(is_class: bool) -> None:
    x, labels = blobs([60] * 30, seed=5, noise=0.06)
    is_new = labels == 29 if is_class else np.arange(len(x)) % 100 == 0
    given = x[~is_new], labels[~is_new], x[is_new]
    near, all_of_them = (assign(*given, whole=whole).labels for whole in (False, True))
    assert near.tolist() == all_of_them.tolist()
    if is_class:
        assert near.min() > labels[~is_new].max()
    else:
        assert near.tolist() == labels[is_new].tolist()


def test_a_neighborhood_does_not_depend_on_the_order_of_old_images() -> None:
    x, labels = blobs([80] * 20, seed=6, noise=0.12)
    is_new = np.arange(len(x)) % 150 == 7
    old, other = (
        np.flatnonzero(~is_new),
        np.random.default_rng(0).permutation(np.flatnonzero(~is_new)),
    )
    first, again, shuffled = (
        assign(x[rows], labels[rows] * 3, x[is_new], whole=False) for rows in (old, old, other)
    )
    assert first.labels.tolist() == again.labels.tolist() == shuffled.labels.tolist()
    assert first.confidence.tolist() == again.confidence.tolist()


def test_old_clusters_stay_apart_in_a_neighborhood() -> None:
    x, labels = blobs([100] * 16, seed=7)
    halves = labels * 2 + np.arange(len(x)) % 2
    kept = halves.copy()
    found = assign(x[20:], halves[20:], x[:20], whole=False)
    assert set(found.labels) <= {0, 1}
    assert (halves == kept).all()


def test_new_clusters_are_numbered_above_those_far_away() -> None:
    x, labels = blobs([60] * 30, seed=8)
    numbers = np.arange(30) * 10
    numbers[0] = 1_000_000  # of a cluster that no new image is near
    is_new = labels == 29
    found = assign(x[~is_new], numbers[labels[~is_new]], x[is_new], whole=False)
    assert found.labels.min() == 1_000_001


def test_few_images_beside_many_are_placed_by_their_neighborhood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert neighborhood.is_few(100_000, 20, 80)
    assert not neighborhood.is_few(100_000, 20_000, 80)
    assert not neighborhood.is_few(neighborhood.WHOLE_ROWS, 1, 80)
    monkeypatch.setattr(neighborhood, "WHOLE_ROWS", 1000)
    x, labels = blobs([60] * 30, noise=0.06)
    chosen, near = (assign(x[2:], labels[2:], x[:2], whole=whole) for whole in (None, False))
    assert chosen.confidence.tolist() == near.confidence.tolist()


@pytest.mark.parametrize("whole", [False, True])
def test_progress_rises_to_one_and_may_cancel_at_any_point(whole: bool) -> None:
    x, labels = blobs([50] * 20)
    told: list[float] = []

    def note(done: float, _: str) -> None:
        told.append(done)

    assign(x[5:], labels[5:], x[:5], progress=note, whole=whole)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
    for last in range(0, len(told), max(1, len(told) // 4)):
        calls: list[float] = []

        def cancel(done: float, _: str, last: int = last, calls: list[float] = calls) -> None:
            calls.append(done)
            if len(calls) > last:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            assign(x[5:], labels[5:], x[:5], progress=cancel, whole=whole)
        assert len(calls) == last + 1


def test_a_neighborhood_is_the_neighbors_and_their_neighbors() -> None:
    x, _ = blobs([40] * 30, seed=9, noise=0.1)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    similarity = x @ x.T
    np.fill_diagonal(similarity, -2)
    near = np.argsort(-similarity, axis=1)[:, :15]
    first = np.unique(near[-3:])
    expected = np.union1d(first, near[first])
    found = neighborhood.neighborhood(x, len(x) - 3, 15)
    assert found.tolist() == expected[expected < len(x) - 3].tolist()


def test_a_neighborhood_that_grows_too_large_keeps_the_nearest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = np.random.default_rng(0).standard_normal((3000, 16)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    wide = neighborhood.neighborhood(x, 2990, 40)
    monkeypatch.setattr(neighborhood, "_SPARE_ROWS", 100)
    monkeypatch.setattr(neighborhood, "_ROWS_PER_NEAR", 1)
    narrow = neighborhood.neighborhood(x, 2990, 40)
    assert set(narrow) < set(wide)
    first = np.argsort(-(x[2990:] @ x[:2990].T), axis=1)[:, :30]
    assert set(first.ravel()) <= set(narrow)
    assert len(narrow) + 10 <= neighborhood.most_rows(10, 40)


def test_agrees_with_clustering_everything() -> None:
    x, _ = blobs([25] * 5, seed=3)
    is_new = np.random.default_rng(0).random(len(x)) < 0.2
    old = cluster(x[~is_new]).labels
    found = assign(x[~is_new], old, x[is_new])
    whole = cluster(x).labels
    for one in np.flatnonzero(is_new)[:10]:
        mates = (whole == whole[one]) & ~is_new
        place = int(np.flatnonzero(np.flatnonzero(is_new) == one)[0])
        assert found.labels[place] == np.bincount(old[mates[~is_new]]).argmax()


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([0, 1], "one whole number per old embedding"),
        ([0.5] * 4, "one whole number per old embedding"),
        ([0, 0, 1, -1], "leave noise out"),
        (np.array([0, 0, 1, 2**63], np.uint64), "must fit into 64 bits"),
        ([0, 0, 1, 2**63 - 1], "must leave numbers for new clusters above them"),
    ],
)
def test_unfit_labels_get_one_sentence(labels: npt.ArrayLike, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        assign(np.eye(4), labels, np.eye(4)[:1])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (np.where(np.arange(8).reshape(2, 4) == 5, np.nan, 1.0), r"finite.* is row 1\)"),
        (np.zeros((1, 4)), "zero vectors"),
        (np.ones(4), r"shape \(N, D\)"),
        (np.array([["a"] * 4]), "one array of numbers"),
        ([[1.0, 2.0], [1.0]], "rows of equal length"),
    ],
)
def test_unfit_new_embeddings_are_named(wrong: npt.ArrayLike, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"'new_embeddings' must .*{sentence}"):
        assign(np.eye(4), [0, 0, 1, 1], wrong)


def test_embeddings_of_another_network_get_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"dimensions of 'embeddings' \(got 3 and 4\)"):
        assign(np.eye(4), [0, 0, 1, 1], np.eye(3))
