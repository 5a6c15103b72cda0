"""Sentences that tell the user when a result should not be trusted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..cluster_graph.membership import member_matrix, sums_of_members
from ..graph.moments import Moments, squared_lengths
from ..graph.relation_features import SHARED_AT
from ..graph.relations import Relations, shared_neighbors
from ..knn.search import GIVEN_UP
from ..runtime.fixed_point import Rows

OTHER_NETWORK = "dimensions_learned"
"""Count of a stage: dimensions of the embeddings a model was trained on, where these differ."""
WANTED, MADE = "wanted_clusters", "made_clusters"
"""Counts of a stage: clusters that the user knows of, and how many were made for that."""
_MANY = 100
_GIANT_SHARE = 0.5
_SEPARATED, _SEPARATED_IN_FEW = 0.7, 0.78
_FEW = 300
_SAMPLE_ROWS = 1000
_TOP_SHARE = 0.9
_ALIKE = 0.9
_EXPLAINED = 0.5
_SURE = 0.7
"""Mean confidence. Of labeled sets (`benchmarks.doubt`) hardly one with F below 0.45 has more, and
none with F of 0.6 or more has less."""
_ASKS_NUMBER = (
    " If you know about how many clusters there are, give that number ('num_clusters'): pieces are"
    " joined until there are so many."
)
_STRUCTURE = 0.3
"""Modularity, from where on Newman and Girvan speak of communities."""


def advice(
    agreement: float,
    labels: NDArray[np.int64],
    likeness: float = float("inf"),
    confidence: float = 1.0,
    modularity: float = 0.0,
    knows_number: bool = False,
) -> tuple[str, ...]:
    """Warns of embeddings that do not separate the images, of chains and of a giant cluster.

    Args:
        agreement: From `neighborhood_agreement`.
        labels: Cluster of each, 0 the largest, shape (N,).
        likeness: From `likeness_inside`.
        confidence: Mean over all images.
        modularity: From `confidence.modularity`. Neighbors in a crowd do not agree on their own
            neighbors, though the crowd may stand apart from all others.
        knows_number: Whether the user said how many clusters there are.

    Returns:
        Sentences; none where nothing is wrong, or for fewer than 100 images.
    """
    num_images = len(labels)
    if num_images < _MANY:
        return ()
    found: list[str] = []
    # Among few images neighbors agree more, even where there is nothing to agree on.
    separated = _SEPARATED if num_images >= _FEW else _SEPARATED_IN_FEW
    if agreement < separated and modularity < _STRUCTURE:
        found.append(_not_separated(agreement, separated))
    if likeness < _ALIKE and np.sinh(likeness) < _EXPLAINED * _largest_likeness(labels):
        found.append(_chained(likeness))
    if confidence < _SURE and not found:
        found.append(_not_sure(confidence) + _ASKS_NUMBER * (not knows_number))
    largest = int((labels == 0).sum())
    if largest > _GIANT_SHARE * num_images:
        found.append(
            f"The largest cluster holds {largest} of {num_images} images; if they are not of one"
            " kind, use embeddings from a network that knows this kind of image."
        )
    return tuple(found)


def _not_separated(agreement: float, separated: float) -> str:
    return (
        "These embeddings hardly separate the images: neighbors do not agree on their own"
        f" neighbors (agreement {_down(agreement)}, where groups give {separated} or more); use"
        " embeddings from a network that knows this kind of image, rather than other settings."
    )


def _chained(likeness: float) -> str:
    return (
        "Images inside the clusters are hardly more alike than any two images (likeness"
        f" {_down(likeness)}, where groups give {_ALIKE} or more): they have grown along chains"
        " of neighbors; use embeddings from a network that knows this kind of image, rather"
        " than other settings."
    )


def _not_sure(confidence: float) -> str:
    return (
        "The model is not sure of these clusters: its mean confidence is"
        f" {_down(confidence)}, where good ones have {_SURE} or more; expect clusters that are"
        " mixed and classes that are in pieces. Use embeddings from a network that knows this"
        " kind of image, or train the model on some labeled classes of it, rather than other"
        " settings."
    )


def _down(figure: float) -> str:
    """Rounded down: no figure that is too small is shown as one that would do."""
    return f"{np.floor(100 * figure) / 100:.2f}"


def number_advice(counts: Mapping[str, int], made: int | None = None) -> tuple[str, ...]:
    """Says so where there are not as many clusters as were wanted, and why.

    Args:
        counts: Of the stage that joins clusters, if there was one.
        made: How many there are after all, where they were divided or joined since.
    """
    if WANTED not in counts:
        return ()
    number = counts[MADE] if made is None else made
    if number == counts[WANTED]:
        return ()
    wanted, found = f"{counts[WANTED]:,}", f"{number:,}"
    if number < counts[WANTED]:
        return (
            f"There are only {found} clusters, not {wanted}: no smaller parts were seen inside of"
            " them; split those that look mixed.",
        )
    return (
        f"There are {found} clusters, not {wanted}: those that are left have nothing in common that"
        " the model knows of, or have to stay apart.",
    )


def search_advice(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Says that a large set was searched exactly, which takes far longer, and why.

    Args:
        counts: From the search for neighbors.
    """
    if GIVEN_UP not in counts:
        return ()
    return (
        "Each image was compared with all others, which takes time with the square of their number:"
        f" the embeddings group so little that {counts[GIVEN_UP]:,} lists of similar images would"
        " have had to be searched for each; use embeddings with fewer dimensions (a PCA to 256"
        " changes little), or from a network that knows this kind of image.",
    )


def space_advice(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Says that a model is used with embeddings of another network than it was trained on.

    Args:
        counts: Of the stage that rescales the embeddings.
    """
    if OTHER_NETWORK not in counts:
        return ()
    return (
        f"The model was trained on embeddings of {counts[OTHER_NETWORK]:,} dimensions from what"
        " seems to be another network than that of these; what it learned about their directions"
        " was left aside. Use embeddings from the network that it was trained with, or train a"
        " model on these.",
    )


def neighborhood_agreement(relations: Relations) -> float:
    """How much the best-grouped images share their ten nearest neighbors with one of them.

    Source: this project. Pure noise gives 0.2 to 0.65 depending on size and dimension, sets with
    classes 0.7 to 1, whatever their network.

    Args:
        relations: Of the set.

    Returns:
        The 90 % quantile, over an even sample of images, of the largest share of common
        neighbors among the ten nearest; in [0, 1].
    """
    # An even sample over the order of similarities does not depend on the order of rows.
    order = np.argsort(relations.graph.similarity[:, 0], kind="stable")
    rows = order[:: -(-len(order) // _SAMPLE_ROWS)]
    shared = shared_neighbors(relations, rows)[..., SHARED_AT.index(10)]  # (R, k)
    return float(np.quantile(shared.max(1), _TOP_SHARE))


def likeness_inside(x: Rows, labels: NDArray[np.int64], moments: Moments) -> float:
    """Mean similarity of two images of one cluster, in the unit of `Moments.z`.

    Source: this project. Chains of unlike images give 0 to 0.85, sets with classes 1 to 2.5.

    Args:
        x: Unit rows, shape (N, D), also in fixed point.
        labels: Cluster of each, from 0 without gaps, shape (N,).
        moments: Random-pair statistics of `x`.

    Returns:
        Infinity where no two images share a cluster.
    """
    sizes = np.bincount(labels).astype(np.float64)
    pairs = float((sizes * (sizes - 1.0)).sum())
    if not pairs:
        return float("inf")
    sums = sums_of_members(member_matrix(labels), x)  # (C, D)
    lengths = np.einsum("ij,ij->i", sums, sums, dtype=np.float64)
    # Of all inner products inside a cluster, those of an image with itself are left out.
    mean = (float(lengths.sum()) - float(squared_lengths(x).sum())) / pairs
    return float(moments.z(np.array([mean], np.float32))[0])


def _largest_likeness(labels: NDArray[np.int64]) -> float:
    """What `likeness_inside`, not compressed, is at most, where clusters are that large.

    Of few large classes two random images are often of one class, so the similarity of any two
    is hardly below that of two of a class.
    """
    shares = np.bincount(labels) / len(labels)
    same = float(np.square(shares).sum())
    return float(np.sqrt((1.0 - same) / same))
