"""Clicks that are taken back or come quickly after each other on a cluster's page."""

from typing import TYPE_CHECKING

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


def test_undoing_a_confirmation_brings_its_name_and_ticks_back(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    state = state | send(clustered, "tick_cluster", state, cluster="c00001").state
    state |= {"naming": {"name": "Tom"}}
    state |= send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0).state
    assert state["review"]["ticked"] == []
    state = send(clustered, "undo", state | {"naming": {"name": "Tom"}}, based_on=1).state
    assert state["review"]["cluster"] == "c00000"
    assert state["review"]["ticked"] == ["c00001"]
    assert state["naming.name"] == "Tom"
    assert set(clustered.count_values("cluster.label")) == {"c00000", "c00001", "c00002"}


def test_undoing_a_confirmation_on_the_page_of_another_cluster_stays_there(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state | {"naming": {"name": "Tom"}}
    state |= send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0).state
    state |= send(clustered, "open_cluster", state, cluster="c00002").state
    state |= {"naming": {"name": "Ann"}}
    answer = send(clustered, "undo", state, based_on=1)
    assert answer.state["review"]["cluster"] == "c00002"
    assert answer.state["naming.name"] == ""


def test_a_page_begins_at_its_top_once_its_cluster_is_confirmed(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    answer = send(clustered, "tick_cluster", state, cluster="c00001")
    assert "Top of the page" not in answer.page
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert "Top of the page" in answer.page


def test_two_ticks_in_quick_succession_are_two(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    send(clustered, "tick_cluster", state, cluster="c00001")
    answer = send(clustered, "tick_cluster", state, cluster="c00002")  # as the page was
    assert answer.state["review"]["ticked"] == ["c00001", "c00002"]
    answer = send(clustered, "tick_cluster", answer.state, cluster="c00001")
    assert answer.state["review"]["ticked"] == ["c00002"]
