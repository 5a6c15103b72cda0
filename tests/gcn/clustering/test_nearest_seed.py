import numpy as np
import numpy.typing as npt
import pytest

from gcn.clustering.nearest_seed import nearest_seed


def blobs(sizes: list[int], noise: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    centers = np.linalg.qr(rng.normal(size=(32, 32)))[0][: len(sizes)]
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return (centers[labels] + rng.normal(0, noise, (len(labels), 32))).astype(np.float32), labels


def test_many_images_are_sorted_in_blocks() -> None:
    x, labels = blobs([4000, 3000, 2000])
    assert nearest_seed(x, [0, 4000, 7000]).tolist() == labels.tolist()


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
        nearest_seed(np.eye(4), seeds)


def test_embeddings_that_cannot_be_used_are_named_by_their_row() -> None:
    x, _ = blobs([4000, 3000])
    x[5123] = 0.0
    with pytest.raises(ValueError, match=r"zero vectors, but 1 .* row 5123\)"):
        nearest_seed(x, [0, 4000])
    x[5123] = np.nan
    with pytest.raises(ValueError, match=r"must be finite, but 1 of 7000"):
        nearest_seed(x, [0, 4000])


def test_the_embeddings_are_not_changed() -> None:
    x = np.abs(blobs([40, 30])[0])
    before = x.copy()
    nearest_seed(x, [0, 40])
    assert (x == before).all()
