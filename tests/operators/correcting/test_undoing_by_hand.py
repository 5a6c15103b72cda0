"""Labels that somebody gave in the cluster field before a correction was undone or redone."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Ids = Callable[["fo.Dataset", str], list[str]]
Edit = Callable[["fo.Dataset", dict[str, str]], None]


def test_a_label_by_hand_is_not_lost_when_the_correction_before_it_is_undone(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    one = ids_in(reviewed, "Tom")[0]
    edit(reviewed, {one: "Ann"})
    assert "taken over first" in write.undo_correction(reviewed, dry_run=True)["notice"]
    report = write.undo_correction(reviewed)
    assert "Took over the label of 1" in report["notice"]
    assert one in ids_in(reviewed, "Tom")  # the label came last, so that it is what was undone
    write.redo_correction(reviewed)
    assert ids_in(reviewed, "Ann") == [one]
    write.undo_correction(reviewed, to=0)
    assert len(ids_in(reviewed, "c00000")) == 10
    check(reviewed)


def test_a_label_by_hand_that_an_undo_leaves_alone_is_not_what_it_undoes(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit
) -> None:
    one = ids_in(reviewed, "c00001")[0]
    edit(reviewed, {one: "Ann"})
    assert write.undo_correction(reviewed)["notice"] == ""
    assert len(ids_in(reviewed, "c00000")) == 10
    assert ids_in(reviewed, "Ann") == [one]


def test_a_label_by_hand_is_not_written_over_by_a_redo(
    write: ModuleType, reviewed: "fo.Dataset", ids_in: Ids, edit: Edit, check: Check
) -> None:
    write.undo_correction(reviewed)
    one = ids_in(reviewed, "c00000")[0]
    edit(reviewed, {one: "Ann"})
    with pytest.raises(ValueError, match="There is nothing to redo"):
        write.redo_correction(reviewed)
    assert ids_in(reviewed, "Ann") == [one]
    check(reviewed)
