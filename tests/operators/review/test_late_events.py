"""Events that are handled late or twice, and selections that are no longer what the grid shows."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Answer, Send, WhileDrawn

if TYPE_CHECKING:
    import fiftyone as fo

GONE = "not in this cluster any more, so nothing was changed"


def ids_of(dataset: "fo.Dataset", cluster: str) -> list[str]:
    return dataset.match({"cluster.cluster_id": cluster}).values("id")


def is_page_of(answer: Answer, cluster: str) -> bool:
    """Tells whether what was drawn is the page of a cluster: whether it offers to rename it."""
    drawn = [r for r in answer.sent("show_panel_output") if "rename_cluster" in repr(r)]
    return bool(drawn) and f"{{'cluster': '{cluster}', 'based_on': " in repr(drawn)


@pytest.fixture
def left(send: Send, clustered: "fo.Dataset") -> tuple[dict[str, Any], dict[str, Any]]:
    """State of a page that was left, and of the page that followed."""
    before = send(clustered, "open_cluster", cluster="c00000").state
    return before, send(clustered, "open_cluster", before, cluster="c00001").state


@pytest.fixture
def grid_of(plugin_part: Callable[[str], ModuleType]) -> Callable[..., dict[str, Any]]:
    """What the App tells of its grid while that shows a cluster."""
    reads = plugin_part("operators.corrections.reads")
    return lambda dataset, cluster: {"view": reads.cluster_view(dataset, cluster)}


def test_a_late_selection_does_not_bring_back_the_page_that_was_left(
    send: Send, clustered: "fo.Dataset", left: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    chosen = ids_of(clustered, "c00000")[:1]
    for event in ("on_change_selected", "on_change_extended_selection", "complete_name"):
        late = send(clustered, event, left[0], selected=chosen)
        assert not late.sent("show_panel_output")
        assert not late.sent("patch_panel_state")
    answer = send(clustered, "on_change_selected", left[1], selected=chosen)
    assert is_page_of(answer, "c00001")
    assert "1 image selected" in answer.page


def test_a_late_selection_does_not_bring_back_the_page_without_what_was_ticked_since(
    send: Send, clustered: "fo.Dataset", left: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    chosen = ids_of(clustered, "c00001")[:1]
    state = send(clustered, "tick_cluster", left[1], cluster="c00002").state
    late = send(clustered, "on_change_selected", left[1], selected=chosen)
    assert not late.sent("show_panel_output")
    answer = send(clustered, "on_change_selected", state, selected=chosen)
    assert "Confirm with 1 ticked" in answer.page


def test_a_selection_that_is_overtaken_by_a_click_while_its_page_is_drawn_is_not_shown(
    send: Send, clustered: "fo.Dataset", while_drawn: WhileDrawn
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    clicked = list[Answer]()
    while_drawn(lambda: clicked.append(send(clustered, "open_cluster", state, cluster="c00001")))
    chosen = ids_of(clustered, "c00000")[:1]
    late = send(clustered, "on_change_selected", state, selected=chosen)
    assert is_page_of(clicked[0], "c00001")
    assert not late.sent("show_panel_output")


def test_a_selection_that_is_told_twice_changes_nothing(
    send: Send, clustered: "fo.Dataset", left: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    chosen = ids_of(clustered, "c00001")[:2]
    once = send(clustered, "on_change_selected", left[1], selected=chosen)
    again = send(clustered, "on_change_selected", left[1], selected=chosen)
    assert "2 images selected" in once.page
    assert not again.sent("show_panel_output")
    ended = send(clustered, "on_change_selected", left[1])
    assert "selected" not in ended.page.replace("selected_samples", "")
    assert once.state == again.state == ended.state == {}
    assert clustered.count_values("cluster.confirmed") == {False: 30}


def test_the_selection_ends_with_the_grid_that_it_was_made_in(
    send: Send, clustered: "fo.Dataset", left: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    chosen = ids_of(clustered, "c00000")[:1]
    opened = send(clustered, "open_cluster", left[0], selected=chosen, cluster="c00001")
    assert "selected" not in opened.page.replace("selected_samples", "")
    undone = send(clustered, "mark_noise", opened.state, cluster="c00002", based_on=0)
    undone = send(clustered, "undo", undone.state, selected=ids_of(clustered, "c00001")[:1])
    assert undone.state["review"]["selected"] == 0


@pytest.mark.parametrize("event", ["images_to_noise", "new_cluster", "move_images", "confirm_rest"])
def test_what_another_window_took_out_of_the_cluster_is_not_moved_on(
    send: Send,
    clustered: "fo.Dataset",
    plugin_part: Callable[[str], ModuleType],
    grid_of: Callable[..., dict[str, Any]],
    event: str,
) -> None:
    chosen, app = ids_of(clustered, "c00000")[:3], grid_of(clustered, "c00000")
    state = send(clustered, "open_cluster", cluster="c00000").state
    plugin_part("operators.correcting").move_to_cluster(clustered, chosen[:2], name="Tom")
    drawn = send(clustered, "on_change_selected", state, selected=chosen, app=app)
    assert "'based_on': 1" in drawn.page
    state |= {"selection": {"move": {"target": "c00001"}}}
    params = {"cluster": "c00000", "based_on": 1, "selected": chosen, "app": app}
    answer = send(clustered, event, state, **params)
    assert f"Of what is selected, 2 images are {GONE}" in answer.page
    assert clustered.count_values("cluster.confirmed") == {False: 28, True: 2}
    assert answer.sent("reload_dataset") == [{}]
    assert answer.sent("set_selected_samples") == [{"samples": []}]


def test_patches_that_left_the_cluster_are_not_moved_on(
    send: Send,
    objects: "fo.Dataset",
    plugin_part: Callable[[str], ModuleType],
    grid_of: Callable[..., dict[str, Any]],
) -> None:
    app = grid_of(objects, "c00000")
    items = plugin_part("operators.corrections.reads").item_ids(objects, "c00000")["items"]
    state = send(objects, "open_cluster", cluster="c00000").state
    plugin_part("operators.correcting").move_to_cluster(objects, items[:1], name="Tom")
    params = {"cluster": "c00000", "based_on": 1, "selected": items[:1], "app": app}
    answer = send(objects, "images_to_noise", state, **params)
    assert f"Of what is selected, 1 patch is {GONE}" in answer.page
    labels = objects.values("objects.detections.cluster", unwind=True)
    assert (labels.count("Tom"), labels.count("noise")) == (1, 0)


def test_what_is_selected_in_a_grid_of_all_images_is_moved_from_wherever_it_is(
    send: Send, clustered: "fo.Dataset"
) -> None:
    chosen = [ids_of(clustered, cluster)[0] for cluster in ("c00000", "c00001")]
    state = send(clustered, "open_cluster", cluster="c00000").state
    send(clustered, "images_to_noise", state, selected=chosen, based_on=0)
    assert clustered.match({"cluster.label": "noise"}).count() == 2


def test_a_lasso_is_not_taken_in_place_of_a_selection_that_is_gone(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    ids = ids_of(clustered, "c00000")
    app = {"extended_selection": {"selection": ids}}
    drawn = send(clustered, "on_change_selected", state, selected=ids[:1], app=app)
    assert "1 image selected" in drawn.page
    assert "from_lasso" not in drawn.page
    answer = send(clustered, "images_to_noise", state, app=app, based_on=0)
    assert "Select some images in the grid first" in answer.page
    assert clustered.count_values("cluster.confirmed") == {False: 30}
    assert "'from_lasso': True" in answer.page
    send(clustered, "images_to_noise", state, app=app, based_on=0, from_lasso=True)
    assert clustered.count_values("cluster.label")["noise"] == 10


def test_images_that_were_deleted_while_selected_are_told(
    send: Send, clustered: "fo.Dataset", grid_of: Callable[..., dict[str, Any]]
) -> None:
    chosen, app = ids_of(clustered, "c00000")[:2], grid_of(clustered, "c00000")
    state = send(clustered, "open_cluster", cluster="c00000").state
    clustered.delete_samples(chosen[:1])
    late = send(clustered, "on_change_selected", state, selected=chosen, app=app)
    assert is_page_of(late, "c00000")
    answer = send(clustered, "images_to_noise", state, selected=chosen, app=app, based_on=0)
    assert f"Of what is selected, 1 image is {GONE}" in answer.page
    assert "noise" not in clustered.count_values("cluster.label")


def test_images_that_do_not_belong_are_left_out_after_a_question(
    send: Send, clustered: "fo.Dataset", grid_of: Callable[..., dict[str, Any]]
) -> None:
    state = send(clustered, "open_cluster", cluster="c00001").state
    send(clustered, "confirm_cluster", state | {"naming": {"name": "Tom"}}, cluster="c00001")
    state = send(clustered, "open_cluster", cluster="c00000").state | {"naming": {"name": "Tom"}}
    chosen, app = ids_of(clustered, "c00000")[:1], grid_of(clustered, "c00000")
    params = {"cluster": "c00000", "based_on": 1, "selected": chosen, "app": app}
    asked = send(clustered, "confirm_rest", state, **params)
    assert "Another cluster is called" in asked.page
    assert not asked.sent("set_selected_samples")
    params |= {"name": "Tom", "if_exists": "merge", "rest": True}
    send(clustered, "confirm_named", asked.state | {"naming": {"name": "Tom"}}, **params)
    assert clustered.count_values("cluster.label")["Tom"] == 19


def test_of_a_lasso_only_what_the_grid_shows_is_selected(
    send: Send, clustered: "fo.Dataset", grid_of: Callable[..., dict[str, Any]]
) -> None:
    inside, outside = ids_of(clustered, "c00000")[:2], ids_of(clustered, "c00001")[:3]
    state = send(clustered, "open_cluster", cluster="c00000").state

    def take(items: list[str]) -> Answer:
        lasso = {"extended": {"fiftyone.core.stages.Select": {"sample_ids": items}}}
        return send(clustered, "take_lasso", state, app=lasso | grid_of(clustered, "c00000"))

    answer = take([*outside, *inside])
    (sent,) = answer.sent("set_selected_samples")
    assert [one["id"] for one in sent["samples"]] == inside
    assert "3 images that the lasso holds are not in this cluster, and not selected" in answer.page
    assert "not selected" not in take(inside).page
    assert "Nothing that the lasso holds is in this cluster" in take(outside).page
