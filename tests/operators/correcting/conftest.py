"""Datasets with a finished run, made without the networks, and a look at all there is of it."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Edit = Callable[["fo.Dataset", dict[str, str]], None]


@pytest.fixture
def clustered(embedded: "fo.Dataset", write_run: Callable[..., None]) -> "fo.Dataset":
    """A dataset of 30 images with the run `cluster`."""
    write_run(embedded)
    return embedded


@pytest.fixture
def objects(with_objects: "fo.Dataset", write_run: Callable[..., None]) -> "fo.Dataset":
    """A dataset of 15 images with 30 objects, and the run `cluster` on these."""
    write_run(with_objects, patches_field="objects")
    return with_objects


@pytest.fixture(params=["images", "patches"])
def either(request: pytest.FixtureRequest) -> "fo.Dataset":
    """The same run on images and on patches."""
    return request.getfixturevalue("clustered" if request.param == "images" else "objects")


@pytest.fixture
def edit() -> Edit:
    """Gives items another label, as the App's tab *Annotate* does."""

    def change(dataset: "fo.Dataset", labels: dict[str, str]) -> None:
        if dataset.has_field("objects"):
            dataset.set_label_values("objects.detections.cluster", labels)
        else:
            dataset.set_values("cluster.label", labels, key_field="id")

    return change


@pytest.fixture
def reviewed(write: ModuleType, either: "fo.Dataset") -> "fo.Dataset":
    """A run of which one cluster is confirmed as "Tom"."""
    write.confirm_clusters(either, ["c00000"], name="Tom")
    return either


@pytest.fixture
def read(plugin_part: Part) -> ModuleType:
    """The functions that show."""
    return plugin_part("operators.corrections.reads")


@pytest.fixture
def open_review(plugin_part: Part) -> Callable[..., Any]:
    return plugin_part("operators.corrections.writes.opening").open_review


Fields = list[tuple[str, Any, Any, Any, Any]]


@pytest.fixture
def fields_of() -> Callable[["fo.Dataset"], Fields]:
    """Reads the cluster field: id, label, confidence, cluster id, confirmed of each item."""

    def read_fields(dataset: "fo.Dataset") -> Fields:
        dataset.reload()
        if dataset.has_field("objects"):
            root = "objects.detections."
            names = ("id", "cluster", "cluster_confidence", "cluster_id", "cluster_confirmed")
            columns = dataset.values([root + name for name in names], unwind=True)
        else:
            names = ("label", "confidence", "cluster_id", "confirmed")
            columns = dataset.values(["id", *(f"cluster.{name}" for name in names)])
        return sorted(zip(*columns, strict=True))

    return read_fields


@pytest.fixture
def ids_in(fields_of: Callable[["fo.Dataset"], Fields]) -> Callable[..., list[str]]:
    """Ids of the items with a label, from the field itself."""

    def ids(dataset: "fo.Dataset", label: str) -> list[str]:
        return [row[0] for row in fields_of(dataset) if row[1] == label]

    return ids


@pytest.fixture
def check(
    open_review: Callable[..., Any],
    plugin_part: Part,
    fields_of: Callable[["fo.Dataset"], Fields],
) -> Callable[["fo.Dataset"], None]:
    """Compares everything that is kept of a review with the run and the log played from the start.

    The fields, the rows of the clusters, what lists show and the pairs that are asked about must
    all be what the log says.
    """
    build = plugin_part("operators.corrections.writes.build")
    base = plugin_part("operators.corrections.documents.base")
    cards = plugin_part("operators.corrections.documents.cards")
    summaries = plugin_part("operators.corrections.partition.summaries")
    texts_of = plugin_part("operators.corrections.documents.ids").texts_of

    def compare(dataset: "fo.Dataset") -> None:
        review = open_review(dataset)
        found, scored = base.read_base(dataset, review.record)
        whole = build.replay(review.tables, found)
        state, items = whole.state, texts_of(whole.items)
        there = {row[0] for row in fields_of(dataset)}
        expected = sorted(
            (item, state.label(c), round(float(conf), 6), review.key(c), bool(flag))
            for item, c, conf, flag in zip(
                items, state.clusters.tolist(), state.confidence, state.confirmed, strict=True
            )
            if c >= -1 and item in there
        )
        assert [row for row in fields_of(dataset) if row[1] is not None] == expected
        numbers = [s.cluster for s in summaries.summarize(state)]
        stored = review.load(numbers)
        rows = {
            (text, int(c), bool(f))
            for text, c, f in zip(
                texts_of(stored.items), stored.state.clusters, stored.state.confirmed, strict=True
            )
        }
        assert {row[0] for row in rows} == {row[0] for row in expected}
        assert {(review.key(row[1]), row[0]) for row in rows} == {(r[3], r[0]) for r in expected}
        if there >= set(items):
            _compare_cards(review, cards.cards_of(review.tables, whole, numbers))
            own = [c for n, c in cards.cards_of(review.tables, whole, numbers).items() if n >= 0]
            _compare_pairs(review, cards.pair_documents(review.tables, own, scored))

    return compare


def _compare_cards(review: Any, cards: dict[int, dict[str, Any]]) -> None:
    stored = {card["cluster"]: card for card in review.tables.clusters.find(review.tables.query())}
    assert set(stored) == set(cards)
    for number, card in cards.items():
        for name in ("label", "size", "confirmed", "state", "verdicts", "parts", "sources"):
            assert stored[number][name] == card[name], (number, name)


def _compare_pairs(review: Any, pairs: list[dict[str, Any]]) -> None:
    def plain(pair: dict[str, Any]) -> tuple[Any, ...]:
        strength = round(pair["strength"], 5)
        return (pair["first"], pair["second"], strength, pair["settles"], str(pair["verdict"]))

    stored = review.tables.pairs.find(review.tables.query())
    assert sorted(map(plain, stored)) == sorted(map(plain, pairs))
