"""The grid of small clusters, and the view of their images."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


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
