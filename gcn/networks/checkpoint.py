"""A trained model: both networks, their settings, and the file that holds them."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..graph.class_scatter import ClassScatter
from ..runtime.atomic import replacing
from .gcn_c import GCNC
from .gcn_v import GCNV
from .settings import Settings

FORMAT_VERSION = 7
_OLDEST_VERSION = 5
"""Without a class scatter, or with one of embeddings before powers, which is left aside."""
_UNREADABLE = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)
SHIPPED = Path(__file__).parents[1] / "checkpoints" / "universal.pt"


@dataclass(frozen=True, eq=False)
class Model:
    """GCN-V, GCN-C and the numbers that were chosen with them.

    Attributes:
        gcn_v: In evaluation mode.
        gcn_c: In evaluation mode.
        settings: Thresholds and calibrations.
        card: What the model was trained on and how it scored; plain values only.
        class_scatter: How images of one class differ in embeddings of the network that it was
            trained on; None for a model of any network.
    """

    gcn_v: GCNV
    gcn_c: GCNC
    settings: Settings
    card: dict[str, Any] = field(default_factory=dict[str, Any])
    class_scatter: ClassScatter | None = None

    @cached_property
    def sha256(self) -> str:
        """Hash of all but the card, in hex."""
        digest = hashlib.sha256(repr(sorted(self.settings.as_dict().items())).encode())
        for network in (self.gcn_v, self.gcn_c):
            for name, tensor in sorted(network.state_dict().items()):
                digest.update(name.encode())
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        if self.class_scatter is not None:
            digest.update(self.class_scatter.sha256.encode())
        return digest.hexdigest()

    def to(self, device: str | torch.device) -> Model:
        """Moves both networks to `device`, in place, and returns the model."""
        self.gcn_v.to(device)
        self.gcn_c.to(device)
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the checkpoint: a temporary file beside `path`, then a rename.

        Raises:
            OSError: The folder is missing or cannot be written, or the disk is full.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise FileNotFoundError(
                f"cannot save to '{path}': there is no folder '{path.parent}'; make it first"
            )
        checkpoint = {
            "format_version": FORMAT_VERSION,
            "settings": self.settings.as_dict(),
            "card": self.card,
            "gcn_v": _network_dict(self.gcn_v, "hidden_channels"),
            "gcn_c": _network_dict(self.gcn_c, "hidden_channels", "num_members"),
            "class_scatter": _scatter_dict(self.class_scatter),
        }
        # In memory first: torch does not say that a disk is full.
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with replacing(path) as file:
            file.write(content.getbuffer())


def load_model(path: str | os.PathLike[str] | None = None) -> Model:
    """Reads a checkpoint; nothing in it is executed.

    Args:
        path: File written by `Model.save`; the shipped, dimension-free model if left out.

    Returns:
        The model on the CPU, in evaluation mode.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is not a checkpoint, is damaged, or is of a newer format.
    """
    path = SHIPPED if path is None else Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"no checkpoint at '{path}'; give the path of a file that was written by"
            " 'model.save', or leave it out to use the shipped model"
        )
    try:
        with warnings.catch_warnings():
            # What torch warns of in a file that is not its own, the error below says.
            warnings.simplefilter("ignore")
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise ValueError(
            f"'{path}' is not a readable checkpoint: it is damaged, or it holds something other"
            " than weights and numbers; train it again, or use another file"
        ) from error
    return _from_dict(checkpoint, path)


def model_or_shipped(model: Any, name: str = "model") -> Model:
    """The model that a user gave, or the shipped one.

    Args:
        model: What was given; None for the shipped model.
        name: Of the argument.

    Raises:
        TypeError: This is no model; the sentence says how to get one of a file.
    """
    if model is None:
        return load_model()
    if not isinstance(model, Model):
        # What torch.load gives would fill thousands of lines.
        got = repr(model) if isinstance(model, str | os.PathLike) else f"a {type(model).__name__}"
        raise TypeError(
            f"'{name}' must be a model that gcn.load_model or gcn.train returned (got {got});"
            " gcn.load_model reads one from a file"
        )
    return model


def _from_dict(checkpoint: Any, path: Path) -> Model:
    version = checkpoint.get("format_version") if isinstance(checkpoint, dict) else None
    if not isinstance(version, int):
        raise ValueError(
            f"'{path}' is not a checkpoint of this program: it has no format version;"
            " use a file that was written by 'model.save'"
        )
    if version > FORMAT_VERSION:
        raise ValueError(
            f"'{path}' has checkpoint format {version}, but this version reads up to"
            f" {FORMAT_VERSION}; update the plugin"
        )
    if version < _OLDEST_VERSION:
        raise ValueError(
            f"'{path}' has checkpoint format {version}, but this version reads formats"
            f" {_OLDEST_VERSION} to {FORMAT_VERSION}; train it again with 'python -m gcn train'"
        )
    try:
        settings = Settings.from_dict(checkpoint["settings"])
        # Weights that are replaced at once shall neither move the caller's generator nor lie on a
        # device that is the default.
        with torch.device("cpu"), torch.random.fork_rng(devices=[]):
            gcn_v = GCNV(**checkpoint["gcn_v"]["config"])
            gcn_c = GCNC(**checkpoint["gcn_c"]["config"])
        gcn_v.load_state_dict(checkpoint["gcn_v"]["state"])
        gcn_c.load_state_dict(checkpoint["gcn_c"]["state"])
        card = dict(checkpoint["card"])
        scatter = _scatter_from(checkpoint["class_scatter"]) if version == FORMAT_VERSION else None
    except _UNREADABLE as error:
        raise ValueError(
            f"'{path}' is not a complete checkpoint (format {version}); train it again, or use"
            " another file"
        ) from error
    return Model(gcn_v.eval(), gcn_c.eval(), settings, card, scatter)


def _network_dict(network: GCNV | GCNC, *config_names: str) -> dict[str, Any]:
    config = {name: getattr(network, name) for name in config_names}
    state = {name: tensor.detach().cpu() for name, tensor in network.state_dict().items()}
    return {"config": config, "state": state}


def _scatter_dict(scatter: ClassScatter | None) -> dict[str, Any] | None:
    if scatter is None:
        return None
    return {"matrix": torch.from_numpy(scatter.matrix), "num_classes": scatter.num_classes}


def _scatter_from(saved: dict[str, Any] | None) -> ClassScatter | None:
    if saved is None:
        return None
    matrix, num_classes = saved["matrix"].numpy(), int(saved["num_classes"])
    if matrix.dtype != np.float32 or matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a scatter of shape {matrix.shape}, dtype {matrix.dtype}")
    return ClassScatter(matrix, num_classes)
