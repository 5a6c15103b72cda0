"""Model and device: checked at once, and the model of the caller stays where it is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gcn import assign, cluster, load_model, train
from gcn.clustering.arguments import check_device, on_device

from ..conftest import MakeBlobs


@pytest.mark.parametrize("wrong", ["model.pt", Path("model.pt"), {}])
def test_what_is_no_model_raises_one_sentence(wrong: Any) -> None:
    rows, labels = np.eye(8), np.arange(8) // 2
    told = (
        r" must be a model that gcn.load_model or gcn.train returned \(got .*reads one from a file$"
    )
    with pytest.raises(TypeError, match="^'model'" + told):
        cluster(rows, model=wrong)
    with pytest.raises(TypeError, match="^'model'" + told):
        assign(rows, labels, rows, model=wrong)
    with pytest.raises(TypeError, match="^'base'" + told):
        train(rows, labels, base=wrong)


def test_weights_that_are_no_model_are_not_spelled_out() -> None:
    weights: Any = {f"layer{number}": torch.ones(100) for number in range(50)}
    with pytest.raises(TypeError, match=r"\(got a dict\)"):
        cluster(np.eye(8), model=weights)


@pytest.mark.parametrize("device", ["gpu", "", "cuda:99", "meta", 7.5])
def test_an_unusable_device_raises_one_sentence(device: str) -> None:
    with pytest.raises(ValueError, match="'device' must name a device that torch can use") as found:
        cluster(np.eye(4), device=device)
    assert "\n" not in str(found.value)


def test_the_cpu_is_the_default() -> None:
    assert check_device(None) is None
    assert check_device("cpu") is None


def test_networks_are_copied_to_a_device() -> None:
    model = load_model()
    moved = on_device(model, "meta")
    assert next(moved.gcn_v.parameters()).device == torch.device("meta")
    assert next(model.gcn_v.parameters()).device == torch.device("cpu")
    assert on_device(model, None) is model


def test_clusters_on_the_cpu_by_name(make_blobs: MakeBlobs) -> None:
    rows = make_blobs(sizes=(20, 20)).embeddings
    np.testing.assert_array_equal(cluster(rows, device="cpu").labels, cluster(rows).labels)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_same_labels(make_blobs: MakeBlobs) -> None:
    rows = make_blobs(sizes=(60, 50, 40, 30)).embeddings
    np.testing.assert_array_equal(cluster(rows, device="cuda").labels, cluster(rows).labels)
