"""Several clusters confirmed as one, with what does not belong left out, in one correction."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]


def test_one_correction_merges_leaves_out_names_and_confirms(
    write: ModuleType,
    read: ModuleType,
    either: "fo.Dataset",
    ids_in: Callable[..., list[str]],
    fields_of: Fields,
    check: Check,
) -> None:
    before = fields_of(either)
    odd = [*ids_in(either, "c00000")[:2], *ids_in(either, "c00001")[:1]]
    report = write.confirm_clusters(
        either, ["c00000", "c00001"], name="Tom", together=True, without=odd
    )
    fields = fields_of(either)
    tom = [row for row in fields if row[1] == "Tom"]
    assert len(tom) == 15
    assert all(row[4] for row in tom)
    assert not any(row[4] for row in fields if row[0] in odd)
    assert report["removed"] == ["c00001"]
    assert "without 3 of them as 'Tom'" in report["text"]
    assert read.read_history(either)["total"] == 1
    check(either)
    write.undo_correction(either)
    assert fields_of(either) == before
    check(either)


def test_what_is_left_out_is_different_and_waits_among_the_small_ones(
    write: ModuleType,
    read: ModuleType,
    open_review: Callable[..., Any],
    clustered: "fo.Dataset",
    ids_in: Callable[..., list[str]],
) -> None:
    odd = ids_in(clustered, "c00000")[:2]
    report = write.confirm_clusters(clustered, ["c00000"], without=odd)
    tables = open_review(clustered).tables
    assert report["created"]
    for created in report["created"]:
        card = tables.clusters.find_one(tables.query(label=created))
        assert card["verdicts"] == {"0": "different"}
    assert set(odd) <= set(read.list_small(clustered)["items"])


def test_a_taken_name_asks_and_merging_takes_the_namesake_in(
    write: ModuleType, clustered: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    params = {"name": "Tom", "together": True}
    with pytest.raises(ValueError, match="called 'Tom' already"):
        write.confirm_clusters(clustered, ["c00001", "c00002"], **params)
    write.confirm_clusters(clustered, ["c00001", "c00002"], if_exists="merge", **params)
    assert sum(row[4] and row[1] == "Tom" for row in fields_of(clustered)) == 24
    check(clustered)


def test_the_name_of_one_of_them_is_no_question(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset"
) -> None:
    write.rename_cluster(clustered, "c00001", "Tom")
    write.confirm_clusters(clustered, ["c00000", "Tom"], name="Tom", together=True)
    assert read.read_cluster(clustered, "Tom")["size"] == 18


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"clusters": ["c00000", "c00001"], "name": "Tom"}, "single cluster is confirmed, or sev"),
        ({"clusters": ["c00000"], "together": True, "unconfirm": True}, "Nothing can be merged"),
        ({"clusters": ["c00000"], "without": ["x"]}, "'without' must hold ids"),
        ({"clusters": ["c00000"], "without": ["0" * 24]}, "1 image of those to leave out"),
        ({"clusters": ["c00000", "c00001"], "without": ["0" * 24]}, "out of a single cluster"),
        ({"clusters": ["c00000", "c09999"], "together": True}, "There is no cluster 'c09999'"),
        ({"clusters": ["noise", "c00000"], "together": True}, "Noise is not a cluster"),
        ({"clusters": ["Ann", "Eve"], "together": True}, "have different names; leave one"),
    ],
)
def test_what_cannot_be_confirmed_together_gets_one_sentence(
    write: ModuleType,
    clustered: "fo.Dataset",
    fields_of: Fields,
    params: dict[str, Any],
    message: str,
) -> None:
    write.rename_cluster(clustered, "c00002", "Ann")
    write.rename_cluster(clustered, "c00003", "Eve")
    before = fields_of(clustered)
    with pytest.raises(ValueError, match=message):
        write.confirm_clusters(clustered, **params)
    assert fields_of(clustered) == before


def test_not_everything_can_be_left_out(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Callable[..., list[str]]
) -> None:
    with pytest.raises(ValueError, match="Every image would be left out"):
        write.confirm_clusters(clustered, ["c00003"], without=ids_in(clustered, "c00003"))


def test_a_cluster_that_is_left_out_as_a_whole_is_not_merged(
    write: ModuleType,
    clustered: "fo.Dataset",
    ids_in: Callable[..., list[str]],
    fields_of: Fields,
    check: Check,
) -> None:
    all_of_it = ids_in(clustered, "c00003")
    write.confirm_clusters(clustered, ["c00002", "c00003"], together=True, without=all_of_it)
    assert sum(row[4] for row in fields_of(clustered)) == 6
    check(clustered)
