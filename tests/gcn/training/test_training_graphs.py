"""What a training learns from."""

import numpy as np

from gcn.training.config import TrainConfig
from gcn.training.splits import split_by_class
from gcn.training.train import labeled_set
from gcn.training.training_graphs import num_variants, training_graphs
from tests.gcn.conftest import MakeBlobs

CONFIG = TrainConfig(k=8, variants=4, max_rows=100)


def test_more_classes_give_more_variants_within_bounds() -> None:
    counts = [num_variants(np.arange(-1, n), 10) for n in (1, 4, 25, 100, 225, 400, 625, 5000)]
    assert counts == [5, 5, 5, 10, 15, 20, 25, 25]
    assert num_variants(np.arange(4), 1) == 1


def test_each_set_is_varied_and_whole_and_its_validation_classes_are_in_neither(
    make_blobs: MakeBlobs,
) -> None:
    rng = np.random.default_rng(0)
    sets = [labeled_set(*make_blobs(sizes=(9,) * 20, dim=8, noise=0.3, seed=i)) for i in (1, 2)]
    splits = [split_by_class(each, 0.2, False, rng) for each in sets]
    also = labeled_set(*make_blobs(sizes=(7,) * 6, dim=12, noise=0.3, seed=3))
    seen: list[float] = []
    graphs = training_graphs(splits, [also], CONFIG, rng, lambda done, _: seen.append(done))
    assert seen == sorted(seen)
    assert len(seen) == 3
    assert len(graphs.varied) == 2 * num_variants(splits[0].training.labels, 4) + 1
    assert np.array_equal(graphs.varied[-1].labels, also.labels)
    for split, whole, validation in zip(splits, graphs.whole, graphs.validation, strict=True):
        assert split.validation is not None
        assert np.array_equal(whole.labels, split.training.labels)
        assert np.array_equal(validation.labels, split.validation.labels)
        assert not set(whole.labels) & set(validation.labels)
