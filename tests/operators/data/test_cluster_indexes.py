from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.conftest import State

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]

INDEXES = {"cluster.label_1_cluster.confidence_-1", "cluster.confidence", "cluster.cluster_id"}


def take_indexes(dataset: "fo.Dataset", left: int) -> None:
    """Makes indexes until there is room for no more than some."""
    import fiftyone as fo

    used = len(dataset._sample_collection.index_information())
    for number in range(64 - left - used):
        dataset.add_sample_field(f"shelf_{number}", fo.IntField)
        dataset.create_index(f"shelf_{number}")


@pytest.mark.parametrize("left", [0, 1, 2])
def test_dataset_without_room_for_indexes_is_clustered_all_the_same(
    cluster: Callable[..., Any], embedded: "fo.Dataset", left: int
) -> None:
    take_indexes(embedded, left)
    report = cluster(embedded)
    assert len(embedded.exists("cluster")) == 30
    assert len(INDEXES & set(embedded.list_indexes())) == left
    (warning,) = report.warnings
    assert warning.startswith(f"The dataset has {64 - left} indexes of the 64 that MongoDB allows")


def test_run_gets_its_indexes_as_the_warning_says(
    plugin_part: Part, cluster: Callable[..., Any], embedded: "fo.Dataset"
) -> None:
    take_indexes(embedded, 0)
    cluster(embedded)
    for number in range(3):
        embedded.drop_index(f"shelf_{number}")
    plugin_part("operators").load_run(embedded, "cluster")
    assert set(embedded.list_indexes()) >= INDEXES


def test_failed_replacement_is_undone_without_room_for_indexes(
    cluster: Callable[..., Any],
    embedded: "fo.Dataset",
    state_of: State,
    stop_at: Callable[[str], Callable[[float, str], None]],
) -> None:
    take_indexes(embedded, 0)
    cluster(embedded)
    before = state_of(embedded)
    with pytest.raises(Exception, match="Writing"):
        cluster(embedded, progress=stop_at("Writing"))
    assert state_of(embedded) == before


def test_indexes_that_are_there_need_no_room(
    cluster: Callable[..., Any], embedded: "fo.Dataset"
) -> None:
    cluster(embedded)
    take_indexes(embedded, 0)
    assert cluster(embedded).warnings == []
