from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]
Ids = Callable[["fo.Dataset", str], list[str]]


def test_moving_some_leaves_the_others(
    write: ModuleType, either: "fo.Dataset", ids_in: Ids, fields_of: Fields, check: Check
) -> None:
    some = ids_in(either, "c00000")[:3] + ids_in(either, "noise")[:1]
    report = write.move_to_cluster(either, some, "c00003")
    noun = "patches" if either.has_field("objects") else "images"
    assert report["text"] == f"Moved 4 {noun} to 'c00003' and confirmed them"
    assert len(ids_in(either, "c00000")) == 7
    assert len(ids_in(either, "c00003")) == 8
    assert sorted(row[0] for row in fields_of(either) if row[4]) == sorted(some)
    check(either)


def test_moving_all_ends_the_cluster(
    write: ModuleType, either: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    report = write.move_to_cluster(either, ids_in(either, "c00003"), name="Tom")
    assert report["removed"] == ["c00003"]
    assert len(ids_in(either, "Tom")) == 4
    check(either)


def test_new_name_must_be_free(write: ModuleType, clustered: "fo.Dataset", ids_in: Ids) -> None:
    write.rename_cluster(clustered, "c00001", "Tom")
    with pytest.raises(
        ValueError, match=r"'c00001' is called 'Tom' already; choose it as .*'cluster'"
    ):
        write.move_to_cluster(clustered, ids_in(clustered, "c00000")[:1], name="tom")
    with pytest.raises(ValueError, match="Choose a cluster or the name of a new one"):
        write.move_to_cluster(clustered, ids_in(clustered, "c00000")[:1], "Tom", name="Ann")


@pytest.mark.parametrize("items", [[], None, ["x"], "0" * 24, ["0" * 24, "1" * 24], [None], 7])
def test_unfit_selections_get_one_sentence(
    write: ModuleType, either: "fo.Dataset", fields_of: Fields, items: Any
) -> None:
    before = fields_of(either)
    sentences = "Select at least one|must hold ids|no cluster in the run|must be a list of texts"
    with pytest.raises(ValueError, match=sentences):
        write.move_to_cluster(either, items, "c00000")
    assert fields_of(either) == before


def test_images_of_another_dataset_are_not_moved(
    write: ModuleType, clustered: "fo.Dataset", make_dataset: Callable[..., "fo.Dataset"]
) -> None:
    others = make_dataset(3).values("id")
    with pytest.raises(ValueError, match=r"in the run 'cluster'; Assign new images \('assign"):
        write.move_to_cluster(clustered, others[:1], "c00000")
    with pytest.raises(ValueError, match="3 of the 4 images have no cluster in the run 'cluster'"):
        write.move_to_cluster(clustered, [*others, clustered.first().id], "c00000")


def test_noise_and_back(
    write: ModuleType, either: "fo.Dataset", ids_in: Ids, fields_of: Fields, check: Check
) -> None:
    before = fields_of(either)
    some = ids_in(either, "c00000")[:2] + ids_in(either, "c00001")[:1]
    write.mark_noise(either, some)
    write.mark_noise(either, clusters=["c00003"])
    assert len(ids_in(either, "noise")) == 9
    check(either)
    write.mark_noise(either, some, restore=True)
    assert len(ids_in(either, "c00000")) == 10
    write.mark_noise(either, clusters=["noise"], restore=True)
    assert len(ids_in(either, "noise")) == 2  # what the run put aside has no cluster to go back to
    assert [row[:1] + row[2:3] for row in fields_of(either)] == [r[:1] + r[2:3] for r in before]
    check(either)
