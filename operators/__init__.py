"""The operators of the plugin, and the same as plain functions.

FiftyOne loads its plugins when they are first asked for, so list them before the import:

>>> import fiftyone.operators as foo
>>> operators = foo.list_operators()
>>> from fiftyone.plugins.orgs.autolabel.gcn.operators import cluster_images
"""

from .cluster_images import ClusterImages
from .compute_embeddings import ComputeEmbeddings
from .delete_run import DeleteRun
from .evaluate_clusters import EvaluateClusters
from .list_runs import ListRuns
from .load_run import LoadRun
from .train_model import TrainModel

# The functions have the names of the modules above, and hide them here on purpose.
from .clustering import cluster_images  # isort: skip
from .embeddings import compute_embeddings  # isort: skip
from .evaluation import evaluate_clusters  # isort: skip
from .models import list_models  # isort: skip
from .runs import delete_run, list_runs, load_run  # isort: skip
from .training import train_model  # isort: skip

OPERATORS = (
    ComputeEmbeddings,
    ClusterImages,
    TrainModel,
    EvaluateClusters,
    ListRuns,
    LoadRun,
    DeleteRun,
)

__all__ = [
    "OPERATORS",
    "cluster_images",
    "compute_embeddings",
    "delete_run",
    "evaluate_clusters",
    "list_models",
    "list_runs",
    "load_run",
    "train_model",
]
