"""Labels image collections by supervised graph clustering.

Arrays in, arrays out: embeddings, a kNN graph, two graph networks (GCN-V, GCN-C), clusters.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .clustering.advice import number_advice
    from .clustering.assign import Assignment, assign
    from .clustering.cluster import cluster
    from .clustering.result import ClusterResult
    from .clustering.seeded_kmeans import seeded_kmeans
    from .clustering.stage_timer import Stage
    from .evaluation.breakdown import Breakdown, Groups, break_down
    from .evaluation.metrics import Scores, evaluate
    from .graph.knn_graph import KNNGraph, knn_graph
    from .images.embedding import EmbeddedImages, embed_batches, embed_images
    from .networks.checkpoint import Model, load_model
    from .runtime.first_run import tell_first_run
    from .training.holdout import held_out_scores
    from .training.train import train

__all__ = [
    "Assignment",
    "Breakdown",
    "ClusterResult",
    "EmbeddedImages",
    "Groups",
    "KNNGraph",
    "Model",
    "Scores",
    "Stage",
    "assign",
    "break_down",
    "cluster",
    "embed_batches",
    "embed_images",
    "evaluate",
    "held_out_scores",
    "knn_graph",
    "load_model",
    "number_advice",
    "seeded_kmeans",
    "tell_first_run",
    "train",
]

_MODULES = {
    "clustering.advice": ("number_advice",),
    "clustering.assign": ("Assignment", "assign"),
    "clustering.cluster": ("cluster",),
    "clustering.result": ("ClusterResult",),
    "clustering.seeded_kmeans": ("seeded_kmeans",),
    "clustering.stage_timer": ("Stage",),
    "evaluation.breakdown": ("Breakdown", "Groups", "break_down"),
    "evaluation.metrics": ("Scores", "evaluate"),
    "graph.knn_graph": ("KNNGraph", "knn_graph"),
    "images.embedding": ("EmbeddedImages", "embed_batches", "embed_images"),
    "networks.checkpoint": ("Model", "load_model"),
    "runtime.first_run": ("tell_first_run",),
    "training.holdout": ("held_out_scores",),
    "training.train": ("train",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Imports what is asked for when it is: all of it takes seconds, most of them torch's."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    found = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
