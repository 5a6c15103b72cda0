"""Networks that make embeddings: the default backbone by name, and FiftyOne's model zoo."""

import os
from typing import Any

import fiftyone.zoo as foz
import numpy as np

from ..base.operator_params import DEFAULT_BACKBONE
from ..base.params import ParameterError, nearest
from ..data.items import Items
from ..data.targets import Target


def list_backbones() -> list[str]:
    """Lists the networks that can be asked for, the default first.

    Returns:
        Names; all but the first are models of FiftyOne's zoo that make embeddings.
    """
    return [DEFAULT_BACKBONE, *foz.list_zoo_models(tags="embeddings")]


def check_backbone(name: str) -> None:
    """Refuses a network that does not exist or makes no embeddings. Loads nothing.

    Args:
        name: Name of the network.

    Raises:
        ParameterError: The name is unknown, or that model cannot embed images.
    """
    if name == DEFAULT_BACKBONE:
        return
    known = list_backbones()
    if name in known:
        return
    if name in foz.list_zoo_models():
        raise _no_embeddings(name)
    raise ParameterError("backbone", f"There is no model '{name}'; {nearest(name, known)}")


def load_zoo_model(name: str) -> Any:
    """Loads a model of FiftyOne's zoo, downloading its weights the first time.

    Args:
        name: Name of the model.

    Returns:
        The model, whose `has_embeddings` is true.

    Raises:
        ParameterError: It cannot be loaded, or turns out to make no embeddings.
    """
    try:
        model = foz.load_zoo_model(name)
    except (OSError, ImportError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError(
            "backbone",
            f"The zoo model '{name}' could not be loaded: {reason.rstrip('.')}; put that right, or "
            f"take for example '{DEFAULT_BACKBONE}'",
        ) from error
    if not model.has_embeddings:
        raise _no_embeddings(name)
    return model


def _no_embeddings(name: str) -> ParameterError:
    return ParameterError(
        "backbone",
        f"The zoo model '{name}' makes no embeddings; take for example '{DEFAULT_BACKBONE}'",
    )


def embed_with_zoo(
    target: Target, items: Items, model: Any, batch_size: int | None
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Embeds some items with a model of FiftyOne's zoo.

    One unreadable file takes its whole batch with it there, so what failed is tried again alone.

    Args:
        target: What is worked on.
        items: The items to embed.
        model: A loaded zoo model.
        batch_size: Images at a time; None for the model's own choice.

    Returns:
        Vectors by item id, and for the items that failed the reasons by item id.
    """
    vectors = _embed(target, items, model, batch_size)
    left = [i for i, item in enumerate(items.ids) if item not in vectors]
    for position in left:
        vectors |= _embed(target, items.keep([position]), model, 1)
    failed = [i for i in left if items.ids[i] not in vectors]
    return vectors, _reasons(target, items.keep(failed))


def _embed(
    target: Target, items: Items, model: Any, batch_size: int | None
) -> dict[str, np.ndarray]:
    options: dict[str, Any] = {
        "batch_size": batch_size,
        "num_workers": 0,
        "skip_failures": True,
        "progress": False,
    }
    if target.root is None:
        view = target.everything.select(items.ids, ordered=True)
        pairs = zip(view.values("id"), view.compute_embeddings(model, **options), strict=True)
        return {item: _flat(vector) for item, vector in pairs if vector is not None}
    samples = list(dict.fromkeys(items.sample_ids))
    view = target.everything.select(samples, ordered=True).select_labels(
        ids=list(items.ids), fields=target.patches_field
    )
    options["handle_missing"] = "skip"
    found = view.compute_patch_embeddings(model, target.patches_field, **options)
    labels = dict(zip(*view.values(["id", f"{target.root}.id"]), strict=True))
    return {
        item: _flat(vector)
        for sample, rows in found.items()
        if rows is not None and len(rows) == len(labels[sample])
        for item, vector in zip(labels[sample], rows, strict=True)
        if vector is not None
    }


def _flat(vector: Any) -> np.ndarray:
    return np.asarray(vector, dtype=np.float32).ravel()


def _reasons(target: Target, items: Items) -> dict[str, str]:
    samples = list(dict.fromkeys(items.sample_ids))
    paths = dict(zip(*target.everything.select(samples).values(["id", "filepath"]), strict=True))
    return {
        item: _reason(paths.get(sample))
        for item, sample in zip(items.ids, items.sample_ids, strict=True)
    }


def _reason(path: str | None) -> str:
    if path is None:
        return "the sample was deleted"
    if not os.path.exists(path):
        return f"there is no file '{path}'"
    if os.path.getsize(path) == 0:
        return f"the file '{path}' is empty"
    return f"the model could not embed '{path}'"
