"""Indexes that make filtering and sorting by cluster quick in the App; images only, where it pays.

MongoDB keeps at most 64 indexes per dataset, of which other fields may have taken all.
"""

from pymongo.errors import OperationFailure

from .targets import Target

MOST = 64
"""Indexes of a collection, that of the ids among them."""

_CANNOT_CREATE = 67


def add_cluster_indexes(target: Target, name: str) -> None:
    """Adds the indexes of a cluster field, as many as there is room for.

    Args:
        target: What is worked on.
        name: Name of the cluster field.
    """
    for index in _indexes(target, name).values():
        try:
            target.dataset.create_index(index)
        except OperationFailure as error:
            if error.code != _CANNOT_CREATE:
                raise
            return


def no_room_texts(target: Target, name: str) -> list[str]:
    """Says that there is no room for the indexes of a cluster field.

    Args:
        target: What is worked on.
        name: Name of the cluster field.

    Returns:
        A sentence for the user; nothing if there is room, or if they are there.
    """
    missing = _indexes(target, name).keys() - set(target.dataset.list_indexes())
    count = len(target.dataset._sample_collection.index_information())
    if not missing or count + len(missing) <= MOST:
        return []
    return [
        f"The dataset has {count} indexes of the {MOST} that MongoDB allows, so filtering by "
        f"'{name}' is slower: drop some with dataset.drop_index(), then load the run"
    ]


def _indexes(target: Target, name: str) -> dict[str, str | list[tuple[str, int]]]:
    """Lists the indexes by the name that FiftyOne gives them."""
    if target.root is not None:
        return {}
    # Label and confidence together: one tile per cluster, the surest on top, comes from the
    # index in a fifth of the time.
    label, confidence, key = f"{name}.label", f"{name}.confidence", f"{name}.cluster_id"
    return {
        f"{label}_1_{confidence}_-1": [(label, 1), (confidence, -1)],
        confidence: confidence,
        key: key,
    }
