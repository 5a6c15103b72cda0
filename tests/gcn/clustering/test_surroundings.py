"""What the program around has set or does must not matter: modes of torch, threads, forks."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch

from gcn import Model, assign, cluster, load_model
from gcn.clustering.result import ClusterResult
from gcn.knn.search import nearest_neighbors

from ..conftest import Blobs, MakeBlobs


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    return make_blobs(sizes=(600, 400, 300, 240, 180, 120, 100, 60), dim=600, noise=0.6)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def usual(blobs: Blobs) -> ClusterResult:
    return cluster(blobs.embeddings)


@contextmanager
def in_double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


Mode = Callable[[], AbstractContextManager[object]]
MODES: dict[str, Mode] = {
    "inference": torch.inference_mode,
    "no gradients": torch.no_grad,
    "half precision": lambda: torch.autocast("cpu", torch.bfloat16),
    "double precision": in_double_precision,
    "another device": lambda: torch.device("meta"),
}


@pytest.fixture(params=list(MODES))
def mode(request: pytest.FixtureRequest) -> Mode:
    return MODES[request.param]


def assert_same(result: ClusterResult, usual: ClusterResult) -> None:
    np.testing.assert_array_equal(result.labels, usual.labels)
    np.testing.assert_array_equal(result.confidence, usual.confidence)


def test_modes_of_torch_do_not_matter(
    mode: Mode, model: Model, blobs: Blobs, usual: ClusterResult
) -> None:
    with mode():
        result = cluster(blobs.embeddings, model)
    assert_same(result, usual)


def test_modes_of_torch_do_not_matter_to_a_search_by_lists(mode: Mode, blobs: Blobs) -> None:
    usual = nearest_neighbors(blobs.embeddings, 10, exact=False)
    with mode():
        found = nearest_neighbors(blobs.embeddings, 10, exact=False)
    np.testing.assert_array_equal(found.ids, usual.ids)


def test_modes_of_torch_do_not_matter_to_new_images(mode: Mode, model: Model, blobs: Blobs) -> None:
    x, labels = blobs
    usual = assign(x[:1500], labels[:1500], x[1500:], model)
    with mode():
        placed = assign(x[:1500], labels[:1500], x[1500:], model)
    np.testing.assert_array_equal(placed.labels, usual.labels)
    np.testing.assert_array_equal(placed.confidence, usual.confidence)


def test_a_model_may_be_read_in_any_precision(blobs: Blobs, usual: ClusterResult) -> None:
    with in_double_precision():
        result = cluster(blobs.embeddings, load_model())
    assert_same(result, usual)


def test_any_thread_gives_the_same_to_the_last_digit(blobs: Blobs, usual: ClusterResult) -> None:
    with ThreadPoolExecutor(3) as pool:
        for result in pool.map(cluster, [blobs.embeddings] * 3):
            assert_same(result, usual)


FORK = """
import faulthandler
import os
import numpy as np
from gcn import cluster
from gcn.knn.search import nearest_neighbors

rng = np.random.default_rng(0)
x = (np.repeat(rng.normal(size=(40, 64)), 75, 0) + rng.normal(size=(3000, 64))).astype("f4")
unit = x / np.linalg.norm(x, axis=1, keepdims=True)

def work():
    return cluster(x).labels, nearest_neighbors(unit, 10, exact=False).ids

usual = work()
child = os.fork()
if not child:
    # What waits for a lost thread waits without end; where, is told.
    faulthandler.dump_traceback_later(180, exit=True)
    same = all(np.array_equal(a, b) for a, b in zip(work(), usual))
    os._exit(0 if same else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="libraries of macOS do not survive a fork")
def test_a_process_that_has_clustered_may_fork() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK],
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    assert done.stdout.split() == ["0"], done.stderr


def test_results_are_equal_only_to_themselves(usual: ClusterResult) -> None:
    other = replace(usual)
    assert usual != other
    assert {usual, other, usual} == {other, usual}
