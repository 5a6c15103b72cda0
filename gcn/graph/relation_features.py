"""Names and order of the features of nodes and edges that GCN-V reads.

A checkpoint holds weights for these columns in this order. A unit is the set's local scale: the
mean deviation of similarity along a row. "Original" are the embeddings as they came, before they
were rescaled; "diffused" are those averaged over their neighbors. An edge leads from node i to its
neighbor j.
"""

from __future__ import annotations

from enum import IntEnum

SHARED_AT = (5, 10, 20, 40, 80)
"""Ranks down to which shared neighbors are counted."""


class NodeFeature(IntEnum):
    """Columns of `Relations.node_features`; `Z` marks the unit of `Moments.z`."""

    FIRST_Z = 0
    FIFTH_Z = 1
    TENTH_Z = 2
    TWENTIETH_Z = 3
    FORTIETH_Z = 4
    LAST_Z = 5
    FIRST = 6
    MEAN = 7
    SPREAD = 8  # from the first to the last neighbor, in units
    ENTROPY = 9  # of the transition to the neighbors, over that of equal ones
    DIMENSION = 10  # log of the local intrinsic dimension
    LOG_DEGREE = 11  # of the lists that the node stands in
    DEGREE_BEYOND_NEIGHBORS = 12
    FIRST_BEYOND_NEIGHBORS = 13
    ORIGINAL_FIRST_Z = 14
    ORIGINAL_MEAN_Z = 15
    ORIGINAL_FIRST = 16
    ORIGINAL_MEAN = 17


class EdgeFeature(IntEnum):
    """Columns of `edge_features`; `Z` marks the unit of `Moments.z`, `BEYOND` a difference."""

    SIMILARITY = 0
    SIMILARITY_Z = 1
    ORIGINAL = 2
    ORIGINAL_Z = 3
    BEYOND_FIRST_OF_I = 4  # similarity beyond that of i and its first neighbor, in units
    BEYOND_FIRST_OF_J = 5
    BEYOND_MEAN_OF_I = 6
    BEYOND_MEAN_OF_J = 7
    LOG_RANK = 8  # of j in the list of i
    LOG_REVERSE_RANK = 9
    MUTUAL = 10
    OVERLAP = 11  # Bhattacharyya's, of the transitions of both ends
    SHARP_OVERLAP = 12
    OVERLAP_BEYOND_MEAN = 13
    SHARP_OVERLAP_BEYOND_MEAN = 14
    RARE_SHARED = 15  # shared neighbors, those in few lists counting most
    DIFFUSED_Z = 16
    SHARP_DIFFUSED = 17
    DIFFUSED = 18
    DIFFUSED_BEYOND_MEAN_OF_I = 19
    DIFFUSED_BEYOND_MEAN_OF_J = 20
    LOG_DEGREE_RATIO = 21
    FIRST_SHARED = 22  # share of neighbors in common down to each rank of `SHARED_AT`
    LAST_SHARED = 26
    ORIGINAL_BEYOND_FIRST_OF_I = 27
    ORIGINAL_BEYOND_FIRST_OF_J = 28
    ORIGINAL_BEYOND_MEAN_OF_I = 29
    ORIGINAL_BEYOND_MEAN_OF_J = 30


NUM_NODE_FEATURES = len(NodeFeature)
NUM_EDGE_FEATURES = int(max(EdgeFeature)) + 1

COMPRESSED_NODE_COLUMNS = (
    NodeFeature.FIRST_Z,
    NodeFeature.FIFTH_Z,
    NodeFeature.TENTH_Z,
    NodeFeature.TWENTIETH_Z,
    NodeFeature.FORTIETH_Z,
    NodeFeature.LAST_Z,
    NodeFeature.ORIGINAL_FIRST_Z,
    NodeFeature.ORIGINAL_MEAN_Z,
)
"""Node features in the unit of `Moments.z`."""
RAW_NODE_COLUMNS = (
    NodeFeature.FIRST,
    NodeFeature.MEAN,
    NodeFeature.ORIGINAL_FIRST,
    NodeFeature.ORIGINAL_MEAN,
)
"""Node features that are cosines."""
COMPRESSED_EDGE_COLUMNS = (
    EdgeFeature.SIMILARITY_Z,
    EdgeFeature.ORIGINAL_Z,
    EdgeFeature.DIFFUSED_Z,
)
"""Edge features in the unit of `Moments.z`."""
RAW_EDGE_COLUMNS = (
    EdgeFeature.SIMILARITY,
    EdgeFeature.ORIGINAL,
    EdgeFeature.SHARP_DIFFUSED,
    EdgeFeature.DIFFUSED,
)
"""Edge features that are cosines."""
