import numpy as np
import pytest

from benchmarks.random_sets import random_set


@pytest.mark.parametrize("seed", range(30))
def test_every_set_is_fit_to_train_on(seed: int) -> None:
    drawn = random_set(seed)
    assert len(drawn.x) == len(drawn.labels)
    assert 2 <= len(drawn.x) <= 14_000
    assert drawn.x.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(drawn.x, axis=1), 1.0, atol=1e-4)
    assert (np.unique(drawn.labels) == np.arange(drawn.labels.max() + 1)).all()
    assert drawn.labels.max() >= 1


def test_the_seed_decides_everything() -> None:
    one, same, other = random_set(3), random_set(3), random_set(4)
    np.testing.assert_array_equal(one.x, same.x)
    np.testing.assert_array_equal(one.labels, same.labels)
    assert one.x.shape != other.x.shape


def test_worlds_differ_in_what_networks_must_not_take_for_a_law() -> None:
    sets = [random_set(seed) for seed in range(40)]
    mean_size = np.array([len(s.labels) / len(np.unique(s.labels)) for s in sets])
    assert mean_size.min() == 1.0  # no image has another of its class
    assert mean_size.max() > 40
    num_images = np.array([len(s.labels) for s in sets])
    assert num_images.min() < 100
    assert num_images.max() > 3000
    nearest = []
    for s in sets:
        cosines = s.x @ s.x.T
        np.fill_diagonal(cosines, -2.0)
        nearest.append((s.labels[cosines.argmax(1)] == s.labels).mean())
    assert min(nearest) == 0.0
    assert 0.1 < sorted(nearest)[6] < 0.7
    assert max(nearest) > 0.98
    assert np.std(nearest) > 0.15


def test_large_sets_are_large() -> None:
    assert 24_000 <= len(random_set(0, large=True).x) <= 48_000
