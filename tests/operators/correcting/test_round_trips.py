"""How often a correction asks the database: not once per cluster, entry or image."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Edit = Callable[["fo.Dataset", dict[str, str]], None]
Count = Callable[[Callable[[], Any]], int]


@pytest.fixture
def count(open_review: Callable[..., Any], clustered: "fo.Dataset") -> Iterator[Count]:
    """Counts what MongoDB does for a call, by its own profiler."""
    database = open_review(clustered).tables.log.database

    def operations(call: Callable[[], Any]) -> int:
        database.command("profile", 0)
        database["system.profile"].drop()
        database.command("profile", 2)
        call()
        database.command("profile", 0)
        return database["system.profile"].count_documents({})

    yield operations
    database.command("profile", 0)
    database["system.profile"].drop()


def test_many_corrections_are_undone_and_redone_in_as_many_queries_as_two(
    write: ModuleType, clustered: "fo.Dataset", count: Count, check: Check
) -> None:
    for number in range(14):
        write.rename_cluster(clustered, "c00000", f"name {number}")
    last_two = count(lambda: write.undo_correction(clustered, to=12))
    others = count(lambda: write.undo_correction(clustered, to=0))
    first_two = count(lambda: write.redo_correction(clustered, to=2))
    the_rest = count(lambda: write.redo_correction(clustered, to=14))
    assert others <= last_two + 1
    assert the_rest <= first_two + 1
    assert clustered.count_values("cluster.label")["name 13"] == 10
    check(clustered)


def test_many_clusters_are_found_in_one_query(
    write: ModuleType, clustered: "fo.Dataset", count: Count
) -> None:
    def confirm(*clusters: str) -> int:
        return count(lambda: write.confirm_clusters(clustered, list(clusters), dry_run=True))

    assert confirm("c00000", "c00001", "c00002", "c00003") == confirm("c00000")
    assert confirm("noise") >= confirm("c00000")  # asked for by itself, if there is any


def test_labels_of_a_cluster_are_written_and_taken_back_at_once(
    write: ModuleType, clustered: "fo.Dataset", count: Count
) -> None:
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    write.confirm_clusters(clustered, ["c00003"], name="Ann")

    def apply_and_undo(name: str) -> list[int]:
        steps = (
            lambda: write.apply_labels(clustered, "label", [name]),
            lambda: write.undo_correction(clustered),
        )
        return [count(step) for step in steps]

    apply_and_undo("Tom")  # makes the field
    assert apply_and_undo("Tom") == apply_and_undo("Ann")  # ten images, and four
    assert clustered.count_values("label.label") == {None: 30}


def test_confirming_changes_what_questions_settle_and_nothing_else_of_them(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", check: Check
) -> None:
    def settles() -> dict[tuple[str, str], int]:
        pairs = read.suggest_pairs(clustered, limit=50)["pairs"]
        return {(p["first"]["cluster"], p["second"]["cluster"]): p["settles"] for p in pairs}

    assert settles()["c00000", "c00001"] == 8
    write.confirm_clusters(clustered, ["c00001"], name="Ann")
    assert settles()["c00000", "c00001"] == 10
    check(clustered)
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    assert ("c00000", "c00001") not in settles()  # a person knew both
    check(clustered)
    write.confirm_clusters(clustered, ["Tom", "Ann"], unconfirm=True)
    assert settles()["c00000", "c00001"] == 8
    check(clustered)


def test_labels_by_hand_are_not_looked_for_among_what_the_last_correction_wrote(
    write: ModuleType, clustered: "fo.Dataset", count: Count, edit: Edit
) -> None:
    database = clustered._sample_collection.database

    def looked_at(call: Callable[[], Any]) -> int:
        count(call)
        wanted = {"command.pipeline.0.$match.last_modified_at": {"$exists": True}}
        found = list(database["system.profile"].find(wanted))
        assert found, "nobody looked"
        return sum(one["docsExamined"] for one in found)

    write.rename_cluster(clustered, "c00000", "first")  # from here on, what has been seen is known
    assert looked_at(lambda: write.rename_cluster(clustered, "c00000", "second")) == 0
    assert looked_at(lambda: write.undo_correction(clustered)) == 0
    assert looked_at(lambda: write.redo_correction(clustered)) == 0
    edit(clustered, {clustered.last().id: "by hand"})
    assert looked_at(lambda: write.rename_cluster(clustered, "c00000", "third")) == 1
