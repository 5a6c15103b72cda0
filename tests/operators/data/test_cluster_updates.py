"""Changes of clusters that are there: each item gets its own, however they are dealt out."""

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
SIZES = (13, 1, 9, 7)
NOW = datetime(2030, 1, 2, tzinfo=timezone.utc)


@pytest.fixture
def updates(plugin_part: Part, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with two items for a connection."""
    module = plugin_part("operators.data.cluster_updates")
    monkeypatch.setattr(module, "FEWEST", 2)
    return module


@pytest.fixture
def changed(plugin_part: Part, updates: ModuleType) -> Callable[[Any], int]:
    """Writes clusters of `SIZES` items over others, and gives how many images were found."""
    clusters = plugin_part("operators.data.clusters")

    def change(target: Any) -> int:
        items = target.items()
        clusters.add_cluster_field(target, "cluster", "cluster")
        found = [clusters.new_cluster(9, 0.5, 5) for _ in items.ids]
        clusters.write_clusters(target, items, "cluster", found)
        return updates.update_clusters(target, "cluster", of_sizes(updates, items), NOW)

    return change


def of_sizes(updates: ModuleType, items: Any, sizes: Sequence[int] = SIZES) -> list[Any]:
    found: list[Any] = []
    start = 0
    for number, size in enumerate(sizes):
        part = slice(start, start + size)
        ids, samples = (
            [ObjectId(i) for i in column[part]] for column in (items.ids, items.sample_ids)
        )
        found.append(
            updates.ClusterUpdate(ids, samples, f"n{number}", f"c{number:05d}", number > 1)
        )
        start += size
    return found


def wanted() -> list[tuple[str, str, bool]]:
    return [(f"n{n}", f"c{n:05d}", n > 1) for n, size in enumerate(SIZES) for _ in range(size)]


def test_each_image_gets_its_own_and_the_confidence_stays(
    plugin_part: Part, changed: Callable[[Any], int], dataset: "fo.Dataset"
) -> None:
    assert changed(plugin_part("operators.data.targets").resolve_target(dataset)) == 30
    parts = ("label", "cluster_id", "confirmed", "confidence")
    columns = dataset.values([f"cluster.{part}" for part in parts])
    assert list(zip(*columns[:3], strict=True)) == wanted()
    assert columns[3] == [0.5] * 30
    assert set(dataset.values("last_modified_at")) == {NOW.replace(tzinfo=None)}


def test_each_object_gets_its_own_where_two_of_an_image_are_dealt_apart(
    plugin_part: Part, changed: Callable[[Any], int], with_objects: "fo.Dataset"
) -> None:
    target = plugin_part("operators.data.targets").resolve_target(with_objects, "objects")
    changed(target)
    label, _, cluster_id, confirmed = plugin_part("operators.data.clusters").part_names(
        target, "cluster"
    )
    paths = [target.path(part) for part in (label, cluster_id, confirmed)]
    columns = [with_objects.values(path, unwind=True) for path in paths]
    assert list(zip(*columns, strict=True)) == wanted()


def test_no_more_connections_are_used_than_there_are(
    updates: ModuleType, plugin_part: Part, dataset: "fo.Dataset"
) -> None:
    items = plugin_part("operators.data.targets").resolve_target(dataset).items()
    shares = list(updates._shares(of_sizes(updates, items)))
    assert [sum(len(one.items) for one in share) for share in shares] == [15, 15]
    assert [i for share in shares for one in share for i in one.items] == [
        ObjectId(i) for i in items.ids
    ]


def test_nothing_to_change_asks_for_nothing(
    updates: ModuleType, plugin_part: Part, dataset: "fo.Dataset"
) -> None:
    target = plugin_part("operators.data.targets").resolve_target(dataset)
    assert updates.update_clusters(target, "cluster", [], NOW) == 0
