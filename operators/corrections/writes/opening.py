"""Opens a review: builds it the first time, and repairs what a killed program left."""

from __future__ import annotations

import numpy as np
from fiftyone.core.collections import SampleCollection

from ...base.params import ParameterError
from ...data.hidden_images import check_not_hidden
from ..documents.base import fingerprint, read_base
from ..documents.lock import is_held, writing
from ..documents.members import without_rows
from ..documents.review import Review, find_review, needs_repair
from ..documents.tables import sweep
from .adopt import FieldContents, read_field
from .build import begin
from .commit import adopt_fields, repair
from .replacing import check_not_replaced


def open_review(samples: SampleCollection, run_key: str | None = None) -> Review:
    """Opens the review of a run; the first time, its documents are built.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one that there is.

    Returns:
        The review.

    Raises:
        ParameterError: There is no such run, or it cannot be reviewed.
    """
    review = find_review(samples, run_key)
    if not review.head:
        _begin(review)
        review = review.refreshed()
    if needs_repair(review) and not is_held(review.head):
        with writing(review.tables) as lock:
            check_not_replaced(review.dataset, review.record.key)
            review = repair(review.refreshed(), lock)
    return review


def _begin(review: Review) -> None:
    tables = review.tables
    check_not_hidden(review.target, review.record, "review it in a flat copy")
    sweep()
    tables.add_head()  # whoever writes first of those that open it at the same moment builds it
    with writing(tables) as lock:
        head = tables.head()
        if head is not None and head["ready"]:
            return
        check_not_replaced(review.dataset, review.record.key)
        tables.clear(("log", "changes"))
        loaded, scored = read_base(review.dataset, review.record)
        contents = read_field(review.target, review.field, loaded.items)
        _check_filled(review, contents)
        gone = np.flatnonzero(~contents.is_there)
        present = without_rows(loaded, gone)
        lock.keep()
        begin(tables, present, scored, fingerprint(loaded.items, loaded.state))
        adopt_fields(review.refreshed(), lock, present, contents.without(gone))
        lock.keep(ready=True)


def _check_filled(review: Review, contents: FieldContents) -> None:
    """Refuses to take over that nothing has a cluster: of the run, nothing would be left."""
    if contents.is_there.any() and all(label is None for label in contents.labels):
        raise ParameterError(
            "run_key",
            f"The field '{review.record.path}' was emptied; load the run '{review.record.key}' to "
            "restore it",
        )
