"""The corrections that `benchmarks.app` times, each as a click on a page of the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.app_browser import Browser
from benchmarks.app_dataset import ids_of_cluster, part

if TYPE_CHECKING:
    import fiftyone as fo

LARGEST, SECOND = "c00000", "c00001"
NAMED, NAME = "c00005", "taken"
"""A cluster that has a name from the beginning."""
FIRST_SMALL = 900
"""The clusters from here on have about twenty images."""
MOST_MARKED = 200
NAME_PATH, TARGET_PATH = "naming.name", "selection.move.target"

Params = Mapping[str, Any]


class Deed(NamedTuple):
    """One kind of correction.

    Attributes:
        what: What it is.
        prepare: Opens the page and does what comes before the click; gives how many corrections
            that made.
        event: What the click sends.
        params: What goes with it.
    """

    what: str
    prepare: Callable[[Browser], int]
    event: str
    params: Callable[[], Params]


def small(count: int) -> list[str]:
    """Names clusters of about twenty images.

    Args:
        count: How many.

    Returns:
        Their ids.
    """
    return [f"c{FIRST_SMALL + place:05d}" for place in range(count)]


def deeds(dataset: fo.Dataset) -> list[Deed]:
    """Lists the corrections.

    Args:
        dataset: The dataset, of which the cluster `NAMED` is called `NAME`.

    Returns:
        The deeds; each leaves the dataset as it was once it is undone.
    """
    return [
        *_merges(),
        *_confirmations(dataset),
        *_names(),
        *_noise(dataset),
        *_splits(dataset),
        *_moves(dataset),
        *_answers(dataset),
    ]


def _merges() -> list[Deed]:
    counts = (2, 10, MOST_MARKED)
    return [
        *(Deed(f"merge {n} of 20", _marked(n), "merge_marked", dict) for n in counts),
        Deed("merge the two largest", _open(), "answer_pair", _same(LARGEST, SECOND)),
    ]


def _confirmations(dataset: fo.Dataset) -> list[Deed]:
    one, new = small(1)[0], {NAME_PATH: "new"}
    odd = ids_of_cluster(dataset, LARGEST)[:5]
    with_odd = _open(ticked=small(3), typed=new, selected=odd)
    merge = {"name": NAME, "if_exists": "merge"}
    anyway = partial(dict, mixed="confirm")  # the answer where some of them look mixed
    confirmed = _open(before=[("confirm_cluster", _of(LARGEST)())])
    return [
        Deed("confirm one of 20", _list, "confirm_cluster", _of(one)),
        Deed(f"confirm {MOST_MARKED} marked", _marked(MOST_MARKED), "confirm_marked", anyway),
        Deed("confirm the largest", _open(), "confirm_cluster", _of(LARGEST)),
        Deed("name and confirm the largest", _open(typed=new), "confirm_cluster", _of(LARGEST)),
        Deed("the same with 3 ticked, all but 5", with_odd, "confirm_rest", _of(LARGEST)),
        Deed("confirm one of 20, merge by name", _open(one), "confirm_named", _of(one, **merge)),
        Deed("confirm the largest, merge by name", _open(), "confirm_named", _of(LARGEST, **merge)),
        Deed("small ones like a named one", _small_page, "confirm_group", _group(dataset)),
        Deed("unconfirm the largest", confirmed, "unconfirm_cluster", _of(LARGEST)),
    ]


def _names() -> list[Deed]:
    one, new = small(1)[0], {NAME_PATH: "new"}
    merge, keep = ({"name": NAME, "if_exists": choice} for choice in ("merge", "keep"))
    return [
        Deed("rename one of 20", _open(one, typed=new), "rename_cluster", _of(one)),
        Deed("rename the largest", _open(typed=new), "rename_cluster", _of(LARGEST)),
        Deed("one of 20 to a taken name: merge", _open(one), "rename_named", _of(one, **merge)),
        Deed("one of 20 to a taken name: keep", _open(one), "rename_named", _of(one, **keep)),
        Deed("the largest to a taken name: merge", _open(), "rename_named", _of(LARGEST, **merge)),
    ]


def _noise(dataset: fo.Dataset) -> list[Deed]:
    one, some = small(1)[0], ids_of_cluster(dataset, LARGEST)[:100]
    aside: list[tuple[str, Params]] = [("mark_noise", _of(c)()) for c in (LARGEST, one)]
    back = _open("noise", before=aside)
    some_back = _open("noise", before=aside, selected=some)
    return [
        Deed("noise: one of 20", _open(one), "mark_noise", _of(one)),
        Deed("noise: the largest", _open(), "mark_noise", _of(LARGEST)),
        Deed("noise: 10 marked", _marked(10), "noise_marked", dict),
        Deed("noise: 100 images", _open(selected=some), "images_to_noise", dict),
        Deed("take all back, the largest too", back, "restore_all", dict),
        Deed("take 100 images back", some_back, "restore_images", dict),
    ]


def _splits(dataset: fo.Dataset) -> list[Deed]:
    rows: list[Deed] = []
    for cluster, name in ((small(1)[0], "one of 20"), (LARGEST, "the largest")):
        two = _open(cluster, selected=ids_of_cluster(dataset, cluster)[:2])
        parts, again = _of(cluster, by="parts"), _of(cluster, by="clustering", is_told=True)
        rows += [
            Deed(f"split {name} into its parts", _open(cluster), "split_cluster", parts),
            Deed(f"split a part off {name}", _open(cluster), "split_off", _of(cluster, part=1)),
            Deed(f"split {name} by 2 images", two, "split_by_images", _of(cluster)),
            Deed(f"cluster {name} again", _open(cluster), "split_cluster", again),
        ]
    return rows


def _moves(dataset: fo.Dataset) -> list[Deed]:
    items = ids_of_cluster(dataset, LARGEST)
    most = min(len(items) // 2, part("review.selection").MOST_SELECTED)
    known, new = {TARGET_PATH: NAME}, {TARGET_PATH: "new"}
    rows = [
        Deed(f"move {n} to a cluster", _open(selected=items[:n], typed=known), "move_images", dict)
        for n in (1, 100, most)
    ]
    hundred = _open(selected=items[:100], typed=new)
    return [*rows, Deed("move 100 to a new cluster", hundred, "move_images", dict)]


def _answers(dataset: fo.Dataset) -> list[Deed]:
    def params(answer: str) -> Params:
        found = part("corrections.reads").suggest_pairs(dataset, limit=1)["pairs"][0]
        ends = {name: found[name]["cluster"] for name in ("first", "second")}
        return {**ends, "answer": answer}

    return [
        Deed(f"pair: {answer}", _pairs, "answer_pair", lambda answer=answer: params(answer))
        for answer in ("same", "different", "later")
    ]


def _of(cluster: str, **params: Any) -> Callable[[], Params]:
    return lambda: {"cluster": cluster, **params}


def _same(first: str, second: str) -> Callable[[], Params]:
    return lambda: {"first": first, "second": second, "answer": "same"}


def _group(dataset: fo.Dataset) -> Callable[[], Params]:
    def params() -> Params:
        rows = part("corrections.reads").list_small(dataset)["clusters"]
        near = next(row["near"]["cluster"] for row in rows if row["near"])
        clusters = [row["cluster"] for row in rows if row["near"]]
        return {"cluster": near, "clusters": clusters}

    return params


def _list(browser: Browser) -> int:
    browser.panel("open_clusters")
    return 0


def _pairs(browser: Browser) -> int:
    browser.panel("open_pairs")
    return 0


def _small_page(browser: Browser) -> int:
    browser.panel("open_small")
    return 0


def _marked(count: int) -> Callable[[Browser], int]:
    def prepare(browser: Browser) -> int:
        browser.panel("open_clusters")
        browser.state["review"]["marked"] = small(count)
        return 0

    return prepare


def _open(
    cluster: str = LARGEST,
    ticked: Sequence[str] = (),
    selected: Sequence[str] = (),
    typed: Mapping[str, str] | None = None,
    before: Sequence[tuple[str, Params]] = (),
) -> Callable[[Browser], int]:
    """Opens a cluster's page, and ticks, selects and types there."""

    def prepare(browser: Browser) -> int:
        for event, params in before:
            browser.panel(event, **params)
        browser.panel("open_cluster", cluster=cluster)
        browser.state["review"]["ticked"] = list(ticked)
        if selected:
            browser.select(selected)
        for path, text in (typed or {}).items():
            browser.type(path, text)
        return len(before)

    return prepare
