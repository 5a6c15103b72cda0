"""Lists of clusters after images, or patches alone, were deleted from the dataset."""

import time
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Ids = Callable[["fo.Dataset", str], list[str]]


def delete(dataset: "fo.Dataset", gone: list[str]) -> None:
    """Deletes images or, while their images stay, patches."""
    if not dataset.has_field("objects"):
        dataset.delete_samples(gone)
        return
    for sample in dataset.iter_samples(autosave=True):
        sample.objects.detections = [one for one in sample.objects.detections if one.id not in gone]


def exemplars(row: dict[str, Any]) -> set[str]:
    return {item["item"] for role in row["exemplars"].values() for item in role}


def test_the_list_counts_and_shows_what_is_there(
    read: ModuleType, either: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    assert read.list_clusters(either, sort="size")["total"] == 4
    shown = exemplars(read.list_clusters(either, sort="size")["clusters"][0])
    kept = ids_in(either, "c00000")
    gone = [item for item in kept if item in shown][:4]
    delete(either, gone + ids_in(either, "c00003"))
    found = read.list_clusters(either, sort="size")
    assert [(row["cluster"], row["size"]) for row in found["clusters"]] == [
        ("c00001", 8),
        ("c00000", 6),
        ("c00002", 6),
    ]
    assert found["total"] == 3
    assert exemplars(found["clusters"][1]) <= set(kept) - set(gone)
    assert read.quick_progress(either)["images"] == 22
    check(either)


def test_the_progress_counts_what_is_there(
    read: ModuleType, write: ModuleType, either: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    write.confirm_clusters(either, ["c00000"])
    delete(either, ids_in(either, "c00000")[:4] + ids_in(either, "c00003"))
    progress = read.review_progress(either)
    assert (progress["images"], progress["confirmed"], progress["clusters"]) == (22, 6, 3)
    check(either)


def test_small_ones_and_pairs_count_what_is_there_too(
    read: ModuleType, either: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    read.list_clusters(either)
    delete(either, ids_in(either, "c00002")[:2])
    assert {r["cluster"]: r["size"] for r in read.list_small(either)["clusters"]} == {
        "c00001": 8,
        "c00002": 4,
        "c00003": 4,
    }
    delete(either, ids_in(either, "c00001")[:3])
    (pair,) = read.suggest_pairs(either)["pairs"]
    sizes = [pair[end]["size"] for end in ("first", "second")]
    assert (sizes, pair["settles"]) == ([10, 5], 5)
    delete(either, ids_in(either, "c00003"))
    assert read.list_small(either)["total"] == 2
    check(either)


def test_one_page_puts_the_images_of_all_pages_right(
    read: ModuleType, clustered: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    read.list_clusters(clustered)
    gone = [ids_in(clustered, label)[0] for label in ("c00000", "c00002", "c00003", "noise")]
    delete(clustered, gone)
    assert read.list_clusters(clustered, sort="size", limit=1)["clusters"][0]["size"] == 9
    assert read.quick_progress(clustered)["images"] == 26
    check(clustered)


def test_images_whose_field_somebody_emptied_are_there(
    read: ModuleType, clustered: "fo.Dataset"
) -> None:
    before = read.list_clusters(clustered)
    clustered.limit(3).clear_sample_field("cluster")
    assert read.list_clusters(clustered) == before


def test_the_list_is_there_while_another_window_writes(
    read: ModuleType,
    clustered: "fo.Dataset",
    open_review: Callable[..., Any],
    plugin_part: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    ids_in: Ids,
) -> None:
    lock = plugin_part("operators.corrections.documents.lock")
    tables = open_review(clustered).tables
    delete(clustered, ids_in(clustered, "c00000")[:1])
    monkeypatch.setattr(lock.writing.__wrapped__, "__defaults__", (0.05,))
    with lock.writing(tables):
        assert read.list_clusters(clustered, sort="size")["clusters"][0]["size"] == 10
    assert read.list_clusters(clustered, sort="size")["clusters"][0]["size"] == 9


def test_deleted_images_of_clusters_that_are_not_listed_are_noticed_too(
    read: ModuleType, either: "fo.Dataset", check: Check
) -> None:
    read.list_clusters(either, sort="size", limit=1)
    is_patches = either.has_field("objects")
    gone = either.limit(4)
    number = 8 if is_patches else 4
    either.delete_samples(gone)
    read.list_clusters(either, sort="name", state="noise", limit=1)
    assert read.quick_progress(either)["images"] == 30 - number
    if not is_patches:
        check(either)


def test_emptied_fields_are_looked_through_once(
    read: ModuleType, clustered: "fo.Dataset", open_review: Callable[..., Any], plugin_part: Any
) -> None:
    read.list_clusters(clustered)
    clustered.limit(3).clear_sample_field("cluster")
    sweep_all = plugin_part("operators.corrections.writes.sweeping").sweep_all
    assert sweep_all(open_review(clustered))
    assert not sweep_all(open_review(clustered))
    clustered.delete_samples(clustered.skip(20).limit(1))
    assert sweep_all(open_review(clustered))
    assert read.quick_progress(clustered)["images"] == 29


def test_small_ones_count_no_cluster_that_is_gone(
    read: ModuleType, either: "fo.Dataset", ids_in: Ids
) -> None:
    assert read.list_small(either, limit=1)["total"] == 3
    gone = {*ids_in(either, "c00002"), *ids_in(either, "c00003")}
    view = either.select_labels(ids=list(gone)) if either.has_field("objects") else gone
    either.delete_samples(view)
    assert read.list_small(either, limit=1)["total"] == 1


def test_pairs_count_no_cluster_that_is_gone(
    read: ModuleType, either: "fo.Dataset", ids_in: Ids
) -> None:
    assert read.suggest_pairs(either)["total"] == 4
    gone = {*ids_in(either, "c00002"), *ids_in(either, "c00003")}
    view = either.select_labels(ids=list(gone)) if either.has_field("objects") else gone
    either.delete_samples(view)
    assert read.suggest_pairs(either)["total"] == 1


def test_the_list_does_not_wait_for_another_window_where_nothing_was_deleted(
    read: ModuleType,
    clustered: "fo.Dataset",
    open_review: Callable[..., Any],
    plugin_part: Callable[[str], ModuleType],
) -> None:
    import fiftyone as fo

    lock = plugin_part("operators.corrections.documents.lock")
    before = read.list_clusters(clustered)
    copy = clustered.first().cluster.copy()
    clustered.add_sample(fo.Sample(filepath="/nowhere/copy.png", cluster=copy))
    with lock.writing(open_review(clustered).tables):
        begun = time.monotonic()
        assert read.list_clusters(clustered) == before
        assert time.monotonic() - begun < lock.PATIENCE / 2
