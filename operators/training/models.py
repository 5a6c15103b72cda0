"""Trained models by name: files in a folder beside FiftyOne's own models."""

import itertools
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fiftyone as fo

from ..base.operator_params import SCRATCH, SHIPPED
from ..base.params import ParameterError, nearest

if TYPE_CHECKING:
    from ...gcn import Model

_ENDING = ".pt"
_LONGEST = 50


def models_folder() -> Path:
    """Tells where trained models are kept.

    Returns:
        `autolabel-gcn` in FiftyOne's `model_zoo_dir`; it need not exist yet.
    """
    return Path(fo.config.model_zoo_dir) / "autolabel-gcn"


def list_models() -> list[str]:
    """Lists the models that `train_model` made.

    Returns:
        Their names, in the order of the alphabet. To delete one, delete `<name>.pt` in the folder
        `autolabel-gcn` of FiftyOne's `model_zoo_dir`.
    """
    folder = models_folder()
    if not folder.is_dir():
        return []
    return sorted(path.stem for path in folder.glob(f"*{_ENDING}") if path.is_file())


def model_path(name: str) -> Path:
    """Tells where a model of a name is kept, or would be.

    Args:
        name: A name that the parameter `name` of `train_model` takes.

    Returns:
        The file.
    """
    return models_folder() / f"{name}{_ENDING}"


def checkpoint_path(parameter: str, value: str | None) -> str | None:
    """Finds the checkpoint that a user means. Loads nothing.

    Args:
        parameter: Name of the parameter, for the error.
        value: Name of a trained model, or path of a file; None or "shipped" for the model that
            ships with the plugin. A trained model comes before a file of the same name.

    Returns:
        The path of the file; None for the model that ships.

    Raises:
        ParameterError: There is neither a model nor a file of that name.
    """
    if value is None or value == SHIPPED:
        return None
    names = list_models()
    if value in names:
        return str(model_path(value))
    if os.path.isfile(value):
        return value
    raise ParameterError(
        parameter,
        f"There is no file '{value}' and no trained model of that name; {nearest(value, names)}",
    )


def model_of_run(config: Mapping[str, Any]) -> "Model":
    """Loads the model that a run was made with.

    Args:
        config: What was recorded about the run.

    Returns:
        The model.

    Raises:
        ParameterError: It is gone.
        ValueError: Its file cannot be read as a model.
    """
    from ... import gcn

    value = config.get("checkpoint", {}).get("path")
    try:
        path = checkpoint_path("run_key", value)
    except ParameterError as error:
        raise ParameterError(
            "run_key",
            f"The model '{value}' that the run was made with is gone; train it again under that "
            "name, or cluster all images with another one",
        ) from error
    return gcn.load_model(path)


def check_name(name: str | None, overwrite: bool) -> None:
    """Asks before a model is replaced.

    Args:
        name: Name of the new model; None for a free one.
        overwrite: Whether it may replace another.

    Raises:
        ParameterError: There is a model of that name.
    """
    if name is not None and not overwrite and model_path(name).exists():
        raise ParameterError(
            "overwrite",
            f"There is a model '{name}' already; overwrite it, or choose another name",
        )


def free_name(wish: str) -> str:
    """Finds a name that no model has.

    Args:
        wish: Any text, such as the name of a dataset.

    Returns:
        The text as a name, with "-2", "-3" and so on behind it if that is taken.
    """
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", wish).strip("-_")[:_LONGEST] or "model"
    if plain.lower() in (SHIPPED, SCRATCH):
        plain = f"{plain}-model"
    names = itertools.chain([plain], (f"{plain}-{number}" for number in itertools.count(2)))
    return next(name for name in names if not model_path(name).exists())


def save_model(model: "Model", name: str, overwrite: bool) -> str:
    """Writes a model as a whole or not at all.

    Args:
        model: The model.
        name: Its name, as `check_name` let it pass.
        overwrite: Whether it may replace another. If it may not, and a model of that name came
            while this one was trained, this one gets the next free name.

    Returns:
        The name that it got.

    Raises:
        OSError: The folder cannot be written.
    """
    models_folder().mkdir(parents=True, exist_ok=True)
    kept = name if overwrite else free_name(name)
    model.save(model_path(kept))
    return kept
