"""Labels that somebody gives in the cluster field, and that are names in another spelling."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Check = Callable[["fo.Dataset"], None]
Ids = Callable[["fo.Dataset", str], list[str]]
Edit = Callable[["fo.Dataset", dict[str, str]], None]


@pytest.fixture
def named(read: ModuleType) -> Callable[["fo.Dataset"], dict[str, int]]:
    """Sizes of the clusters that have a name."""

    def sizes(dataset: "fo.Dataset") -> dict[str, int]:
        found = read.list_clusters(dataset)["clusters"]
        return {row["label"]: row["size"] for row in found if row["name"]}

    return sizes


@pytest.mark.parametrize("given", ["tom", "TOM", " Tom ", "To\u200bm"])
def test_another_spelling_of_a_chosen_name_is_noticed_before_labels_are_written(
    plugin_part: Part,
    write: ModuleType,
    reviewed: "fo.Dataset",
    ids_in: Ids,
    edit: Edit,
    given: str,
) -> None:
    edit(reviewed, {ids_in(reviewed, "c00001")[0]: given})
    foretold = write.apply_labels(reviewed, "kind", clusters=["Tom"], dry_run=True)
    assert "taken over first" in foretold["notice"]
    # As where the clock of whoever gave the label is slow: only the field itself tells.
    opened = plugin_part("operators.corrections.writes.opening").open_review(reviewed)
    newest = plugin_part("operators.data.field_contents").last_modified(opened.target)
    plugin_part("operators.corrections.writes.outside").remember_seen(opened, newest)
    assert write.apply_labels(reviewed, "kind", clusters=["Tom"])["written"] == 11


def test_two_clusters_of_one_name_do_not_look_as_if_somebody_had_labeled_them(
    read: ModuleType, write: ModuleType, reviewed: "fo.Dataset"
) -> None:
    write.rename_cluster(reviewed, "c00001", "tom", if_exists="keep")
    write.apply_labels(reviewed, "kind", clusters=["c00000"])
    assert read.read_history(reviewed)["total"] == 3


def test_spellings_of_one_new_name_make_one_cluster(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, named: Any, check: Check
) -> None:
    one, two, three, four, five = ids_in(reviewed, "c00001")[:5]
    edit(reviewed, {one: "ann", two: "Ann", three: "Ann", four: "ANN ", five: " tom"})
    write.confirm_clusters(reviewed, ["c00001"])
    assert named(reviewed) == {"Ann": 4, "Tom": 11}
    check(reviewed)


def test_spellings_of_one_name_make_one_cluster_where_nobody_had_opened_the_review(
    either: "fo.Dataset", ids_in: Ids, edit: Edit, named: Any, check: Check
) -> None:
    one, two, three = ids_in(either, "c00001")[:3]
    edit(either, {one: "ann", two: "Ann", three: "ANN"})
    assert list(named(either).values()) == [3]
    check(either)


def test_a_name_that_carried_over_takes_what_gets_it_before_the_review_is_opened(
    cluster: Callable[..., Any],
    write: ModuleType,
    clustered: "fo.Dataset",
    ids_in: Ids,
    edit: Edit,
    named: Any,
) -> None:
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    cluster(clustered)
    edit(clustered, dict.fromkeys(ids_in(clustered, "c00001")[:2], "tom"))
    assert named(clustered) == {"Tom": 12}


def test_a_name_that_a_cluster_had_is_not_mixed_up_with_the_one_that_it_got(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    one = ids_in(reviewed, "c00001")[0]
    edit(reviewed, dict.fromkeys(ids_in(reviewed, "Tom"), "Bob") | {one: "Tom"})
    write.confirm_clusters(reviewed, ["c00001"])
    assert ids_in(reviewed, "Tom") == [one]
    assert len(ids_in(reviewed, "Bob")) == 10
    check(reviewed)


def test_the_name_of_its_own_cluster_in_another_spelling_is_no_correction(
    plugin_part: Part,
    read: ModuleType,
    write: ModuleType,
    reviewed: "fo.Dataset",
    ids_in: Ids,
    edit: Edit,
    check: Check,
) -> None:
    edit(reviewed, {ids_in(reviewed, "Tom")[0]: "tom"})
    for _ in range(2):
        assert plugin_part("operators.corrections.writes.outside").notice_labels(reviewed) == ""
        assert write.apply_labels(reviewed, "kind", clusters=["Tom"])["notice"] == ""
    assert len(ids_in(reviewed, "Tom")) == 10
    assert read.read_history(reviewed)["total"] == 2
    check(reviewed)


def test_a_cluster_that_is_spelled_otherwise_as_a_whole_has_that_name(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    edit(reviewed, dict.fromkeys(ids_in(reviewed, "Tom"), "TOM"))
    foretold = write.apply_labels(reviewed, "kind", dry_run=True)["notice"]
    assert foretold.startswith("The labels of 10")
    write.apply_labels(reviewed, "kind")
    assert len(ids_in(reviewed, "TOM")) == 10
    check(reviewed)
    write.undo_correction(reviewed, to=1)
    assert len(ids_in(reviewed, "Tom")) == 10


def test_a_name_that_is_spelled_like_an_id_is_not_mixed_up_with_that_id(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    one, two, three, four = ids_in(reviewed, "c00001")[:4]
    edit(reviewed, {one: "Noise", two: "noise", three: "C00002", four: "c00002"})
    write.confirm_clusters(reviewed, ["c00001"])
    assert ids_in(reviewed, "Noise") == [one]
    assert two in ids_in(reviewed, "noise")
    assert ids_in(reviewed, "C00002") == [three]
    assert four in ids_in(reviewed, "c00002")
    check(reviewed)
