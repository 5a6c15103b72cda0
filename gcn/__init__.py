"""Labels image collections by supervised graph clustering.

Arrays in, arrays out: embeddings, a kNN graph, two graph networks (GCN-V, GCN-C), clusters.
"""

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
