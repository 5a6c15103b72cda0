"""Checks what a user hands to `cluster`, once, at the border."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from ..graph.knn_graph import whole_number
from ..networks.checkpoint import Model
from ..pruning.node_clusters import NO_PAIRS

Int64 = NDArray[np.int64]


def row_pairs(pairs: ArrayLike | None, num_rows: int, name: str) -> Int64:
    """Pairs of row numbers, shape (M, 2), int64.

    Args:
        pairs: What was given; None for no pairs.
        num_rows: N; every number is below it.
        name: Of the argument; in a "cannot_link" the two rows differ.

    Raises:
        ValueError: These are no such pairs.
    """
    if pairs is None:
        return NO_PAIRS
    raw = np.asarray(pairs)
    if raw.size == 0:
        return NO_PAIRS
    if raw.ndim != 2 or raw.shape[1] != 2 or raw.dtype.kind not in "iu":
        raise ValueError(
            f"'{name}' must hold pairs of row numbers, shape (M, 2)"
            f" (got dtype {raw.dtype}, shape {raw.shape})"
        )
    if raw.min() < 0 or raw.max() >= num_rows:
        raise ValueError(
            f"'{name}' must name rows 0 to {num_rows - 1} (got {raw.min()} to {raw.max()})"
        )
    same = np.flatnonzero(raw[:, 0] == raw[:, 1])
    if name == "cannot_link" and same.size:
        row = raw[same[0], 0]
        raise ValueError(f"'cannot_link' must name two different rows (got row {row} twice)")
    return raw.astype(np.int64)


def check_num_clusters(number: int, num_rows: int) -> int:
    """Returns a number of clusters as an int, or says in one sentence why it cannot be used.

    Raises:
        TypeError: It is not a whole number.
        ValueError: It is below 1 or above `num_rows`.
    """
    number = whole_number(number, "num_clusters")
    if not 1 <= number <= num_rows:
        raise ValueError(
            f"'num_clusters' must be from 1 to the number of embeddings, {num_rows} (got {number});"
            " leave it out to have it found"
        )
    return number


def check_device(device: str | None) -> str | None:
    """Returns the device where there is such a one, None for the CPU.

    Raises:
        ValueError: There is no such device.
    """
    if device is None:
        return None
    try:
        torch.empty(1, device=device).cpu()  # of the device 'meta' nothing can be read
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(
            f"'device' must name a device that torch can use, such as 'cuda' or 'cpu' (got"
            f" {device!r}: {str(error).splitlines()[0]}); leave it out to use the CPU"
        ) from error
    return None if torch.device(device).type == "cpu" else device


def on_device(model: Model, device: str | None) -> Model:
    """The model with its networks on a device; the one that is given stays where it is."""
    if device is None:
        return model
    networks = (copy.deepcopy(model.gcn_v), copy.deepcopy(model.gcn_c))
    return replace(model, gcn_v=networks[0], gcn_c=networks[1]).to(device)
