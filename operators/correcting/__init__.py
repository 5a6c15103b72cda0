"""The functions that correct clusters; each is one entry of the log and can be undone."""

from .assigning import assign_new_images
from .confirming import confirm_clusters
from .exporting import export_corrections
from .importing import import_corrections
from .labeling import apply_labels
from .merging import answer_pair, merge_clusters
from .moving import move_to_cluster
from .noise import mark_noise
from .renaming import rename_cluster
from .splitting import split_cluster
from .undoing import redo_correction, undo_correction

__all__ = [
    "answer_pair",
    "apply_labels",
    "assign_new_images",
    "confirm_clusters",
    "export_corrections",
    "import_corrections",
    "mark_noise",
    "merge_clusters",
    "move_to_cluster",
    "redo_correction",
    "rename_cluster",
    "split_cluster",
    "undo_correction",
]
