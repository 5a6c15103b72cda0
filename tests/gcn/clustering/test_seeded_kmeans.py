import numpy as np
import numpy.typing as npt
import pytest

from gcn.clustering.seeded_kmeans import seeded_kmeans


def blobs(sizes: list[int], noise: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    centers = np.linalg.qr(rng.normal(size=(32, 32)))[0][: len(sizes)]
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return (centers[labels] + rng.normal(0, noise, (len(labels), 32))).astype(np.float32), labels


def test_many_images_are_sorted_in_blocks() -> None:
    x, labels = blobs([4000, 3000, 2000])
    assert seeded_kmeans(x, [0, 4000, 7000]).tolist() == labels.tolist()


@pytest.mark.parametrize("noise", [0.2, 0.4])
def test_groups_are_those_of_seeded_kmeans(noise: float) -> None:
    x, _ = blobs([10] * 4, noise=noise)
    seeds = np.array([3, 25, 14])
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    from_mean = unit - unit.mean(0)
    centers = from_mean[seeds]
    for _ in range(2):
        group = (from_mean @ (centers / np.linalg.norm(centers, axis=1, keepdims=True)).T).argmax(1)
        group[seeds] = [0, 1, 2]
        centers = np.stack([from_mean[group == place].mean(0) for place in range(3)])
    group = (from_mean @ (centers / np.linalg.norm(centers, axis=1, keepdims=True)).T).argmax(1)
    group[seeds] = [0, 1, 2]
    assert seeded_kmeans(x * 7, seeds).tolist() == group.tolist()


def test_odd_seeds_find_their_groups_all_the_same() -> None:
    x, labels = blobs([60, 60], noise=0.15)
    seeds = np.array([(x[labels == k] @ x[labels == k].mean(0)).argmin() + 60 * k for k in (0, 1)])
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    nearest = (unit @ unit[seeds].T).argmax(1)
    found = seeded_kmeans(x, seeds)
    assert (found == labels).mean() >= 0.99 > (nearest == labels).mean()


def test_identical_seeds_stay_apart() -> None:
    assert seeded_kmeans(np.ones((3, 2)), [0, 2]).tolist() == [0, 0, 1]


@pytest.mark.parametrize("seeds", [[], [9], [-1]])
def test_seeds_must_be_rows(seeds: list[int]) -> None:
    with pytest.raises(ValueError, match="'seeds' must name rows 0 to 3"):
        seeded_kmeans(np.eye(4), seeds)


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        ([0.0, 1.0], r"by whole numbers, shape \(S,\) \(got dtype float64, shape \(2,\)\)"),
        ([True, False], "got dtype bool"),
        ([[0, 1]], r"got dtype int64, shape \(1, 2\)"),
        ([2, 1, 2], r"each row once \(got row 2 more than once\)"),
        (range(5000), r"rows 0 to 3 \(got 0 to 4999\)$"),
    ],
)
def test_unfit_seeds_get_one_sentence(seeds: npt.ArrayLike, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        seeded_kmeans(np.eye(4), seeds)


def test_embeddings_that_cannot_be_used_are_named_by_their_row() -> None:
    x, _ = blobs([4000, 3000])
    x[5123] = 0.0
    with pytest.raises(ValueError, match=r"zero vectors, but 1 .* row 5123\)"):
        seeded_kmeans(x, [0, 4000])
    x[5123] = np.nan
    with pytest.raises(ValueError, match=r"must be finite, but 1 of 7000"):
        seeded_kmeans(x, [0, 4000])


def test_the_embeddings_are_not_changed() -> None:
    x = np.abs(blobs([40, 30])[0])
    before = x.copy()
    seeded_kmeans(x, [0, 40])
    assert (x == before).all()
