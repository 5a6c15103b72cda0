"""Noise and back, wherever it came from."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]
Ids = Callable[["fo.Dataset", str], list[str]]


def noun(dataset: "fo.Dataset") -> str:
    return "patches" if dataset.has_field("objects") else "images"


def test_clusters_that_become_noise_as_a_whole_are_named(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids
) -> None:
    def told(*clusters: str, items: list[str] | None = None) -> str:
        return write.mark_noise(clustered, items, clusters, dry_run=True)["text"]

    write.rename_cluster(clustered, "c00000", "Tom")
    some = ids_in(clustered, "c00001")[:2]
    assert told("c00000") == "Marked 'Tom' as noise (10 images)"
    assert told("Tom", "c00001", "c00000") == "Marked 'Tom' and 'c00001' as noise (18 images)"
    assert told("c00001", items=some) == "Marked 'c00001' as noise (8 images)"
    assert told("Tom", items=some) == "Marked 12 images as noise, all of 'Tom' among them"
    assert told(items=some) == "Marked 2 images as noise"


def test_only_noise_can_be_restored(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids
) -> None:
    with pytest.raises(ValueError, match="Only noise can be restored"):
        write.mark_noise(clustered, ids_in(clustered, "c00000"), restore=True)
    with pytest.raises(ValueError, match="Only noise can be restored"):
        write.mark_noise(clustered, clusters=["c00000"], restore=True)
    with pytest.raises(ValueError, match="Select at least one image, or name a cluster"):
        write.mark_noise(clustered)


def test_taking_all_back_leaves_what_never_had_a_cluster(
    write: ModuleType, either: "fo.Dataset", ids_in: Ids, fields_of: Fields, check: Check
) -> None:
    marked, own = ids_in(either, "c00003"), ids_in(either, "noise")
    write.mark_noise(either, clusters=["c00003"])
    before = fields_of(either)
    report = write.mark_noise(either, clusters=["noise"], restore=True)
    assert report["text"] == (
        f"Restored 4 {noun(either)} from noise, not the 2 without a known former cluster"
    )
    assert ids_in(either, "noise") == own
    assert ids_in(either, "c00003") == marked
    assert report["created"] == []
    check(either)
    write.undo_correction(either)
    assert fields_of(either) == before
    check(either)


def test_noise_of_the_run_goes_to_one_new_cluster_if_it_is_taken_back(
    write: ModuleType, either: "fo.Dataset", ids_in: Ids, fields_of: Fields, check: Check
) -> None:
    before, own = fields_of(either), ids_in(either, "noise")
    told = f"Restored 2 {noun(either)} without a known former cluster from noise to the new cluster"
    for chosen in ({"items": own}, {"clusters": ["noise"]}):
        report = write.mark_noise(either, **chosen, restore=True)
        (new,) = report["created"]
        assert report["text"] == f"{told} '{new}'"
        assert ids_in(either, new) == own
        check(either)
        write.undo_correction(either)
        assert fields_of(either) == before
        check(either)
    write.redo_correction(either)
    assert ids_in(either, "noise") == []
    check(either)
    with pytest.raises(ValueError, match="There is no noise"):
        write.mark_noise(either, clusters=["noise"], restore=True)


def test_chosen_noise_of_both_kinds_goes_home_and_to_a_new_cluster(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, fields_of: Fields, check: Check
) -> None:
    some, whole = ids_in(clustered, "c00000")[:2], ids_in(clustered, "c00003")
    own = ids_in(clustered, "noise")
    write.mark_noise(clustered, [*some, *whole])
    before = fields_of(clustered)
    report = write.mark_noise(clustered, items=[*own, *whole, *some], restore=True)
    (new,) = report["created"]
    assert report["text"] == (
        f"Restored 8 images from noise, 2 without a known former cluster to the new cluster '{new}'"
    )
    assert len(ids_in(clustered, "c00000")) == 10
    assert (ids_in(clustered, "c00003"), ids_in(clustered, new)) == (whole, own)
    check(clustered)
    write.undo_correction(clustered)
    assert fields_of(clustered) == before
    check(clustered)


def test_noise_that_was_confirmed_again_still_knows_its_cluster(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    some = ids_in(clustered, "c00000")[:3]
    write.mark_noise(clustered, some)
    write.confirm_clusters(clustered, ["noise"], unconfirm=True)
    write.mark_noise(clustered, some)
    assert write.mark_noise(clustered, some, restore=True)["text"] == "Restored 3 images from noise"
    assert len(ids_in(clustered, "c00000")) == 10
    check(clustered)


def test_noise_that_was_marked_before_clustering_again_can_be_taken_back(
    write: ModuleType, embedded: "fo.Dataset", run: Callable[..., Any], ids_in: Ids, check: Check
) -> None:
    run("cluster_images", embedded, embeddings_field="vectors", save_view=False)
    marked = sorted(embedded.values("id")[:3])
    write.mark_noise(embedded, marked)
    run("cluster_images", embedded, embeddings_field="vectors", overwrite=True, save_view=False)
    assert ids_in(embedded, "noise") == marked
    for chosen in ({"items": marked}, {"clusters": ["noise"]}):
        (new,) = write.mark_noise(embedded, **chosen, restore=True)["created"]
        assert ids_in(embedded, new) == marked
        check(embedded)
        write.undo_correction(embedded)
        assert ids_in(embedded, "noise") == marked


@pytest.fixture
def verdicts_of(open_review: Callable[..., Any]) -> Callable[["fo.Dataset"], dict[Any, str]]:
    """All answers about pairs, from the documents of the clusters."""

    def verdicts(dataset: "fo.Dataset") -> dict[Any, str]:
        review = open_review(dataset)
        numbers = review.tables.clusters.distinct("cluster", review.tables.query())
        return dict(review.load(numbers).state.verdicts)

    return verdicts


Verdicts = Callable[["fo.Dataset"], dict[Any, str]]


def test_a_whole_cluster_comes_back_with_its_id_its_name_and_its_answers(
    write: ModuleType, either: "fo.Dataset", fields_of: Fields, verdicts_of: Verdicts, check: Check
) -> None:
    write.rename_cluster(either, "c00001", "Tom")
    write.answer_pair(either, "c00001", "c00000", "different")
    write.answer_pair(either, "c00001", "c00002", "later")
    before, answers = fields_of(either), verdicts_of(either)
    assert answers == {(0, 1): "different", (1, 2): "later"}
    write.mark_noise(either, clusters=["Tom"])
    assert verdicts_of(either) == {}
    report = write.mark_noise(either, clusters=["noise"], restore=True)
    assert "c00001" in report["clusters"]
    assert report["created"] == []
    assert fields_of(either) == before
    assert verdicts_of(either) == answers
    check(either)
    # The number is taken, so that a new cluster gets another one.
    some = [row[0] for row in before if row[3] == "c00000"][:2]
    assert write.move_to_cluster(either, some)["created"] == ["c00004"]
    check(either)


def test_what_was_taken_back_before_the_noise_does_not_return(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, verdicts_of: Verdicts, check: Check
) -> None:
    write.rename_cluster(clustered, "c00001", "Tom")
    write.answer_pair(clustered, "c00001", "c00000", "different")
    for answer, name in (("different", "Tom"), ("open", "")):
        write.rename_cluster(clustered, "c00001", name)
        write.answer_pair(clustered, "c00001", "c00000", answer)
        write.mark_noise(clustered, clusters=["c00001"])
        write.mark_noise(clustered, clusters=["noise"], restore=True)
        assert len(ids_in(clustered, name or "c00001")) == 8
        assert verdicts_of(clustered) == ({(0, 1): answer} if name else {})
        check(clustered)


def test_an_answer_returns_with_the_second_of_two_clusters_and_not_without_the_other(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, verdicts_of: Verdicts, check: Check
) -> None:
    ids = {cluster: ids_in(clustered, cluster) for cluster in ("c00001", "c00002")}
    write.answer_pair(clustered, "c00001", "c00002", "different")
    write.answer_pair(clustered, "c00001", "c00003", "different")
    for cluster in ids:
        write.mark_noise(clustered, clusters=[cluster])
    write.merge_clusters(clustered, ["c00000", "c00003"], into="c00000")
    write.mark_noise(clustered, ids["c00002"], restore=True)
    assert verdicts_of(clustered) == {}
    check(clustered)
    write.mark_noise(clustered, ids["c00001"], restore=True)
    assert verdicts_of(clustered) == {(1, 2): "different"}
    check(clustered)


@pytest.mark.parametrize("marked", [("c00001", "c00002"), ("c00002", "c00001"), None])
@pytest.mark.parametrize("restored", [("c00001", "c00002"), ("c00002", "c00001")])
def test_an_answer_about_two_clusters_outlasts_the_noise_in_whatever_order_they_come_back(
    write: ModuleType,
    clustered: "fo.Dataset",
    ids_in: Ids,
    verdicts_of: Verdicts,
    check: Check,
    marked: tuple[str, str] | None,
    restored: tuple[str, str],
) -> None:
    ids = {cluster: ids_in(clustered, cluster) for cluster in restored}
    write.answer_pair(clustered, "c00001", "c00002", "different")
    for clusters in [[one] for one in marked] if marked else [list(ids)]:
        write.mark_noise(clustered, clusters=clusters)
    for cluster in restored:
        assert verdicts_of(clustered) == {}
        write.mark_noise(clustered, ids[cluster], restore=True)
    assert verdicts_of(clustered) == {(1, 2): "different"}
    check(clustered)
    write.undo_correction(clustered)
    assert verdicts_of(clustered) == {}
    check(clustered)


def test_an_answer_that_was_opened_again_stays_open_whatever_comes_back(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, verdicts_of: Verdicts
) -> None:
    ids = {cluster: ids_in(clustered, cluster) for cluster in ("c00001", "c00002")}
    for cluster, answer in (("c00001", "different"), ("c00002", "open")):
        write.answer_pair(clustered, "c00001", "c00002", answer)
        write.mark_noise(clustered, clusters=[cluster])
        write.mark_noise(clustered, ids[cluster], restore=True)
    assert verdicts_of(clustered) == {}


def test_some_of_a_cluster_bring_it_back_and_the_others_join_them(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    write.rename_cluster(clustered, "c00001", "Tom")
    ids = ids_in(clustered, "Tom")
    write.mark_noise(clustered, ids[:2])
    write.mark_noise(clustered, clusters=["Tom"])
    write.mark_noise(clustered, ids[:1], restore=True)
    assert ids_in(clustered, "Tom") == ids[:1]
    check(clustered)
    write.mark_noise(clustered, clusters=["noise"], restore=True)
    assert ids_in(clustered, "Tom") == ids
    check(clustered)
