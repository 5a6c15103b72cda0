"""Names are completed from all there are, however many."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
MANY = 3_000  # clusters of the fixture


@pytest.fixture
def reads(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.corrections.reads")


def test_any_of_thousands_of_names_is_completed(
    reads: ModuleType, many_names: "fo.Dataset"
) -> None:
    for number in (0, 1_999, 2_000, MANY - 1):
        found = reads.list_names(many_names, prefix=f"KIND {number:04d}", limit=5)
        assert [row["name"] for row in found["names"]] == [f"kind {number:04d}"]
        assert found["total"] == 1


def test_the_largest_come_first_and_all_are_counted(
    reads: ModuleType, many_names: "fo.Dataset"
) -> None:
    found = reads.list_names(many_names, limit=3)
    assert [row["name"] for row in found["names"]] == ["kind 0000", "kind 0001", "kind 0002"]
    assert [row["images"] for row in found["names"]] == [MANY, MANY - 1, MANY - 2]
    assert found["total"] >= MANY - 1  # two clusters may have come to share a name


def test_those_that_begin_so_come_before_those_that_hold_it(
    reads: ModuleType, write: ModuleType, many_names: "fo.Dataset"
) -> None:
    write.rename_cluster(many_names, "c00007", "29 kinds")
    names = [row["name"] for row in reads.list_names(many_names, prefix="29", limit=3)["names"]]
    assert names == ["29 kinds", "kind 0029", "kind 0129"]


@pytest.mark.parametrize("typed", ["$name", "a.b", "(", ".*", "\\", "kind 0\u0131"])
def test_what_is_typed_is_taken_letter_by_letter(
    reads: ModuleType, write: ModuleType, many_names: "fo.Dataset", typed: str
) -> None:
    assert reads.list_names(many_names, prefix=typed)["names"] == []
    write.rename_cluster(many_names, "c00008", typed)
    found = reads.list_names(many_names, prefix=typed)["names"]
    assert [(row["name"], row["clusters"]) for row in found] == [(typed, ["c00008"])]


def test_clusters_of_one_name_are_one_completion(
    reads: ModuleType, write: ModuleType, many_names: "fo.Dataset"
) -> None:
    write.rename_cluster(many_names, "c00009", "kind 0010", if_exists="keep")
    (row,) = reads.list_names(many_names, prefix="kind 0010")["names"]
    assert row["clusters"] == ["c00009", "c00010"]


def test_a_cluster_is_found_by_id_and_by_name(reads: ModuleType, many_names: "fo.Dataset") -> None:
    for known in ("c00007", "kind 2999", "KIND 0020"):
        assert reads.has_cluster(many_names, known), known
    for unknown in ("c09999", "kind", "noise", "", "$gt"):
        assert not reads.has_cluster(many_names, unknown), unknown
