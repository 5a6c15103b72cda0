"""Merges clusters, and answers whether two are one."""

from collections.abc import Sequence
from typing import Any

from fiftyone.core.collections import SampleCollection

from ..base.correction_params import AnswerPairParams, MergeClustersParams
from ..base.params import ParameterError, parse
from ..corrections.documents.review import Review
from ..corrections.partition.state import DIFFERENT, LATER
from ..corrections.partition.statements import Judge
from ..corrections.partition.texts import quoted
from ..corrections.writes.commit import Planned
from ..corrections.writes.correct import Request, correct
from .planning import plan_merge, planned

_VERDICTS = {"different": DIFFERENT, "later": LATER, "open": None}


def merge_clusters(
    samples: SampleCollection,
    clusters: Sequence[str],
    into: str | None = None,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Puts all images of some clusters into one of them.

    Confirmed images stay confirmed. What was said about the pairs of the merged clusters holds
    for the one that stays.

    Args:
        samples: The dataset, or any view of it.
        clusters: Ids ("c00017") or names of at least two clusters.
        into: The one that stays; if left out, the one with a name, or with most confirmed images,
            or the largest. Needed where two have different names.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to tell what would be done.
        token: That of the run when its clusters were seen; guards against another clustering.

    Returns:
        The report: `run_key`, its `token` (another one once it is clustered anew), `seq` (number of
        the last correction), `entry` (number of this one; None if there was nothing to do), `kind`,
        `text`, `images` (how many changed), `clusters`
        (ids of those concerned), `removed` and `created` ones, `vanished` (images or patches
        deleted in the meantime), `repeated` (whether this was the second half of a double click),
        `notice` (what could not be carried out, such as labels for a field that became read-only,
        and what vanished; "" for none).

    Raises:
        ParameterError: It cannot be done; the message is one sentence.
        ConnectionError: The database was lost.
    """
    values = {"clusters": clusters, "into": into}
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(MergeClustersParams, values | others)

    def plan(review: Review) -> Planned:
        numbers = review.resolve_all(params.clusters)
        target = None if params.into is None else review.resolve(params.into, "into")
        return plan_merge(review, list(dict.fromkeys(numbers)), target)

    # The order of the clusters makes no difference.
    asked = {"clusters": sorted(params.clusters), "into": into}
    return correct(samples, Request("merge", asked, params), plan)


def answer_pair(
    samples: SampleCollection,
    first: str,
    second: str,
    answer: str,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Answers whether two clusters are one.

    Args:
        samples: The dataset, or any view of it.
        first: Id or name of a cluster.
        second: Of another.
        answer: "same" merges them; "different" keeps them apart, in the next run too; "later" puts
            the question off until all others are answered, those that were put off before
            included; "open" takes an answer back.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to tell what would be done.
        token: That of the run when its clusters were seen; guards against another clustering.

    Returns:
        The report; see `merge_clusters`.

    Raises:
        ParameterError: It cannot be done; the message is one sentence.
        ConnectionError: The database was lost.
    """
    values = {"first": first, "second": second, "answer": answer}
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(AnswerPairParams, values | others)
    if not params.answer:
        raise ParameterError("answer", "Answer 'same', 'different', 'later' or 'open'")

    def plan(review: Review) -> Planned:
        one, two = review.resolve(params.first, "first"), review.resolve(params.second, "second")
        if params.answer == "same":
            return plan_merge(review, [one, two], None)
        loaded = review.load([one, two])
        words = {"different": "are different", "later": "were put off", "open": "are open again"}
        text = f"{quoted(loaded.state, [one, two])} {words[params.answer]}"
        return planned(loaded, [Judge(one, two, _VERDICTS[params.answer])], text)

    return correct(samples, Request("answer", values, params), plan)
