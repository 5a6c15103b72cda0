"""A second click that comes when the first is not in effect any more is refused."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Fields = Callable[["fo.Dataset"], list[Any]]
STALE = r"Somebody else corrected the same clusters in the meantime \({}"


@pytest.fixture
def stale(plugin_part: Callable[[str], ModuleType]) -> type[ValueError]:
    return plugin_part("operators.corrections.writes.correct").StaleReviewError


def test_a_click_that_was_undone_is_no_double_click(
    write: ModuleType, clustered: "fo.Dataset", stale: type[ValueError]
) -> None:
    write.confirm_clusters(clustered, ["c00000"], based_on=0)
    write.undo_correction(clustered)
    with pytest.raises(stale, match=STALE.format("Undid: Confirmed")):
        write.confirm_clusters(clustered, ["c00000"], based_on=0)
    assert clustered.count_values("cluster.confirmed") == {False: 30}
    write.rename_cluster(clustered, "c00002", "Ann")  # it cannot be redone any more
    with pytest.raises(stale, match=STALE.format("Undid: Confirmed")):
        write.confirm_clusters(clustered, ["c00000"], based_on=0)
    write.confirm_clusters(clustered, ["c00000"], based_on=3)
    assert clustered.count_values("cluster.confirmed")[True] == 10


def test_a_click_that_was_undone_and_redone_is_in_effect(
    write: ModuleType, clustered: "fo.Dataset"
) -> None:
    first = write.confirm_clusters(clustered, ["c00000"], based_on=0)
    write.undo_correction(clustered)
    write.redo_correction(clustered)
    again = write.confirm_clusters(clustered, ["c00000"], based_on=0)
    assert (again["entry"], again["repeated"]) == (first["entry"], True)


def test_a_click_that_was_overruled_is_no_double_click(
    write: ModuleType, clustered: "fo.Dataset", stale: type[ValueError]
) -> None:
    write.confirm_clusters(clustered, ["c00000"], based_on=0)
    write.confirm_clusters(clustered, ["c00000"], unconfirm=True)
    with pytest.raises(stale, match=STALE.format("Unconfirmed")):
        write.confirm_clusters(clustered, ["c00000"], based_on=0)
    assert clustered.count_values("cluster.confirmed") == {False: 30}


def test_what_was_done_elsewhere_does_not_spoil_a_double_click(
    write: ModuleType, clustered: "fo.Dataset"
) -> None:
    write.mark_noise(clustered, clusters=["c00000"], based_on=0)
    write.mark_noise(clustered, clusters=["c00001"])
    assert write.mark_noise(clustered, clusters=["c00000"], based_on=0)["repeated"]


def test_undoing_again_after_something_else_undoes_nothing(
    write: ModuleType, clustered: "fo.Dataset", fields_of: Fields, stale: type[ValueError]
) -> None:
    for cluster in ("c00000", "c00001"):
        write.confirm_clusters(clustered, [cluster])
    assert write.undo_correction(clustered, based_on=2)["seq"] == 3
    assert write.undo_correction(clustered, based_on=2)["repeated"]
    write.redo_correction(clustered, based_on=3)
    before = fields_of(clustered)
    with pytest.raises(stale, match=STALE.format("Redid: Confirmed")):
        write.undo_correction(clustered, based_on=2)
    write.undo_correction(clustered, based_on=4)
    with pytest.raises(stale, match=STALE.format("Undid: Confirmed")):
        write.redo_correction(clustered, based_on=3)
    write.redo_correction(clustered, based_on=5)
    assert fields_of(clustered) == before
    write.rename_cluster(clustered, "c00003", "Ann")
    with pytest.raises(stale, match=STALE.format("Named")):
        write.redo_correction(clustered, based_on=5)


def test_many_items_in_an_array_are_told_from_others(plugin_part: Callable[..., Any]) -> None:
    request = plugin_part("operators.corrections.writes.correct").Request
    params = plugin_part("operators.base.correction_params").CorrectionParams()
    ids = np.array([f"{number:024x}" for number in range(2_000)])
    first = request("noise", {"items": ids}, params).fingerprint
    assert first == request("noise", {"items": ids.tolist()}, params).fingerprint
    ids[1_000] = "f" * 24  # in the middle, which NumPy does not print
    assert first != request("noise", {"items": ids}, params).fingerprint
