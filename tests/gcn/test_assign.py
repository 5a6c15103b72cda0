import numpy as np
import pytest

from gcn import cluster
from gcn.assign import assign, nearest_seed


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
    ],
)
def test_unfit_labels_get_one_sentence(labels: list[float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        assign(np.eye(4), labels, np.eye(4)[:1])


def test_nearest_seed_is_the_one_of_largest_cosine() -> None:
    x, _ = blobs([10] * 4, noise=0.4)
    seeds = np.array([3, 25, 14])
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    expected = (unit @ unit[seeds].T).argmax(1)
    assert nearest_seed(x * 7, seeds).tolist() == expected.tolist()


def test_identical_seeds_stay_apart() -> None:
    assert nearest_seed(np.ones((3, 2)), [0, 2]).tolist() == [0, 0, 1]


@pytest.mark.parametrize("seeds", [[], [9], [-1]])
def test_seeds_must_be_rows(seeds: list[int]) -> None:
    with pytest.raises(ValueError, match="'seeds' must name rows 0 to 3"):
        nearest_seed(np.eye(4), seeds)
