"""How much memory training needs."""

from __future__ import annotations

from ..graph.memory import FIXED_BYTES, Size
from ..graph.relation_features import NUM_EDGE_FEATURES
from ..graph.relevant_components import MAX_DIMENSIONS
from .config import TrainConfig
from .splits import num_spared

_HELD_PER_EDGE = 48
"""Half of it relations; the rest are affinities, drawn clusters and their graphs, in bytes."""


def training_bytes(
    size: Size, num_unknown: int, num_classes: int, variants: int, config: TrainConfig
) -> int:
    """Peak memory of a training above the input, in bytes.

    All graphs are held at once: their rows as they came and refined, relations, edge features in
    half precision, and what both networks make of them. One at a time has edge features in single
    precision.

    Args:
        size: Of the embeddings.
        num_unknown: Rows without a class, which learning and validation both get.
        num_classes: How many classes there are. Few give a larger part to validation: of four
            classes half.
        variants: Varied graphs that are drawn.
        config: k, and how many rows the graphs have.
    """
    n, d, k = size.rows, size.dimensions, min(config.k, size.rows)
    apart = min(1.0, num_spared(num_classes, config.validation_share) / max(1, num_classes))
    validation = int(apart * (n - num_unknown)) + num_unknown
    learned = n - validation + num_unknown
    whole = min(config.max_whole_rows, learned)
    held = variants * min(config.max_rows, learned) + whole + validation
    per_row = 4 * (d + min(d, MAX_DIMENSIONS)) + k * (_HELD_PER_EDGE + 2 * NUM_EDGE_FEATURES)
    building = 4 * k * NUM_EDGE_FEATURES * max(validation, whole)
    return 4 * d * (2 * n + num_unknown) + held * per_row + building + FIXED_BYTES
