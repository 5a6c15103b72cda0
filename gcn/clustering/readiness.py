"""How readily new images are merged, told by old ones that are taken for new.

How fine classes are is seldom in the images. Where a person has confirmed which images belong
together, some of these tell: placed as if they had just come, they are to find back.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..graph.node_state import NodeState
from ..networks.checkpoint import Model
from ..runtime.progress import Progress, share
from .anchors import place

Bool = NDArray[np.bool_]
Int64 = NDArray[np.int64]

_SHIFTS = (0.0, 1.5, 3.0, 4.5)
"""By which log-odds of connection strengths are tried, beside that of the old images."""
_FEWEST, _MIN_CLASSES = 100, 3
"""Confirmed images and clusters of them; fewer tell nothing."""
_HIDDEN, _WHOLE = 0.1, 0.05
"""Share of images, and of whole clusters, that are taken for new: of these new ones are fewer."""
_MIN_GAIN = 0.02
"""Of what the place of an image is worth, before anything else is done than with the old ones."""
_AMONG_STRANGERS = 0.25
"""What it costs where most of a cluster are of other classes."""
_ENOUGH, _DRAWS = 3_000, 3
"""Hidden images that tell enough, and how often some are hidden at most until they do."""


def readiest(
    state: NodeState,
    anchors: Int64,
    confirmed: Bool,
    model: Model,
    base: float,
    progress: Progress | None = None,
) -> float:
    """Finds by how much to raise the log-odds of connection strengths.

    Args:
        state: What GCN-V says of all images, old and new.
        anchors: Clusters from 0 without gaps of the old images, -1 for new ones, shape (N,).
        confirmed: Old images whose cluster is known to be right, shape (N,).
        model: Trained networks.
        base: What the old images were merged by; to be beaten by more than chance explains.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The shift; `base` where too little is confirmed.
    """
    classes = anchors[confirmed]
    if len(classes) < _FEWEST or len(np.unique(classes)) < _MIN_CLASSES:
        return base
    shifts = [base, *(shift for shift in _SHIFTS if shift != base)]
    found, num_hidden = np.zeros(len(shifts)), 0
    for draw in range(_DRAWS):
        if num_hidden >= _ENOUGH:
            break
        hidden = _hidden(anchors, confirmed, draw)
        left = np.where(hidden, -1, anchors)
        stays = left >= 0
        left[stays] = np.unique(left[stays], return_inverse=True)[1]
        within = share(progress, draw / _DRAWS, (draw + 1) / _DRAWS)
        found += _scores(place(state, left, model, shifts, within), classes, confirmed, hidden)
        num_hidden += int(hidden.sum())
    found /= max(num_hidden, 1)
    best = int(found.argmax())
    return shifts[best] if found[best] >= found[0] + _MIN_GAIN else base


def _hidden(anchors: Int64, confirmed: Bool, seed: int) -> Bool:
    """Draws confirmed images, alone and by whole clusters, the same ones each time."""
    rng = np.random.default_rng(seed)
    alone = rng.random(len(anchors)) < _HIDDEN
    whole = rng.random(int(anchors.max()) + 1) < _WHOLE
    return confirmed & (alone | whole[anchors])


def _scores(
    labelings: Iterable[Int64], classes: Int64, confirmed: Bool, hidden: Bool
) -> NDArray[np.float64]:
    """Sum of what the places of the hidden images are worth, per labeling."""
    who = hidden[confirmed]
    return np.array([_worth(classes, labels[confirmed])[who].sum() for labels in labelings])


def _worth(classes: Int64, clusters: Int64) -> NDArray[np.float64]:
    """What the place of each image is worth: its F, as BCubed counts it; less among strangers.

    An image that is left alone and one among strangers both have next to no F, but the first is
    found among the small clusters, and the second has to be looked for.
    """
    of, sizes_of = np.unique(clusters, return_inverse=True, return_counts=True)[1:]
    pairs = classes * len(sizes_of) + of
    both, counts = np.unique(pairs, return_inverse=True, return_counts=True)[1:]
    together, sizes = counts[both], sizes_of[of]
    f = 2.0 * together / (np.bincount(classes)[classes] + sizes)
    return f - _AMONG_STRANGERS * (together < 0.5 * sizes)
