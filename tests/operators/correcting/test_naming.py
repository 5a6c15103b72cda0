from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]
Ids = Callable[["fo.Dataset", str], list[str]]


@pytest.mark.parametrize("name", ["Tom", 'O\'Neil "x" 🐈', "<img src=x>", "$where", ".a.b"])
def test_name_reaches_the_field_and_is_taken_away_again(
    write: ModuleType, either: "fo.Dataset", ids_in: Ids, check: Check, name: str
) -> None:
    write.rename_cluster(either, "c00001", name)
    assert len(ids_in(either, name)) == 8
    check(either)
    write.rename_cluster(either, name, "")
    assert len(ids_in(either, "c00001")) == 8
    check(either)


def test_history_tells_names_from_keys(write: ModuleType, clustered: "fo.Dataset") -> None:
    texts = [
        write.rename_cluster(clustered, cluster, name)["text"]
        for cluster, name in [("c00001", "Tom"), ("Tom", "Ann"), ("Ann", "")]
    ]
    assert texts == ["Named 'c00001' 'Tom'", "Renamed 'Tom' to 'Ann'", "Took the name from 'Ann'"]


def test_name_of_another_asks_merges_or_is_kept(
    write: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    clustered: "fo.Dataset",
    check: Check,
) -> None:
    taken = plugin_part("operators.corrections.writes.choose").NameTakenError
    write.rename_cluster(clustered, "c00000", "Tom")
    with pytest.raises(taken, match=r"; choose to merge both clusters \('merge'\)") as error:
        write.rename_cluster(clustered, "c00001", "tom")
    assert (error.value.clusters, error.value.name) == (["c00000"], "Tom")
    write.rename_cluster(clustered, "c00001", "tom", if_exists="keep")
    assert clustered.count_values("cluster.label")["tom"] == 8
    with pytest.raises(ValueError, match="2 clusters are called 'Tom'; name one by its id"):
        write.confirm_clusters(clustered, ["Tom"])
    write.rename_cluster(clustered, "c00002", "Tom", if_exists="merge")
    assert clustered.count_values("cluster.label")["Tom"] == 16
    check(clustered)


def test_renaming_to_the_same_name_is_nothing(write: ModuleType, clustered: "fo.Dataset") -> None:
    write.rename_cluster(clustered, "c00000", "Tom")
    assert write.rename_cluster(clustered, "Tom", "Tom")["entry"] is None


@pytest.mark.parametrize("name", ["x" * 10_000, "a\nb", "noise", "c00003", 17, ["x"]])
def test_unfit_names_change_nothing(
    write: ModuleType, clustered: "fo.Dataset", fields_of: Fields, name: Any
) -> None:
    before = fields_of(clustered)
    with pytest.raises(ValueError, match=r"[Nn]ame|text") as error:
        write.rename_cluster(clustered, "c00000", name)
    assert len(str(error.value)) < 200
    assert fields_of(clustered) == before


def test_confirming_sets_the_flag_and_the_state(
    write: ModuleType, read: ModuleType, either: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    write.confirm_clusters(either, ["c00001"], name="Tom")
    assert {row[1] for row in fields_of(either) if row[4]} == {"Tom"}
    assert read.list_clusters(either, state="confirmed")["clusters"][0]["name"] == "Tom"
    progress = read.review_progress(either)
    assert (progress["confirmed"], progress["images"], progress["decisions_left"]) == (8, 30, 5)
    check(either)
    write.confirm_clusters(either, ["Tom"], unconfirm=True)
    assert not any(row[4] for row in fields_of(either))
    check(either)


def test_confirming_with_a_taken_name_asks_or_merges(
    write: ModuleType, clustered: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    with pytest.raises(ValueError, match="called 'Tom' already"):
        write.confirm_clusters(clustered, ["c00001"], name="Tom")
    report = write.confirm_clusters(clustered, ["c00001"], name="Tom", if_exists="merge")
    assert report["text"] == "Merged 'c00001' into 'Tom' and confirmed all of it (18 images)"
    assert sum(row[4] and row[1] == "Tom" for row in fields_of(clustered)) == 18
    write.undo_correction(clustered)
    assert sum(row[4] and row[1] == "Tom" for row in fields_of(clustered)) == 10
    check(clustered)


def test_a_name_is_for_one_cluster(write: ModuleType, clustered: "fo.Dataset") -> None:
    with pytest.raises(ValueError, match="when a single cluster is confirmed"):
        write.confirm_clusters(clustered, ["c00000", "c00001"], name="Tom")


def test_merging_by_a_name_confirms_no_image_that_nobody_confirmed(
    write: ModuleType, read: ModuleType, either: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    write.confirm_clusters(either, ["c00000"], name="Tom")
    write.rename_cluster(either, "c00001", "Tom", if_exists="merge")
    tom = [row for row in fields_of(either) if row[1] == "Tom"]
    assert (len(tom), sum(row[4] for row in tom)) == (18, 10)
    assert read.review_progress(either)["confirmed"] == 10
    check(either)


@pytest.mark.parametrize(
    ("function", "values", "message"),
    [
        ("confirm_clusters", {"clusters": []}, "Name at least one cluster"),
        ("confirm_clusters", {"clusters": [], "unconfirm": True}, "Name at least one cluster"),
        ("merge_clusters", {"clusters": []}, "Name at least two clusters to merge"),
        ("mark_noise", {"items": [], "clusters": []}, "Select at least one image, or name"),
        ("move_to_cluster", {"items": [], "cluster": "c00000"}, "Select at least one of the imag"),
        ("split_cluster", {"cluster": "c00000", "by": "images", "items": []}, "at least two imag"),
        ("split_cluster", {"cluster": "c00000", "by": "groups", "groups": []}, "at least one list"),
    ],
)
def test_an_empty_list_gets_one_sentence(
    write: ModuleType, clustered: "fo.Dataset", function: str, values: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(write, function)(clustered, **values)
