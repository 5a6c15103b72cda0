"""The grid is not left in a view that a panel made which is there no more."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Answer, Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def opened(send: Send, clustered: "fo.Dataset") -> Answer:
    """The page of a cluster, which narrows the grid to it."""
    return send(clustered, "open_cluster", cluster="c00000")


@pytest.fixture
def shown(clustered: "fo.Dataset", opened: Answer) -> dict[str, Any]:
    """What the App tells of its grid then."""
    import fiftyone as fo

    return {"view": fo.DatasetView._build(clustered, opened.sent("set_view")[0]["view"])}


def test_a_panel_that_begins_anew_brings_all_images_back(
    send: Send, clustered: "fo.Dataset", shown: dict[str, Any]
) -> None:
    answer = send(clustered, "on_load", app=shown)
    assert "c00002" in answer.page
    assert len(answer.sent("clear_view")) == 1


def test_a_panel_whose_page_is_reloaded_keeps_the_cluster_in_the_grid(
    send: Send, clustered: "fo.Dataset", opened: Answer, shown: dict[str, Any]
) -> None:
    answer = send(clustered, "on_load", opened.state, app=shown)
    assert answer.state["review"]["in_grid"] == "c00000"
    assert not answer.sent("clear_view")


def test_a_list_that_is_opened_in_another_tab_brings_all_images_back(
    send: Send, clustered: "fo.Dataset", shown: dict[str, Any]
) -> None:
    listed = send(clustered, "refresh").state
    assert len(send(clustered, "open_clusters", listed, app=shown).sent("clear_view")) == 1


def test_a_view_of_the_users_own_stays(
    send: Send, clustered: "fo.Dataset", shown: dict[str, Any]
) -> None:
    for own in ({"view": clustered.limit(7)}, {"view": shown["view"].limit(7)}):
        assert not send(clustered, "on_load", app=own).sent("clear_view")
    clustered.save_view("mine", shown["view"])
    saved = {"view": clustered.load_saved_view("mine"), "view_name": "mine"}
    assert not send(clustered, "on_load", app=saved).sent("clear_view")
