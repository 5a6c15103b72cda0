"""Known images tell how readily clusters are merged."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gcn import Model, cluster, evaluate, load_model
from gcn.clustering.recalibration import NAME
from gcn.clustering.result import ClusterResult
from gcn.clustering.stage_timer import Stage

from ..conftest import Blobs, MakeBlobs
from .test_known_classes import all_apart, chains

Int64 = NDArray[np.int64]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def crowds(make_blobs: MakeBlobs) -> Blobs:
    """Four large classes without inner structure, which the networks alone take to pieces."""
    return make_blobs(sizes=(250,) * 4, dim=48, noise=2.1)


def some_of(labels: Int64, share: float = 0.15) -> Int64:
    """The classes of some of the images, -1 for the others."""
    return np.where(np.random.default_rng(0).random(len(labels)) < share, labels, -1)


def cluster_known(blobs: Blobs, model: Model, known: Int64) -> ClusterResult:
    must, cannot = chains(known), all_apart(known)
    return cluster(blobs.embeddings, model, must_link=must, cannot_link=cannot)


def stage_of(result: ClusterResult) -> Stage:
    return next(stage for stage in result.stages if stage.name == NAME)


def test_a_few_known_images_put_crowds_together_that_came_out_in_pieces(
    crowds: Blobs, model: Model
) -> None:
    known = some_of(crowds.labels)
    rest = known < 0
    alone = cluster(crowds.embeddings, model).labels
    assert evaluate(crowds.labels[rest], alone[rest]).mean_f < 0.1
    result = cluster_known(crowds, model, known)
    assert evaluate(crowds.labels[rest], result.labels[rest]).mean_f > 0.8
    stage = stage_of(result)
    assert stage.counts == {"known_images": int((known >= 0).sum()), "known_classes": 4}
    assert stage.thresholds["log_odds_shift"] > 0.0
    assert stage.thresholds["agreement"] > 0.8


def test_nothing_changes_where_clusters_agree_with_what_is_known(
    make_blobs: MakeBlobs, model: Model
) -> None:
    blobs = make_blobs(sizes=(40,) * 6, dim=32, noise=0.5)
    result = cluster_known(blobs, model, some_of(blobs.labels))
    assert stage_of(result).thresholds == {"log_odds_shift": 0.0, "agreement": 1.0}
    np.testing.assert_array_equal(result.labels, cluster(blobs.embeddings, model).labels)


def test_without_knowledge_there_is_no_such_stage(crowds: Blobs, model: Model) -> None:
    x, pair = crowds.embeddings[:200], [[0, 1]]
    for result in (
        cluster(x, model),
        cluster(x, model, must_link=pair),
        cluster(x, model, cannot_link=pair),
    ):
        assert NAME not in [stage.name for stage in result.stages]


def test_progress_never_falls_and_may_stop_the_stage(crowds: Blobs, model: Model) -> None:
    known = some_of(crowds.labels)
    must, cannot = chains(known), all_apart(known)
    seen: list[tuple[float, str]] = []

    def note(done: float, what: str) -> None:
        seen.append((done, what))
        if what == NAME and sum(each == NAME for _, each in seen) > 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        cluster(crowds.embeddings, model, must_link=must, cannot_link=cannot, progress=note)
    shares = [done for done, _ in seen]
    assert shares == sorted(shares)
