"""What the grid and the map send as the selection, and what they might send."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


def lasso(items: Any) -> dict[str, Any]:
    """What the App sends while a lasso is drawn in its Embeddings panel."""
    return {"extended": {"fiftyone.core.stages.Select": {"sample_ids": items}}}


MAP = {"type": "Embeddings", "component_id": "map"}


def layout(panels: Any) -> dict[str, Any]:
    return {"spaces": {"component_id": "root", "children": [{"children": panels}]}}


def test_the_lasso_becomes_the_selection(send: Send, clustered: "fo.Dataset") -> None:
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    state = send(clustered, "open_cluster", cluster="c00000").state
    answer = send(clustered, "take_lasso", state, app=lasso(ids[:4]))
    chosen = [one["id"] for one in answer.sent("set_selected_samples")[0]["samples"]]
    assert chosen == ids[:4]
    assert "4 images selected" in answer.page
    assert answer.state["review"]["selected"] == 4


def test_a_lasso_that_was_drawn_before_a_cluster_was_opened_is_taken_there(
    send: Send, clustered: "fo.Dataset"
) -> None:
    keys = dict(zip(*clustered.values(["id", "cluster.cluster_id"]), strict=True))
    drawn = list(keys)[::2]
    for event in ("open_cluster", "next_cluster"):  # the App ends the lasso when its grid changes
        state = send(clustered, event, app=lasso(drawn), cluster="c00000").state
        answer = send(clustered, "take_lasso", state)
        chosen = [one["id"] for one in answer.sent("set_selected_samples")[0]["samples"]]
        assert chosen == [item for item in drawn if keys[item] == state["review"]["cluster"]]
        newer = send(clustered, "take_lasso", state, app=lasso(chosen[:2]))
        assert "2 images selected" in newer.page


def test_a_lasso_on_images_holds_their_patches(send: Send, objects: "fo.Dataset") -> None:
    ids = objects.values("objects.detections.id", unwind=True)
    match = {"ids": ids[:12], "fields": ["objects"], "labels": None, "tags": None}
    app = {"extended": {"fiftyone.core.stages.MatchLabels": match}}
    opened = send(objects, "open_cluster", app=app, cluster="c00000")
    (view,) = opened.sent("set_view")
    inside = set(ids[:12]) & set(ids_in(objects, "c00000"))
    assert view
    assert inside
    answer = send(objects, "take_lasso", opened.state)
    assert {one["id"] for one in answer.sent("set_selected_samples")[0]["samples"]} == inside
    match["fields"] = ["others"]
    state = send(objects, "open_cluster", app=app, cluster="c00000").state
    assert "There is no lasso" in send(objects, "take_lasso", state).page


def ids_in(dataset: "fo.Dataset", cluster: str) -> list[str]:
    names = ("id", "cluster_id")
    columns = dataset.values([f"objects.detections.{name}" for name in names], unwind=True)
    return [item for item, key in zip(*columns, strict=True) if key == cluster]


def test_a_lasso_ends_with_the_page_of_the_cluster(send: Send, clustered: "fo.Dataset") -> None:
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    state = send(clustered, "open_cluster", app=lasso(ids[:4]), cluster="c00000").state
    state = send(clustered, "open_clusters", state).state
    state = send(clustered, "open_cluster", state, cluster="c00000").state
    assert "There is no lasso" in send(clustered, "take_lasso", state).page


def test_a_lasso_around_too_many_of_a_cluster_is_not_kept(
    send: Send, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    state = send(clustered, "open_cluster", app=lasso(ids), cluster="c00000").state
    most = plugin_part("operators.review.selection").MOST_SELECTED
    state["review"]["lasso"] = ["0" * 24] * (most + 1)
    assert f"'lasso' must have at most {most}" in send(clustered, "take_lasso", state).page


@pytest.mark.parametrize(
    "app",
    [
        {},
        {"extended": None},
        {"extended": "text"},
        {"extended": []},
        {"extended": {"fiftyone.core.stages.Select": None}},
        lasso(None),
        lasso({"$gt": ""}),
        lasso([]),
    ],
)
def test_without_a_lasso_the_sentence_says_how_to_draw_one(
    send: Send, clustered: "fo.Dataset", app: dict[str, Any]
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    answer = send(clustered, "take_lasso", state, app=app)
    assert "no lasso on what the grid shows now: open the map beside 'Apply labels…'" in answer.page
    assert answer.sent("set_selected_samples") == []
    answer = send(clustered, "take_lasso", state, app=app | layout([MAP]))
    assert "There is no lasso on what the grid shows now: press Select" in answer.page


def test_a_lasso_is_offered_where_there_may_be_one(
    send: Send, clustered: "fo.Dataset", run: Any
) -> None:
    opened = send(clustered, "open_cluster", cluster="c00000")
    assert "Take the lasso" not in opened.page
    assert "Take the lasso" in send(clustered, "refresh", opened.state, app=layout([MAP])).page
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    drawn = send(clustered, "open_cluster", cluster="c00000", app=lasso(ids[:4]))
    assert "Take the lasso" in send(clustered, "refresh", drawn.state).page
    run("visualize_clusters", clustered, method="pca")
    assert "Take the lasso" in send(clustered, "refresh", opened.state).page


def test_a_lasso_around_too_many_is_refused(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    page = send(clustered, "take_lasso", state, app=lasso(["0" * 24] * 651)).page
    assert "The lasso holds 651 images, more than 650" in page


def test_what_is_sent_with_the_largest_selection_that_the_panel_makes_stays_below_100_kb(
    plugin_part: Callable[[str], ModuleType],
) -> None:
    shown = plugin_part("operators.corrections.reads.small").SHOWN
    small = plugin_part("operators.corrections.partition.summaries").SMALL
    items = ["0" * 24] * plugin_part("operators.review.selection").MOST_SELECTED
    chosen = [{"id": item, "type": "default"} for item in items]
    grid = ["0" * 24] * ((small - 1) * shown)
    request = {"selected": items, "selected_samples": chosen, "view": grid} | lasso(items)
    # 2 kB for the panel's own state and all else.
    assert len(json.dumps(request, separators=(",", ":"))) < 98_000
    request |= {"panel_state": {"lasso": items}, "view": ["0" * 24]}  # on the page of a cluster
    assert len(json.dumps(request, separators=(",", ":"))) < 98_000


@pytest.mark.parametrize("event", ["move_images", "new_cluster", "images_to_noise", "confirm_rest"])
def test_an_empty_selection_gets_one_sentence(
    send: Send, clustered: "fo.Dataset", event: str
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    state |= {"selection": {"move": {"target": "c00001"}}}
    page = send(clustered, event, state, cluster="c00000", based_on=0).page
    assert "Select some images in the grid first" in page or "that do not belong first" in page
    assert clustered.count_values("cluster.confirmed") == {False: 30}


@pytest.mark.parametrize(
    ("app", "name"),
    [
        ({"selected": 5}, "selected"),
        ({"selected": "abc"}, "selected"),
        ({"selected_samples": 5}, "selected_samples"),
        ({"extended_selection": {"selection": 5}}, "extended_selection"),
    ],
)
def test_what_is_no_list_is_no_selection(
    send: Send, clustered: "fo.Dataset", app: dict[str, Any], name: str
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    answer = send(clustered, "new_cluster", state, app=app, cluster="c00000", based_on=0)
    assert f"'{name}' must be a list" in answer.page
    assert clustered.count_values("cluster.confirmed") == {False: 30}


@pytest.mark.parametrize("labels", [5, [5], ["x"]])
def test_what_is_no_label_is_no_selection_of_patches(
    send: Send, objects: "fo.Dataset", labels: Any
) -> None:
    state = send(objects, "open_cluster", cluster="c00000").state
    app = {"selected_labels": labels}
    page = send(objects, "new_cluster", state, app=app, cluster="c00000", based_on=0).page
    assert "'selected_labels' must " in page


def test_samples_with_their_kind_of_selection_are_moved(
    send: Send, clustered: "fo.Dataset"
) -> None:
    ids = clustered.values("id")[:2]
    state = send(clustered, "open_cluster", cluster="c00000").state
    app = {"selected_samples": [{"id": ids[0], "type": "default"}, ids[1]]}
    send(clustered, "images_to_noise", state, app=app, based_on=0)
    assert sorted(clustered.match({"cluster.label": "noise"}).values("id")) == sorted(ids)


@pytest.mark.parametrize("event", ["new_cluster", "images_to_noise", "confirm_rest"])
def test_images_of_another_dataset_or_patches_are_refused(
    send: Send, clustered: "fo.Dataset", with_objects: "fo.Dataset", event: str
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    strangers = with_objects.values("id")[:2]
    patches = with_objects.values("objects.detections.id", unwind=True)[:2]
    for selected in (strangers, patches, ["no id at all"]):
        answer = send(clustered, event, state, selected=selected, cluster="c00000", based_on=0)
        assert "'error'" in answer.page, selected
    assert clustered.count_values("cluster.confirmed") == {False: 30}


def test_the_map_in_the_layout_is_opened_in_the_color_of_the_clusters(
    send: Send, clustered: "fo.Dataset", run: Any
) -> None:
    panels = [MAP, {"type": "Samples"}]
    assert send(clustered, "on_load", app=layout(panels)).sent("patch_panel_data") == []
    run("visualize_clusters", clustered, method="pca")
    opened = send(clustered, "on_load", app=layout(panels))
    (sent,) = opened.sent("patch_panel_data")
    assert sent["panel_id"] == "map"
    assert sent["data"] == {"openKey": "cluster_map", "colorField": "cluster.label"}

    # The Embeddings panel may come later: the page asks again, and leaves the color alone.
    assert opened.page.count("#show_map") == 2
    again = send(clustered, "show_map", opened.state, app=layout(panels))
    assert [one["data"] for one in again.sent("patch_panel_data")] == [{"openKey": "cluster_map"}]
    assert again.sent("show_panel_output") == []
    assert "#show_map" not in send(clustered, "open_pairs", opened.state, app=layout(panels)).page


@pytest.mark.parametrize("spaces", [None, "text", [], {"children": {"type": "Embeddings"}}, {}])
def test_a_forged_layout_is_passed_over(send: Send, clustered: "fo.Dataset", spaces: Any) -> None:
    assert "c00000" in send(clustered, "on_load", app={"spaces": spaces}).page
