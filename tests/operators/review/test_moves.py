"""What takes long is told before it begins."""

from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def merged(clustered: "fo.Dataset", plugin: ModuleType) -> "fo.Dataset":
    """Two of the three clusters are one."""
    plugin.operators.merge_clusters(clustered, clusters=["c00000", "c00001"])
    return clustered


def test_clustering_again_is_told_first_and_then_done_by_the_browser(
    send: Send, merged: "fo.Dataset"
) -> None:
    state = send(merged, "open_cluster", cluster="c00000").state
    asked = {"cluster": "c00000", "by": "clustering", "based_on": 1}
    told = send(merged, "split_cluster", state, **asked)
    assert "Clustering it again" in told.page
    assert sorted(merged.count_values("cluster.label").values()) == [10, 20]
    (event,) = told.sent("cluster_review")
    method, new_state = event.pop("__method__"), event.pop("panel_state")
    assert event.pop("panel_id") == "p1"
    assert new_state["review"] == told.state["review"]
    answer = send(merged, method, new_state, **event)
    assert not answer.sent("cluster_review")
    assert "Clustering it again" not in answer.page
    assert sorted(merged.count_values("cluster.label").values()) == [10, 10, 10]


def test_nothing_else_is_told_first(send: Send, merged: "fo.Dataset") -> None:
    state = send(merged, "open_cluster", cluster="c00000").state
    asked = {"cluster": "c00000", "by": "parts", "based_on": 1}
    assert not send(merged, "split_cluster", state, **asked).sent("cluster_review")
    assert sorted(merged.count_values("cluster.label").values()) == [10, 10, 10]
