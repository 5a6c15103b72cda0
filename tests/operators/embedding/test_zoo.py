import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
MODEL = "resnet18-imagenet-torch"


@pytest.fixture
def zoo(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.embedding.zoo")


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a network with random weights where FiftyOne and torchvision keep downloads."""
    import fiftyone as fo
    import fiftyone.zoo as foz
    import torch
    import torchvision

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    url = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.url
    torch.manual_seed(0)
    state = torchvision.models.resnet18(weights=None).state_dict()
    for path in (
        Path(foz.get_zoo_model(MODEL).get_path_in_dir(fo.config.model_zoo_dir)),
        tmp_path / "hub" / "checkpoints" / url.rsplit("/", 1)[1],
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, path)


def test_default_needs_no_look_at_the_zoo_and_comes_first(zoo: ModuleType) -> None:
    zoo.check_backbone("efficientnet-lite0")
    assert zoo.list_backbones()[0] == "efficientnet-lite0"
    assert MODEL in zoo.list_backbones()


def test_unknown_model_is_refused_with_the_nearest(zoo: ModuleType) -> None:
    with pytest.raises(ValueError, match=f"no model 'resnet18'; did you mean '{MODEL}'"):
        zoo.check_backbone("resnet18")


def test_model_without_embeddings_is_refused(zoo: ModuleType) -> None:
    with pytest.raises(ValueError, match="'deeplabv3-resnet50-coco-torch' makes no embeddings"):
        zoo.check_backbone("deeplabv3-resnet50-coco-torch")


@pytest.mark.usefixtures("weights")
def test_model_that_cannot_be_loaded_is_told_with_a_way_out(zoo: ModuleType) -> None:
    import fiftyone as fo
    import fiftyone.zoo as foz

    for path in (
        Path(foz.get_zoo_model(MODEL).get_path_in_dir(fo.config.model_zoo_dir)),
        *Path(os.environ["TORCH_HOME"]).rglob("*.pth"),
    ):
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"could not be loaded: .*; .* 'efficientnet-lite0'"):
        zoo.load_zoo_model(MODEL)


@pytest.mark.usefixtures("weights")
def test_zoo_model_embeds_and_one_bad_file_spoils_no_batch(
    plugin_part: Part,
    make_dataset: Callable[..., "fo.Dataset"],
    image_folder: Path,
    tmp_path: Path,
) -> None:
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    paths = sorted(image_folder.glob("*/*.png"))[:3]
    dataset = make_dataset([paths[0], empty, *paths[1:]])
    report = plugin_part("operators.embedding.embeddings").compute_embeddings(
        dataset, backbone=MODEL, embeddings_field="resnet", batch_size=4
    )
    assert report.failed == {dataset.values("id")[1]: f"the file '{empty}' is empty"}
    vectors = dataset.values("resnet")
    assert [vector is None for vector in vectors] == [False, True, False, False]
    assert vectors[0].shape == (report.dimension,) == (512,)


@pytest.mark.usefixtures("weights")
def test_zoo_model_embeds_objects(plugin_part: Part, with_objects: "fo.Dataset") -> None:
    view = with_objects.limit(2)
    report = plugin_part("operators.embedding.embeddings").compute_embeddings(
        view, patches_field="objects", backbone=MODEL, embeddings_field="resnet"
    )
    assert (report.n_computed, report.failed) == (4, {})
    first, second = with_objects.first().objects.detections
    assert not np.allclose(first["resnet"], second["resnet"])
