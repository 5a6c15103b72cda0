"""Where a review begins: the assignment that its run found."""

from __future__ import annotations

import hashlib
from typing import Any

import fiftyone as fo
import numpy as np
from gridfs.errors import GridFSError

from ...base.params import ParameterError
from ...data.records import RunRecord
from ..partition.pairs import ScoredPairs
from ..partition.state import ReviewState, initial_state
from .ids import Ids, ids_of
from .members import Loaded


def read_base(dataset: fo.Dataset, record: RunRecord) -> tuple[Loaded, ScoredPairs]:
    """Reads what a run found.

    Args:
        dataset: The dataset.
        record: The run's record.

    Returns:
        All rows of the run, and the strengths between its clusters.

    Raises:
        ParameterError: The run has no stored results.
    """
    results = _stored(dataset, record.key)
    if results is None:
        raise ParameterError(
            "run_key", f"The run '{record.key}' has no stored results; cluster the images again"
        )
    items = ids_of(results.ids)
    samples = ids_of(results.sample_ids) if results.sample_ids else items
    state = initial_state(
        np.asarray(results.labels, np.int64),
        np.asarray(results.confidence, np.float32),
        np.asarray(results.parts, np.int64),
        np.asarray(_column(results, "confirmed", [False] * len(items)), bool),
        {int(cluster): name for cluster, name in _column(results, "names", [])},
        {(int(a), int(b)): verdict for a, b, verdict in _column(results, "verdicts", [])},
    )
    pairs = np.asarray(_column(results, "pairs", []), np.int64).reshape(-1, 2)
    strength = np.asarray(_column(results, "strength", []), np.float32)
    return Loaded(state, items, samples), ScoredPairs(pairs, strength)


def _stored(dataset: fo.Dataset, run_key: str) -> Any:
    try:
        return dataset.load_run_results(run_key, cache=False)
    except (AttributeError, GridFSError):  # the record names a file that is not there
        return None


def _column(results: Any, name: str, default: Any) -> Any:
    """Reads a column that runs of earlier versions lack."""
    return getattr(results, name, None) or default


def fingerprint(items: Ids, state: ReviewState) -> str:
    """Sums up an assignment, to tell whether a log fits to it.

    Args:
        items: Item of each row.
        state: The state that the run found.

    Returns:
        64 hexadecimal digits; independent of the order of the rows.
    """
    order = np.argsort(items)
    digest = hashlib.sha256(items[order].tobytes())
    digest.update(state.clusters[order].astype("<i8").tobytes())
    return digest.hexdigest()
