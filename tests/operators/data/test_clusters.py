from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def clusters(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.data.clusters")


@pytest.fixture(params=[None, "objects"], ids=["images", "patches"])
def target(request: pytest.FixtureRequest, plugin_part: Part, with_objects: "fo.Dataset") -> Any:
    return plugin_part("operators.data.targets").resolve_target(with_objects, request.param)


def columns(items: Any) -> dict[str, Any]:
    n = len(items)
    is_image = items.ids == items.sample_ids
    return {
        "ids": list(items.ids),
        "sample_ids": None if is_image else list(items.sample_ids),
        "labels": [-1, *(i % 3 for i in range(n - 1))],
        "confidence": [round(i / n, 6) for i in range(n)],
    }


def fill(clusters: ModuleType, target: Any, name: str) -> None:
    clusters.add_cluster_field(target, name, "r1")
    for _, items, found in clusters.cluster_batches(columns(target.items())):
        clusters.write_clusters(target, items, name, found)


def test_names_are_padded_to_five_digits_and_noise_is_noise(clusters: ModuleType) -> None:
    assert clusters.new_cluster(17, 0.5, 5) == ("c00017", 0.5, "c00017", False)
    assert clusters.new_cluster(-1, 0.5, 5).label == "noise"


def test_labels_are_written_to_each_item(clusters: ModuleType, target: Any) -> None:
    fill(clusters, target, "cluster")
    labels = target.dataset.values(clusters.label_path(target, "cluster"), unwind=True)
    assert labels[:4] == ["noise", "c00000", "c00001", "c00002"]
    assert clusters.count_clustered(target, "cluster") == len(target.items())


def test_image_label_has_the_documented_attributes(
    clusters: ModuleType, plugin_part: Part, with_objects: "fo.Dataset"
) -> None:
    target = plugin_part("operators.data.targets").resolve_target(with_objects)
    fill(clusters, target, "cluster")
    label = with_objects.skip(1).first().cluster
    assert (label.label, label.cluster_id, label.confirmed) == ("c00000", "c00000", False)
    assert label.confidence == pytest.approx(1 / 15, abs=1e-6)
    assert with_objects.get_field("cluster").info["run_key"] == "r1"
    schema = with_objects.get_field_schema(flat=True)
    assert {"cluster.cluster_id", "cluster.confirmed"} <= set(schema)


def test_patch_gets_plain_attributes(
    clusters: ModuleType, plugin_part: Part, with_objects: "fo.Dataset"
) -> None:
    target = plugin_part("operators.data.targets").resolve_target(with_objects, "objects")
    fill(clusters, target, "cluster")
    second = with_objects.first().objects.detections[1]
    assert (second.cluster, second.cluster_id) == ("c00000", "c00000")
    assert second.cluster_confirmed is False
    assert second.cluster_confidence == pytest.approx(1 / 30, abs=1e-6)


def test_view_has_one_tile_per_cluster_with_the_surest_on_top(
    clusters: ModuleType, target: Any
) -> None:
    fill(clusters, target, "cluster")
    view = clusters.cluster_view(target, "cluster")
    assert len(view) == 4
    path = "cluster" if target.root is None else "objects"
    label, score = ("label", "confidence") if target.root is None else ("cluster",) * 2
    if target.root is not None:
        score = "cluster_confidence"
    tops = {sample[path][label]: sample[path][score] for sample in view}
    n = len(target.items())
    best = {f"c{c:05d}": max(i / n for i in range(1, n) if (i - 1) % 3 == c) for c in range(3)}
    assert tops == pytest.approx(best | {"noise": 0.0}, abs=1e-6)


def tiles(clusters: ModuleType, target: Any) -> list[str]:
    """The labels of the one-tile view, in its order."""
    field, label = ("cluster", "label") if target.root is None else ("objects", "cluster")
    return [sample[field][label] for sample in clusters.cluster_view(target, "cluster")]


def test_tiles_come_in_the_order_of_the_labels(clusters: ModuleType, target: Any) -> None:
    clusters.add_cluster_field(target, "cluster", "r1")
    items = target.items()
    numbers = [3, 2, 2, 1, 1, 1, *[0] * (len(items) - 6)]  # the largest was inserted last
    found = [clusters.new_cluster(number, 0.5, 5) for number in numbers]
    clusters.write_clusters(target, items, "cluster", found)
    assert tiles(clusters, target) == ["c00000", "c00001", "c00002", "c00003"]

    new_name = [found[0]._replace(label="zebra"), *(c._replace(label="ant") for c in found[1:3])]
    clusters.write_clusters(target, items.keep([0, 1, 2]), "cluster", new_name)
    assert tiles(clusters, target) == ["ant", "c00000", "c00001", "zebra"]


def test_inside_a_tile_the_surest_come_first(clusters: ModuleType, target: Any) -> None:
    fill(clusters, target, "cluster")
    view = clusters.cluster_view(target, "cluster")
    path = "cluster.confidence" if target.root is None else "objects.cluster_confidence"
    for number in range(3):
        inside = view.get_dynamic_group(f"c{number:05d}").values(path)
        assert inside == sorted(inside, reverse=True)
        assert len(inside) > 1


def test_view_leaves_out_what_has_no_cluster(clusters: ModuleType, target: Any) -> None:
    clusters.add_cluster_field(target, "cluster", "r1")
    first = next(target.items().chunks(2))
    found = [clusters.new_cluster(0, 0.5, 5)] * 2
    clusters.write_clusters(target, first, "cluster", found)
    assert len(clusters.cluster_view(target, "cluster")) == 1


def test_contents_come_back_exactly(clusters: ModuleType, target: Any) -> None:
    fill(clusters, target, "cluster")
    dataset = target.dataset
    if target.root is None:
        sample = dataset.first()
        sample.cluster.label = "renamed"
        sample.cluster.tags = ["mine"]
        sample["cluster"]["note"] = "by hand"
        sample.save()
    before = [sample.to_dict() for sample in dataset]
    stored = list(clusters.read_contents(target, "cluster"))
    clusters.clear_clusters(target, "cluster")
    assert clusters.count_clustered(target, "cluster") == 0
    for rows in stored:
        clusters.write_contents(target, "cluster", rows)
    dataset.reload()
    after = [sample.to_dict() for sample in dataset]
    for old, new in zip(before, after, strict=True):
        for values in (old, new):
            values.pop("last_modified_at", None)
        assert old == new


def test_deleting_removes_all_parts(clusters: ModuleType, plugin_part: Part, target: Any) -> None:
    before = set(target.dataset.get_field_schema(flat=True))
    indexes = target.dataset.list_indexes()
    fill(clusters, target, "cluster")
    plugin_part("operators.data.cluster_indexes").add_cluster_indexes(target, "cluster")
    assert clusters.delete_clusters(target, "cluster")
    assert set(target.dataset.get_field_schema(flat=True)) == before
    assert target.dataset.list_indexes() == indexes
    assert not clusters.delete_clusters(target, "cluster")
