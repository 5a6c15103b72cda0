"""Splits clusters: into the parts that GCN-V saw, around chosen images, or by clustering again."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ..base import warm_up
from ..base.collector import paused_collector
from ..base.correction_params import SplitClusterParams
from ..base.database import clear_connection_errors
from ..base.params import ParameterError, parse
from ..base.wording import count_text
from ..corrections.documents.ids import ids_of, rows_of, texts_of
from ..corrections.documents.members import Loaded
from ..corrections.documents.review import Review
from ..corrections.log.entries import Heading
from ..corrections.partition.actions import Split
from ..corrections.partition.draft import check_cluster
from ..corrections.partition.state import Int64
from ..corrections.partition.summaries import groups_by_part
from ..corrections.partition.texts import quoted
from ..corrections.writes.commit import Planned
from ..corrections.writes.correct import Request, check_token, correct
from ..corrections.writes.opening import open_review
from ..data.items import Items
from ..embedding.sources import vectors_of_run
from ..training.models import model_of_run
from .planning import planned


def split_cluster(
    samples: SampleCollection,
    cluster: str,
    by: str = "parts",
    items: Sequence[str] | None = None,
    groups: Sequence[Sequence[str]] | None = None,
    num_clusters: int | None = None,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Divides a cluster. The largest piece keeps its id and name; the others are new clusters.

    The piece that stays is taken to be different from each that leaves; around chosen images, all
    pieces are taken to be different. Where embeddings decide, images that have none now stay.

    Args:
        samples: The dataset, or any view of it.
        cluster: Its id or name.
        by: "parts": as GCN-V saw it before anything was merged; "images": around each of `items`,
            every image going to the group that it resembles most; "clustering": by clustering its
            images again, alone; "groups": as `groups` says.
        items: Two or more images of the cluster, for "images".
        groups: Lists of images, for "groups"; images in none of them are a piece of their own.
        num_clusters: How many to make, for "clustering"; at least 2. As many as are found if left
            out, and where so many cannot be told apart.
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
    values = {
        "cluster": cluster,
        "by": by,
        "items": items,
        "groups": groups,
        "num_clusters": num_clusters,
    }
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(SplitClusterParams, values | others)
    _check(params)
    pieces = params.groups
    # What needs the embeddings takes seconds, so it is worked out before anybody has to wait.
    if params.by in ("images", "clustering"):
        with clear_connection_errors("splitting a cluster", "split it again"):
            review = open_review(samples, params.run_key)
            check_token(review, params.token)
            pieces = _work_out(review, params)

    def plan(review: Review) -> Planned:
        number = review.resolve(params.cluster)
        loaded = review.load([number])
        chosen = None if params.by == "parts" else pieces
        return _plan(loaded, number, chosen, params.by == "images")

    return correct(samples, Request("split", values, params), plan)


def _check(params: SplitClusterParams) -> None:
    for name, by, given in (("items", "images", params.items), ("groups", "groups", params.groups)):
        if given and params.by != by:
            raise ParameterError(
                name,
                f"'{name}' are for by='{by}' (got by='{params.by}'); give that too, or leave them "
                "out",
            )
    if params.num_clusters is not None and params.by != "clustering":
        raise ParameterError(
            "num_clusters",
            f"'num_clusters' is for by='clustering' (got by='{params.by}'); give that too, or "
            "leave it out",
        )
    if params.by == "images" and len(params.items) < 2:
        raise ParameterError(
            "items", f"Choose at least two images to split around (got {len(params.items)})"
        )
    if params.by == "groups" and not any(params.groups):
        raise ParameterError("groups", "Give at least one list of images to take out")


def _plan(
    loaded: Loaded,
    number: int,
    pieces: Sequence[Sequence[str]] | None,
    all_apart: bool,
) -> Planned:
    if pieces is None:
        groups = groups_by_part(loaded.state, number)
    else:
        rows = _rows(loaded, list(chain.from_iterable(pieces)))
        groups = tuple(np.split(rows, np.cumsum([len(piece) for piece in pieces[:-1]])))
    correction = planned(loaded, [Split(number, groups, all_apart)], "")
    made = len(np.unique(correction.delta.after))
    what = count_text(made + 1, "clusters")
    text = f"Split {quoted(loaded.state, [number])} into {what}"
    heading = correction.heading
    return correction._replace(heading=Heading(heading.kind, text))


def _rows(loaded: Loaded, items: Sequence[str]) -> Int64:
    rows = rows_of(loaded.items, ids_of(items))
    if (rows < 0).any():
        raise ParameterError(
            "items", "Some of the images are not in this cluster; look at it again"
        )
    return rows


def _work_out(review: Review, params: SplitClusterParams) -> tuple[tuple[str, ...], ...]:
    number = review.resolve(params.cluster)
    loaded = review.load([number])
    check_cluster(loaded.state, number, "cluster")
    if len(loaded.items) < 2:
        Split(number, ()).plan(loaded.state)  # words why
    chosen = _rows(loaded, params.items)
    texts = texts_of(loaded.items)
    items = Items(tuple(texts), tuple(texts_of(loaded.samples)))
    with paused_collector():
        table = vectors_of_run(review.record, review.target, items)
    warm_up.wait()
    labels = (
        _around(table.embeddings, table.items, [texts[row] for row in chosen])
        if params.by == "images"
        else _clustered(table.embeddings, review.record.config, params.num_clusters)
    )
    return _grouped(texts, table.items.ids, labels)


def _grouped(
    items: Sequence[str], embedded: Sequence[str], labels: np.ndarray
) -> tuple[tuple[str, ...], ...]:
    """Gives the pieces; of items without an embedding nothing is known, so they do not leave."""
    groups: dict[int, list[str]] = {label: [] for label in np.unique(labels).tolist()}
    for item, label in zip(embedded, labels.tolist(), strict=True):
        groups[label].append(item)
    known = set(embedded)
    max(groups.values(), key=len).extend(item for item in items if item not in known)
    return tuple(map(tuple, groups.values()))


def _around(embeddings: np.ndarray, items: Items, chosen: Sequence[str]) -> np.ndarray:
    from ...gcn import seeded_kmeans

    places = {item: row for row, item in enumerate(items.ids)}
    seeds = [places[item] for item in dict.fromkeys(chosen) if item in places]
    if len(seeds) < 2:
        raise ParameterError("items", "At least two of the chosen images need an embedding")
    return seeded_kmeans(embeddings, np.array(seeds))


def _clustered(
    embeddings: np.ndarray, config: dict[str, Any], num_clusters: int | None
) -> np.ndarray:
    from ... import gcn

    if num_clusters is not None:
        num_clusters = min(num_clusters, len(embeddings))
    return gcn.cluster(embeddings, model=model_of_run(config), num_clusters=num_clusters).labels
