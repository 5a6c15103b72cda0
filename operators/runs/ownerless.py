"""A cluster field without its run: a clone of a view has the fields of the original, not its runs.

What a person confirmed and named is in the field all the same, and a new clustering keeps it.
"""

import numpy as np

from ..base.operator_params import ClusterImagesParams
from ..corrections.documents.ids import ids_of
from ..corrections.documents.members import Loaded
from ..corrections.partition.delta import apply_delta
from ..corrections.partition.state import NOISE, cluster_number, initial_state
from ..corrections.writes.adopt import adopt, read_field
from ..data import fields
from ..data.clusters import value_name
from ..data.records import incomplete_key
from ..data.targets import Target, target_of_record


def read_ownerless(target: Target, params: ClusterImagesParams) -> Loaded | None:
    """Reads what the cluster field says where there is no run to say it.

    Args:
        target: What is to be clustered.
        params: The parameters, with `cluster_field` and `run_key`.

    Returns:
        All items that have a cluster, without answers about pairs, which no field holds; None if
        there is a run, be it incomplete, or if the field is not there or not of that run.
    """
    dataset, name, key = target.dataset, params.cluster_field, str(params.run_key)
    if {key, incomplete_key(key)} & set(dataset.list_runs()):
        return None
    if fields.run_key_of(target, name) != key:
        return None
    everything = target_of_record(dataset, target.patches_field).items()
    items, samples = ids_of(everything.ids), ids_of(everything.sample_ids)
    contents = read_field(target, name, items)
    empty = np.array([label is None for label in contents.labels], bool)
    contents, items = contents.without(np.flatnonzero(empty)), items[~empty]
    # What has a label without a number was labeled by hand: `adopt` goes by the label.
    numbers = [cluster_number(key or "") for key in contents.keys]
    clusters = np.array([NOISE if number is None else number for number in numbers], np.int64)
    state = initial_state(clusters, _confidence(target, name)[~empty])
    found = apply_delta(state, adopt(state, contents))
    return Loaded(found, items, items if target.root is None else samples[~empty])


def _confidence(target: Target, name: str) -> np.ndarray:
    """Reads the confidence of all items, shape (N,), float32; 1 where there is none."""
    part = value_name(target, name, "confidence")
    ids, *columns = fields.read_columns(target, fields.existing(target, [part]))
    values = columns[0] if columns else [None] * len(ids)
    return np.array([1.0 if value is None else value for value in values], np.float32)
