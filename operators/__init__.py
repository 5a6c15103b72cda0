"""The operators of the plugin, and the same as plain functions.

FiftyOne loads its plugins when they are first asked for, so list them before the import:

>>> import fiftyone.operators as foo
>>> operators = foo.list_operators()
>>> from fiftyone.plugins.orgs.autolabel.gcn.operators import cluster_images
"""

from .apply_labels import ApplyLabels
from .assign_new_images import AssignNewImages
from .cluster_images import ClusterImages
from .compute_embeddings import ComputeEmbeddings
from .confirm_clusters import ConfirmClusters
from .delete_run import DeleteRun
from .evaluate_clusters import EvaluateClusters
from .export_corrections import ExportCorrections
from .import_corrections import ImportCorrections
from .list_runs import ListRuns
from .load_run import LoadRun
from .mark_noise import MarkNoise
from .merge_clusters import MergeClusters
from .move_to_cluster import MoveToCluster
from .redo_correction import RedoCorrection
from .rename_cluster import RenameCluster
from .rename_run import RenameRun
from .review.panel import ClusterReview
from .review_clusters import ReviewClusters
from .review_progress import ReviewProgress
from .split_cluster import SplitCluster
from .train_model import TrainModel
from .undo_correction import UndoCorrection
from .visualize_clusters import VisualizeClusters

# The functions have the names of the modules above, and hide them here on purpose.
from .runs.clustering import cluster_images  # isort: skip
from .correcting import (  # isort: skip
    answer_pair,
    apply_labels,
    assign_new_images,
    confirm_clusters,
    export_corrections,
    import_corrections,
    mark_noise,
    merge_clusters,
    move_to_cluster,
    redo_correction,
    rename_cluster,
    split_cluster,
    undo_correction,
)
from .corrections.reads import review_progress  # isort: skip
from .embedding.embeddings import compute_embeddings  # isort: skip
from .evaluation.evaluation import evaluate_clusters  # isort: skip
from .training.models import list_models  # isort: skip
from .runs.run_names import rename_run  # isort: skip
from .runs.run_deletion import delete_run  # isort: skip
from .runs.run_loading import load_run  # isort: skip
from .runs.run_summaries import list_runs  # isort: skip
from .training.training import train_model  # isort: skip
from .visualization.visualization import visualize_clusters

OPERATORS = (
    ComputeEmbeddings,
    ClusterImages,
    TrainModel,
    EvaluateClusters,
    ReviewClusters,
    VisualizeClusters,
    MergeClusters,
    SplitCluster,
    MoveToCluster,
    RenameCluster,
    MarkNoise,
    ConfirmClusters,
    UndoCorrection,
    RedoCorrection,
    ApplyLabels,
    AssignNewImages,
    ReviewProgress,
    ExportCorrections,
    ImportCorrections,
    ListRuns,
    LoadRun,
    RenameRun,
    DeleteRun,
)
PANELS = (ClusterReview,)

__all__ = [
    "OPERATORS",
    "PANELS",
    "answer_pair",
    "apply_labels",
    "assign_new_images",
    "cluster_images",
    "compute_embeddings",
    "confirm_clusters",
    "delete_run",
    "evaluate_clusters",
    "export_corrections",
    "import_corrections",
    "list_models",
    "list_runs",
    "load_run",
    "mark_noise",
    "merge_clusters",
    "move_to_cluster",
    "redo_correction",
    "rename_cluster",
    "rename_run",
    "review_progress",
    "split_cluster",
    "train_model",
    "undo_correction",
    "visualize_clusters",
]
