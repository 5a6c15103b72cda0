"""The order of small clusters in their grid, and the view of their images."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def small(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.corrections.small")


def test_nearest_named_is_the_strongest_of_the_named_ones(small: ModuleType) -> None:
    pairs = [(0, 5, 0.4), (5, 1, 0.9), (5, 6, 0.99), (0, 1, 1.0), (7, 6, 0.5)]
    found = small.nearest_named(pairs, {0, 1})
    assert found == {5: (1, 0.9)}


@pytest.mark.parametrize("seed", range(5))
def test_order_of_pairs_does_not_matter(small: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(i, j, float(rng.random())) for i in range(12) for j in range(i)]
    mixed = [pairs[row] for row in rng.permutation(len(pairs))]
    named = set(rng.choice(12, 4, replace=False).tolist())
    assert small.nearest_named(pairs, named) == small.nearest_named(mixed, named)


def test_clusters_of_one_kind_are_together_and_strangers_last(small: ModuleType) -> None:
    nearest = {1: (9, 0.3), 3: (8, 0.2), 4: (9, 0.7), 5: (8, 0.6)}
    near = {cluster: small.Nearest(*values) for cluster, values in nearest.items()}
    assert small.grid_order([0, 1, 2, 3, 4, 5], near) == [5, 3, 4, 1, 0, 2]


def test_small_clusters_are_listed_by_the_named_one_that_they_resemble(
    plugin_part: Part, fragments: "fo.Dataset"
) -> None:
    reads, write = plugin_part("operators.corrections.reads"), plugin_part("operators.correcting")
    assert [row["near"] for row in reads.list_small(fragments)["clusters"]] == [None] * 5
    write.confirm_clusters(fragments, ["c00000"], name="dog")
    write.rename_cluster(fragments, "c00001", "cat")
    found = reads.list_small(fragments)
    keys = [(row["cluster"], (row["near"] or {}).get("label")) for row in found["clusters"]]
    assert keys == [
        ("c00005", "dog"),
        ("c00003", "dog"),
        ("c00002", "cat"),
        ("c00004", "cat"),
        ("c00006", None),
    ]
    assert [row["near"]["is_confirmed"] for row in found["clusters"][:4]] == [True] * 2 + [
        False
    ] * 2
    strengths = [row["near"]["strength"] for row in found["clusters"][:4]]
    assert strengths == pytest.approx([0.8, 0.6, 0.7, 0.3])
    assert [item for row in found["clusters"] for item in row["items"]] == found["items"]
    ids = fragments.values("id")
    assert found["items"] == [ids[row] for row in (28, 27, 24, 23, 22, 21, 20, 26, 25, 29)]
    assert reads.items_view(fragments, found["items"]).values("id") == found["items"]
    write.answer_pair(fragments, "c00000", "c00003", "different")
    assert reads.list_small(fragments)["clusters"][-2]["near"] is None


def test_pages_of_small_clusters_hold_each_once(plugin_part: Part, fragments: "fo.Dataset") -> None:
    reads = plugin_part("operators.corrections.reads")
    pages = [reads.list_small(fragments, offset=start, limit=2) for start in (0, 2, 4, 6)]
    assert [len(page["clusters"]) for page in pages] == [2, 2, 1, 0]
    assert {page["total"] for page in pages} == {5}
    assert len({item for page in pages for item in page["items"]}) == 10


def test_objects_have_a_grid_of_small_clusters_too(
    plugin_part: Part, objects: "fo.Dataset"
) -> None:
    reads = plugin_part("operators.corrections.reads")
    ids = objects.values("objects.detections.id", unwind=True)
    chosen = [ids[7], ids[2], ids[20]]
    view = reads.items_view(objects, chosen)
    assert view._is_patches
    assert view.values("id") == chosen
