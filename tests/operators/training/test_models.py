"""Trained models by name."""

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import gcn


@pytest.fixture
def params(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.base.params")


@pytest.fixture
def kinds(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.base.operator_params")


def test_a_saved_model_is_listed_and_found_by_name(models: ModuleType) -> None:
    model = gcn.load_model()
    assert models.list_models() == []
    for name in ("b", "a"):
        assert models.save_model(model, name, overwrite=False) == name
    assert models.list_models() == ["a", "b"]
    path = models.checkpoint_path("checkpoint", "a")
    assert gcn.load_model(path).sha256 == model.sha256


def test_nothing_and_shipped_mean_the_model_of_the_plugin(models: ModuleType) -> None:
    assert models.checkpoint_path("checkpoint", None) is None
    assert models.checkpoint_path("checkpoint", "shipped") is None


def test_a_file_can_be_given_by_its_path(models: ModuleType, tmp_path: Path) -> None:
    gcn.load_model().save(tmp_path / "mine.pt")
    path = str(tmp_path / "mine.pt")
    assert models.checkpoint_path("checkpoint", path) == path


def test_an_unknown_name_is_refused_with_the_nearest_one(models: ModuleType) -> None:
    models.save_model(gcn.load_model(), "birds", overwrite=False)
    with pytest.raises(
        ValueError, match=r"no file 'brids' and no trained model .* 'birds'"
    ) as caught:
        models.checkpoint_path("base", "brids")
    assert caught.value.parameter == "base"  # type: ignore[attr-defined]


def test_a_taken_name_asks(models: ModuleType) -> None:
    models.check_name("mine", overwrite=False)
    models.save_model(gcn.load_model(), "mine", overwrite=False)
    with pytest.raises(ValueError, match="There is a model 'mine' already; overwrite it, or"):
        models.check_name("mine", overwrite=False)
    models.check_name("mine", overwrite=True)


def test_a_model_that_came_meanwhile_is_not_replaced(models: ModuleType) -> None:
    models.save_model(gcn.load_model(), "mine", overwrite=False)
    before = models.model_path("mine").stat().st_mtime_ns
    assert models.save_model(gcn.load_model(), "mine", overwrite=False) == "mine-2"
    assert models.model_path("mine").stat().st_mtime_ns == before
    assert models.save_model(gcn.load_model(), "mine", overwrite=True) == "mine"
    assert models.list_models() == ["mine", "mine-2"]


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("birds", "birds"),
        ("My birds: 2026/10", "My-birds-2026-10"),
        ("../../etc/passwd", "etc-passwd"),
        ("Shipped", "Shipped-model"),
        ("鳥", "model"),
        ("x" * 300, "x" * 50),
    ],
)
def test_any_text_becomes_a_name(
    models: ModuleType, params: ModuleType, kinds: ModuleType, wish: str, name: str
) -> None:
    assert models.free_name(wish) == name
    assert params.parse(kinds.TrainModelParams, {"name": name}).name == name


BAD_NAMES = ["../mine", "a/b", "/etc/x", ".hidden", "-x", "my model", "a.b", "shipped", "Scratch"]


@pytest.mark.parametrize("name", [*BAD_NAMES, "x" * 61, "é", "a\n", 5])
def test_a_name_leads_nowhere_else(params: ModuleType, kinds: ModuleType, name: object) -> None:
    with pytest.raises(ValueError, match="'name' must "):
        params.parse(kinds.TrainModelParams, {"name": name})


def test_what_is_half_written_is_not_listed(models: ModuleType) -> None:
    models.save_model(gcn.load_model(), "whole", overwrite=False)
    (models.models_folder() / "tmp123.part").write_bytes(b"half")
    os.mkdir(models.models_folder() / "folder.pt")
    assert models.list_models() == ["whole"]
