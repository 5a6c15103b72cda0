"""What the sizes of clusters tell."""

import numpy as np
import pytest

from gcn.clustering.size_odds import size_odds


def test_one_size_among_others_is_usual() -> None:
    sizes = np.concatenate([np.full(100, 20), [3, 8, 11, 40, 41, 70]])
    odds = size_odds(sizes)
    assert odds.gain > 0.5
    assert odds.log_odds[20] == odds.log_odds.max() > 1.0
    assert odds.log_odds[20] > odds.log_odds[23] > odds.log_odds[27]
    # Two of twenty are likelier than one of forty, and one of twenty than two of ten.
    assert odds.of_division(20, 20) == 2 * odds.log_odds[20] - odds.log_odds[40] > np.log(3.0)
    assert odds.of_division(10, 10) < 0.0
    # In sixty, what lies beside twenty may be two more of them.
    assert odds.of_division(20, 40) == 3 * odds.log_odds[20] - odds.log_odds[60]


def test_the_best_division_is_the_best_of_all() -> None:
    odds = size_odds(np.array([20] * 30 + [3, 12, 45, 45, 64]))
    for size in range(2, 65):
        some = [odds.of_division(first, size - first) for first in range(1, size)]
        assert odds.of_best_division(size) == pytest.approx(max(some))


@pytest.mark.parametrize("seed", range(5))
def test_smooth_sizes_are_not_usual(seed: int) -> None:
    """Neither those of people, most of them with few images, nor those around a mean."""
    rng = np.random.default_rng(seed)
    zipf = rng.zipf(2.0, 600)
    spread = np.round(np.exp(rng.normal(3.0, 0.6, 200))).astype(int)
    people = zipf[(zipf > 1) & (zipf < 500)]
    assert size_odds(people).gain < 0.15
    assert size_odds(spread[spread > 1]).gain < 0.15
    # Small sizes look no more usual for being few whole numbers.
    assert np.abs(size_odds(people).log_odds[3:8]).max() < 0.5


def test_it_is_a_ratio_of_two_distributions_over_whole_sizes() -> None:
    """Against the definition, for two clusters, in plain loops."""
    sizes = [4, 6]

    def kernel(value: int, width: float) -> list[float]:
        dense = [np.exp(-0.5 * (np.log(n / value) / width) ** 2) / n for n in range(1, 13)]
        return [each / sum(dense) for each in dense]

    odds = size_odds(np.array(sizes))
    for n in (4, 5, 6):
        narrow = sum(kernel(value, 0.12)[n - 1] for value in sizes)
        broad = sum(kernel(value, 0.5)[n - 1] for value in sizes)
        shrunk = (narrow + 8.0 * broad / 2) / (2 + 8.0)
        assert odds.log_odds[n] == pytest.approx(np.log(shrunk / (broad / 2)))
    # By the other: of six by four, and of four by six.
    gains = []
    for own, other in ((4, 6), (6, 4)):
        narrow, broad = kernel(other, 0.12)[own - 1], kernel(other, 0.5)[own - 1]
        gains.append(np.log((narrow + 8.0 * broad) / (1 + 8.0) / broad))
    assert odds.gain == pytest.approx((4 * gains[0] + 6 * gains[1]) / 10)
