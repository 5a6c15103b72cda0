"""The next cluster to decide on, and those that want a look before they are confirmed."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def four(embedded: "fo.Dataset", write_run: Callable[..., None]) -> "fo.Dataset":
    """Clusters of 10, 8, 6 and 4 images; GCN-V saw two parts in the first and the third."""
    write_run(embedded, confidence=[0.5] * 10 + [0.6] * 8 + [0.9] * 12)
    return embedded


@pytest.mark.parametrize("sort", ["useful", "size", "confidence", "name"])
@pytest.mark.parametrize("state", [None, "new", "small"])
def test_walking_on_meets_the_open_clusters_in_the_order_of_the_list(
    read: ModuleType, write: ModuleType, four: "fo.Dataset", sort: str, state: str | None
) -> None:
    write.confirm_clusters(four, ["c00001"])
    listed = read.list_clusters(four, sort=sort, state=state)["clusters"]
    expected = [row["cluster"] for row in listed if row["state"] == "new"]
    walked: list[str] = []
    while (found := read.next_cluster(four, sort=sort, state=state, passed=walked)) is not None:
        walked.append(found)
    assert walked == expected
    assert walked


def test_what_is_decided_is_walked_through_where_it_is_what_the_list_shows(
    read: ModuleType, write: ModuleType, four: "fo.Dataset"
) -> None:
    assert read.next_cluster(four, state="confirmed") is None
    write.confirm_clusters(four, ["c00001"], name="Tom")
    assert read.next_cluster(four, state="confirmed") == "c00001"
    assert read.next_cluster(four, search="tom") is None
    assert read.next_cluster(four, state="confirmed", search="tom") == "c00001"


def test_nothing_is_left_where_all_is_confirmed_or_noise(
    read: ModuleType, write: ModuleType, four: "fo.Dataset"
) -> None:
    write.confirm_clusters(four, ["c00001", "c00002", "c00003"])
    assert read.next_cluster(four) == "c00000"
    write.mark_noise(four, clusters=["c00000"])
    assert read.next_cluster(four) is None


def test_wrong_order_or_state_gets_a_sentence(read: ModuleType, four: "fo.Dataset") -> None:
    with pytest.raises(ValueError, match="'best' is no order"):
        read.next_cluster(four, sort="best")
    with pytest.raises(ValueError, match="'bad' is no state"):
        read.next_cluster(four, state="bad")


def test_only_unsure_clusters_of_several_parts_look_mixed(
    read: ModuleType, write: ModuleType, four: "fo.Dataset"
) -> None:
    everything = ["c00003", "c00002", "c00001", "c00000", "noise"]
    assert read.mixed_among(four, everything) == ["c00000"]
    assert read.next_cluster(four, state="mixed") == "c00000"
    assert read.mixed_among(four, ["c00001", "no id", "c99999"]) == []
    write.confirm_clusters(four, ["c00000"])
    assert read.mixed_among(four, everything) == []
