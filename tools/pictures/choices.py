"""What the pictures show: chosen by what the run gives, since the shipped model may change."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Row = Mapping[str, Any]
# Of the nearest clusters, those that fit on the picture, below so many parts of the cluster itself.
IN_SIGHT = 4
MOST_PARTS = 6
MOST_TICKED = 3


class ChoiceError(Exception):
    """The run gives nothing that a picture could show."""


@dataclass(frozen=True)
class Subject:
    """The cluster of a picture.

    Attributes:
        cluster: Its id.
        name: What most of its images show.
        ticked: Places, among its nearest clusters, of those that show the same.
    """

    cluster: str
    name: str
    ticked: tuple[int, ...]


def majority(digits: Sequence[str]) -> str:
    """Finds what most images of a cluster show.

    Args:
        digits: What each shows, one or more.

    Returns:
        The most frequent; of several the one that comes first.
    """
    return Counter(digits).most_common(1)[0][0]


def choose_cluster(
    rows: Sequence[Row], near: Mapping[str, Sequence[str]], digits: Mapping[str, Sequence[str]]
) -> Subject:
    """Chooses the cluster that is named, ticked and confirmed.

    Args:
        rows: Clusters as `list_clusters` gives them, one or more.
        near: For each of them the nearest clusters, the nearest first.
        digits: For each cluster what its images show.

    Returns:
        The largest that shows one digit only, does not look mixed, is of few parts and has two
        others of that digit in sight; where there is none, the one that comes nearest to that.
    """

    def worth(row: Row) -> tuple[bool, bool, int, int]:
        ticked = _same(near[row["cluster"]], digits, digits[row["cluster"]])
        is_plain = not row["mixed"] and row["parts"] <= MOST_PARTS
        return len(ticked) > 0, is_plain, min(len(ticked), 2), row["size"]

    cluster = max(rows, key=worth)["cluster"]
    ticked = _same(near[cluster], digits, digits[cluster])
    return Subject(cluster, majority(digits[cluster]), ticked[:MOST_TICKED])


def _same(
    near: Sequence[str], digits: Mapping[str, Sequence[str]], own: Sequence[str]
) -> tuple[int, ...]:
    """Places of the clusters in sight that show just the same digit."""
    if len(set(own)) > 1:
        return ()
    return tuple(
        place for place, other in enumerate(near[:IN_SIGHT]) if set(digits[other]) == set(own)
    )


def choose_mixed(rows: Sequence[Row]) -> str:
    """Chooses the cluster that looks mixed.

    Args:
        rows: Clusters as `list_clusters` gives them.

    Returns:
        The id of the largest of those.

    Raises:
        ChoiceError: None looks mixed.
    """
    mixed = [row for row in rows if row["mixed"]]
    if not mixed:
        raise ChoiceError("No cluster looks mixed in this run, so that none can be shown as such.")
    return max(mixed, key=lambda row: row["size"])["cluster"]


def longest_run(digits: Sequence[str]) -> tuple[int, int]:
    """Finds the images of one digit that a person would select at one go.

    Args:
        digits: What the images of the grid show, in their order, one or more.

    Returns:
        Place of the first and number of the longest sequence of one digit; the first of several.
    """
    runs = [list(group) for _, group in groupby(enumerate(digits), key=lambda pair: pair[1])]
    longest = max(runs, key=len)
    return longest[0][0], len(longest)
