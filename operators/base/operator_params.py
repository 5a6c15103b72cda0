"""The parameters of the operators that make and manage runs; the functions explain each."""

import dataclasses
import re
from typing import Any

from .checks import field_path, identifier, one_of, text, whole, yes_no
from .params import ParameterError, parameter

DEFAULT_BACKBONE = "efficientnet-lite0"
DEFAULT_EMBEDDINGS_FIELD = "gcn_embedding"

# Values of `base` and `checkpoint` that name no trained model.
SHIPPED, SCRATCH = "shipped", "scratch"

METHODS = ("umap", "tsne", "pca")
"""Of maps."""


# A name is also that of a file, so it can lead to no other folder.
_MAX_NAME = 60
_MODEL_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{_MAX_NAME - 1}}}")


def _model_name(name: str, value: Any) -> str:
    word = text(name, value)
    if not _MODEL_NAME.fullmatch(word) or word.lower() in (SHIPPED, SCRATCH):
        raise ParameterError(
            name,
            f"'{name}' must start with a letter or digit, hold only letters, digits, '-' and '_', "
            f"be no longer than {_MAX_NAME} characters, and be neither '{SHIPPED}' nor "
            f"'{SCRATCH}' (got {word[:_MAX_NAME]!r})",
        )
    return word


@dataclasses.dataclass(frozen=True)
class ComputeEmbeddingsParams:
    """Parameters of `compute_embeddings`; its docstring explains each."""

    patches_field: str | None = parameter(None, field_path)
    embeddings_field: str = parameter(DEFAULT_EMBEDDINGS_FIELD, identifier)
    backbone: str = parameter(DEFAULT_BACKBONE, text)
    batch_size: int | None = parameter(None, whole(1))
    only_missing: bool = parameter(False, yes_no)


@dataclasses.dataclass(frozen=True)
class SourceParams:
    """Where embeddings come from: parameters of each operator that reads them."""

    patches_field: str | None = parameter(None, field_path)
    embeddings_field: str | None = parameter(None, identifier)
    brain_key: str | None = parameter(None, text)
    backbone: str | None = parameter(None, text)
    batch_size: int | None = parameter(None, whole(1))


@dataclasses.dataclass(frozen=True)
class ClusterImagesParams(SourceParams):
    """Parameters of `cluster_images`; its docstring explains each."""

    checkpoint: str | None = parameter(None, text)
    label_field: str | None = parameter(None, text)
    num_clusters: int | None = parameter(None, whole(1))
    k: int | None = parameter(None, whole(1))
    seed: int = parameter(0, whole(0))
    cluster_field: str = parameter("cluster", identifier)
    run_key: str | None = parameter(None, identifier)
    save_view: bool = parameter(True, yes_no)
    overwrite: bool = parameter(False, yes_no)
    keep_corrections: bool = parameter(True, yes_no)


@dataclasses.dataclass(frozen=True)
class ListRunsParams:
    """`list_runs` takes no parameters."""


@dataclasses.dataclass(frozen=True)
class LoadRunParams:
    """Parameters of `load_run`."""

    run_key: str = parameter("", text)
    corrections: bool = parameter(True, yes_no)


@dataclasses.dataclass(frozen=True)
class DeleteRunParams:
    """Parameters of `delete_run`."""

    run_key: str = parameter("", text)
    delete_embeddings: bool = parameter(False, yes_no)


@dataclasses.dataclass(frozen=True)
class EvaluateClustersParams:
    """Parameters of `evaluate_clusters`; its docstring explains each."""

    run_key: str | None = parameter(None, text)
    label_field: str | None = parameter(None, text)
    save_views: bool = parameter(True, yes_no)


@dataclasses.dataclass(frozen=True)
class TrainModelParams(SourceParams):
    """Parameters of `train_model`; its docstring explains each."""

    label_field: str | None = parameter(None, text)
    base: str = parameter(SHIPPED, text)
    seed: int = parameter(0, whole(0))
    name: str | None = parameter(None, _model_name)
    overwrite: bool = parameter(False, yes_no)


@dataclasses.dataclass(frozen=True)
class RenameRunParams:
    """Parameters of `rename_run`."""

    run_key: str = parameter("", text)
    new_run_key: str = parameter("", identifier)


@dataclasses.dataclass(frozen=True)
class VisualizeClustersParams:
    """Parameters of `visualize_clusters`; its docstring explains each."""

    run_key: str = parameter("", text)
    method: str | None = parameter(None, one_of(METHODS))
    overwrite: bool = parameter(False, yes_no)
