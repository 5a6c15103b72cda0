"""Filters of the sidebar stay in force, though the App forgets them with each click."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Answer, Send

if TYPE_CHECKING:
    import fiftyone as fo

ZEROS = {"ground_truth.label": {"values": ["0"], "exclude": False, "isMatching": True}}
FILTERED = {"filters": ZEROS}


def in_grid(dataset: "fo.Dataset", answer: Answer) -> "fo.DatasetView":
    """What the panel made the grid show last."""
    import fiftyone as fo

    return fo.DatasetView._build(dataset, answer.sent("set_view")[-1]["view"])


def zeros(view: Any) -> list[str]:
    return [s.id for s in view if s.ground_truth.label == "0"]


def test_a_click_makes_stages_of_them(send: Send, clustered: "fo.Dataset") -> None:
    own = clustered.limit(20)
    answer = send(clustered, "mark_cluster", app={"view": own, **FILTERED}, cluster="c00001")
    assert in_grid(clustered, answer).values("id") == zeros(own)
    again = {"view": in_grid(clustered, answer)}
    later = send(clustered, "mark_cluster", answer.state, app=again, cluster="c00002")
    assert not later.sent("set_view")


def test_the_grid_goes_back_to_them_when_the_page_of_a_cluster_is_left(
    send: Send, clustered: "fo.Dataset"
) -> None:
    clustered.save_view("mine", clustered.limit(20))
    view = {"view": clustered.load_saved_view("mine"), "view_name": "mine"}
    for app, before in ((FILTERED, clustered), ({**view, **FILTERED}, view["view"])):
        opened = send(clustered, "open_cluster", app=app, cluster="c00001")
        assert len(opened.sent("set_view")) == 1
        assert in_grid(clustered, opened).count() == 10
        left = send(clustered, "open_clusters", opened.state, app={"view": clustered.limit(1)})
        assert in_grid(clustered, left).values("id") == zeros(before)


# The App forgets them with the first letter, of which it tells before or after that.
@pytest.mark.parametrize("is_told", [True, False])
def test_they_are_still_there_after_what_was_selected_and_named_under_them_is_moved(
    send: Send, clustered: "fo.Dataset", is_told: bool
) -> None:
    opened = send(clustered, "open_cluster", cluster="c00000")
    view = in_grid(clustered, opened)
    shown, chosen = {"view": view, **FILTERED}, zeros(view)[:1]
    selected = send(clustered, "on_change_selected", opened.state, selected=chosen, app=shown)
    assert "1 image selected" in selected.page
    # With either the App would forget the filters, or the selection.
    assert not selected.sent("patch_panel_state")
    assert not selected.sent("set_view")
    state = opened.state | {"selection": {"move": {"target": "Tom"}}}
    for app in (shown, {"view": view})[not is_told :]:
        params = {"selected": chosen, "app": app, "value": "Tom"}
        assert not send(clustered, "complete_name", state, **params).sent("set_view")
    params = {"selected": chosen, "app": {"view": view}, "based_on": 0}
    moved = send(clustered, "move_images", state, **params)
    assert clustered.count_values("cluster.label")["Tom"] == 1
    assert in_grid(clustered, moved).values("id") == [i for i in zeros(view) if i not in chosen]


def test_they_wait_where_a_new_view_would_end_the_selection(
    send: Send, clustered: "fo.Dataset"
) -> None:
    opened = send(clustered, "open_cluster", cluster="c00000")
    view = in_grid(clustered, opened)
    params = {"selected": zeros(view)[:1], "app": {"view": view, **FILTERED}, "cluster": "c00001"}
    ticked = send(clustered, "tick_cluster", opened.state, **params)
    assert not ticked.sent("set_view")
    later = send(clustered, "tick_cluster", ticked.state, app={"view": view}, cluster="c00001")
    assert in_grid(clustered, later).values("id") == zeros(view)


def test_they_end_where_the_user_ends_them(send: Send, clustered: "fo.Dataset") -> None:
    opened = send(clustered, "open_cluster", cluster="c00000")
    view = in_grid(clustered, opened)
    params = {"selected": zeros(view)[:1], "app": {"view": view, **FILTERED}}
    send(clustered, "on_change_selected", opened.state, **params)
    params |= {"app": {"view": view}, "based_on": 0}
    assert not send(clustered, "images_to_noise", opened.state, **params).sent("set_view")


def test_they_end_with_the_view_that_they_were_on(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    send(clustered, "complete_name", state, app=FILTERED, value="T")
    other = {"view": clustered.limit(3)}
    assert not send(clustered, "tick_cluster", state, app=other, cluster="c00001").sent("set_view")


def test_patches_stay_filtered_after_a_correction(send: Send, objects: "fo.Dataset") -> None:
    one = in_grid(objects, send(objects, "open_cluster", cluster="c00000")).first().id
    objects.set_label_values("objects.detections.label", {one: "odd"})
    opened = send(objects, "open_cluster", cluster="c00000")
    view = in_grid(objects, opened)
    filters = {"objects.label": {"values": ["odd"], "exclude": True, "isMatching": True}}
    params = {"app": {"view": view, "filters": filters}, "cluster": "c00000", "name": "Tom"}
    state = opened.state | {"naming": {"name": "Tom"}}
    renamed = send(objects, "rename_cluster", state, **params, based_on=0)
    left = set(view.values("id")) - {one}
    assert set(in_grid(objects, renamed).values("id")) == left
    # By then they are stages, and the view of patches is made anew once more.
    params["app"] = {"view": in_grid(objects, renamed)}
    state = renamed.state | {"naming": {"name": "Ann"}}
    again = send(objects, "rename_cluster", state, **params, based_on=1)
    assert set(in_grid(objects, again).values("id")) == left


@pytest.mark.parametrize("forged", ["x", 3, [1], {"nowhere": {"values": ["a"]}}, {"id": 7}])
def test_forged_filters_change_nothing(send: Send, clustered: "fo.Dataset", forged: object) -> None:
    answer = send(clustered, "mark_cluster", app={"filters": forged}, cluster="c00001")
    assert answer.state["review"]["marked"] == ["c00001"]
    assert all(in_grid(clustered, answer).count() == 30 for _ in answer.sent("set_view"))


def test_filters_of_ids_which_no_browser_sends_back_as_such_are_made_no_stages(
    send: Send, clustered: "fo.Dataset"
) -> None:
    filters = {"id": {"values": [clustered.first().id], "exclude": False, "isMatching": True}}
    answer = send(clustered, "mark_cluster", app={"filters": filters}, cluster="c00001")
    assert answer.state["review"]["marked"] == ["c00001"]
    assert not answer.sent("set_view")
