"""Labels image collections by supervised graph clustering.

Arrays in, arrays out: embeddings, a kNN graph, two graph networks (GCN-V, GCN-C), clusters.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import Model, load_model
    from .cluster import ClusterResult, Stage, cluster
    from .embedding import EmbeddedImages, embed_images
    from .graph import KNNGraph, knn_graph
    from .metrics import Scores, evaluate
    from .train import train

__all__ = [
    "ClusterResult",
    "EmbeddedImages",
    "KNNGraph",
    "Model",
    "Scores",
    "Stage",
    "cluster",
    "embed_images",
    "evaluate",
    "knn_graph",
    "load_model",
    "train",
]

_MODULES = {
    "checkpoint": ("Model", "load_model"),
    "cluster": ("ClusterResult", "Stage", "cluster"),
    "embedding": ("EmbeddedImages", "embed_images"),
    "graph": ("KNNGraph", "knn_graph"),
    "metrics": ("Scores", "evaluate"),
    "train": ("train",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


class _Package(ModuleType):
    """Imports what is asked for when it is: all of it takes seconds, most of them torch's."""

    def __getattr__(self, name: str) -> Any:
        if name not in _MODULE_OF:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        found = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
        setattr(self, name, found)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        # Once a submodule is imported Python sets it here; it must not hide its namesake function.
        if name not in _MODULE_OF or not isinstance(value, ModuleType):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
