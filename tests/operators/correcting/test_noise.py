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
    assert ids_in(either, report["created"][0]) == marked
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
    renewed, new = report["created"]
    assert report["text"] == (
        f"Restored 8 images from noise, 2 without a known former cluster to the new cluster '{new}'"
    )
    assert len(ids_in(clustered, "c00000")) == 10
    assert (ids_in(clustered, renewed), ids_in(clustered, new)) == (whole, own)
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
