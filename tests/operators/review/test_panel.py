"""The panel takes only its own events, and whatever they bring, it answers with a page."""

import json
import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo

LONG = "x" * 100_000
HUGE = "c" + "9" * 30
# What no text can hold that is looked for in the database.
BROKEN = ["\ud800", "\x00", "c00000\x00", "Tom\udfff"]
FORGED: list[dict[str, Any]] = [
    {},
    {"cluster": {"$gt": ""}, "first": {"$ne": 1}, "second": [], "answer": {"$ne": ""}},
    {"cluster": LONG, "value": LONG, "shown": LONG, "by": LONG, "first": LONG, "second": LONG},
    {"cluster": "../../etc/passwd", "shown": "__class__", "by": "images", "offset": -1, "to": -1},
    {"cluster": "c00000", "part": 10**12, "offset": 10**30, "to": 10**30, "based_on": True},
    {"first": "c00000", "second": "c00000", "answer": "same", "by": "parts", "shown": "new"},
    {"clusters": [["c00000"]] * 5, "into": 5, "name": 5, "if_exists": "drop"},
    {"clusters": ["c00000"] * 9999, "into": "$where", "name": "$a.b", "if_exists": "merge"},
    {"cluster": HUGE, "first": HUGE, "second": HUGE, "into": HUGE, "name": HUGE, "value": HUGE},
    *(
        {"cluster": text, "first": text, "second": text, "into": text, "name": text, "value": text}
        | {"clusters": [text], "by": "parts", "answer": "same", "if_exists": "keep"}
        for text in BROKEN
    ),
    {"selected": 5},
    {"selected": "abc"},
    {"selected": [None, {"a": 1}, ["b"]]},
    {"app": {"selected_samples": 5}},
    {"app": {"selected_samples": [5, {}, {"id": {"$gt": ""}}]}},
    {"app": {"extended_selection": 5}},
    {"app": {"extended_selection": {"selection": 5}}},
]
FORGED_LABELS = [5, [5], {"a": 1}, [{"field": "objects", "label_id": 5}]]
STATES: list[Any] = [
    {"review": "text"},
    {"review": {"page": "secret"}},
    {"review": {"marked": "c00000"}},
    {"review": {"marked": ["c00000"] * 10_000}},
    {"review": {"offset": -1}},
    {"review": {"search": LONG}},
    {"review": {"run_key": "gone"}},
    *({"review": {name: text}} for text in BROKEN for name in ("search", "cluster", "truth")),
    {"review": {"marked": ["\x00"]}},
]


@pytest.fixture
def events(plugin_part: Callable[[str], ModuleType]) -> list[str]:
    return list(plugin_part("operators.review.events").EVENTS)


@pytest.mark.parametrize("forged", FORGED)
def test_forged_parameters_of_any_event_are_answered_with_a_page(
    send: Send, clustered: "fo.Dataset", events: list[str], forged: dict[str, Any]
) -> None:
    for event in events:
        answer = send(clustered, event, **forged)
        assert answer.page or event.startswith("on_change"), event
        assert LONG not in answer.page
    clustered.reload()
    assert sum(clustered.count_values("cluster.label").values()) == 30


@pytest.mark.parametrize("forged", FORGED_LABELS)
def test_a_forged_selection_of_patches_is_answered_with_a_page(
    send: Send, objects: "fo.Dataset", events: list[str], forged: Any
) -> None:
    state = send(objects, "open_cluster", cluster="c00000").state
    for event in events:
        answer = send(objects, event, state, app={"selected_labels": forged})
        assert answer.page or event.startswith("on_change"), event


@pytest.mark.parametrize("place", [("naming", "name"), ("selection", "move", "target")])
@pytest.mark.parametrize("typed", [HUGE, *BROKEN, 5, {"$gt": ""}])
def test_what_is_typed_is_checked(
    send: Send, clustered: "fo.Dataset", place: tuple[str, ...], typed: Any
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    for name in reversed(place):
        typed = {name: typed}
    event = "move_images" if place[0] == "selection" else "rename_cluster"
    chosen = {"selected": clustered.values("id")[:1], "cluster": "c00000", "based_on": 0}
    answer = send(clustered, event, state | typed, **chosen)
    assert "'error'" in answer.page
    sentences = "how a cluster without a name is called|cannot be stored|must be a text"
    assert re.search(sentences, answer.page)
    assert set(clustered.count_values("cluster.label")) == {"c00000", "c00001", "c00002"}


@pytest.mark.parametrize(
    "method", ["execute", "__class__", "render", "_stack", "on_startup2", LONG]
)
def test_what_is_no_event_cannot_be_called(
    send: Send, clustered: "fo.Dataset", method: Any
) -> None:
    assert "The panel knows no event" in send(clustered, method).page


@pytest.mark.parametrize("state", STATES)
def test_a_forged_state_is_refused_with_a_way_on(
    send: Send, clustered: "fo.Dataset", state: Any
) -> None:
    answer = send(clustered, "refresh", state)
    assert "Start over" in answer.page
    assert "c00000" in send(clustered, "start_over", state).page


def test_a_forged_selection_is_refused(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    for selected in (["nonsense"], ["0" * 24], [LONG]):
        answer = send(clustered, "new_cluster", state, selected=selected)
        assert "'error'" in answer.page
    assert clustered.count_values("cluster.label")["c00000"] == 10


def test_the_page_shows_clusters_with_pictures(send: Send, clustered: "fo.Dataset") -> None:
    answer = send(clustered, "on_load")
    assert "data:image/jpeg;base64," in answer.page
    for cluster in ("c00000", "c00001", "c00002"):
        assert cluster in answer.page


def test_a_dataset_without_runs_gets_the_way_in(send: Send, dataset: "fo.Dataset") -> None:
    answer = send(dataset, "on_load")
    assert "This dataset has no clusters yet" in answer.page
    prompt = send(dataset, "cluster_images").sent("prompt_user_for_operation")
    assert prompt[0]["operator_uri"] == "@autolabel/gcn/cluster_images"


def test_a_double_click_is_one_correction(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "on_load").state
    for _ in range(2):
        send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    page = send(clustered, "open_history", state).page
    assert "entry_1" in page
    assert "entry_2" not in page


def test_the_second_of_two_windows_is_told_and_nothing_is_lost(
    send: Send, clustered: "fo.Dataset"
) -> None:
    first = send(clustered, "on_load").state
    send(clustered, "mark_noise", first, cluster="c00000", based_on=0)
    answer = send(clustered, "confirm_cluster", first, cluster="c00000", based_on=0)
    assert "'error'" in answer.page
    assert clustered.count_values("cluster.label")["noise"] == 10


def test_a_stale_click_after_an_undo_is_told(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "on_load").state
    send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    send(clustered, "undo", state, based_on=1)
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert "Somebody else corrected the same clusters in the meantime" in answer.page
    assert answer.sent("notify") == []
    assert clustered.count_values("cluster.confirmed") == {False: 30}


def test_a_run_that_was_deleted_meanwhile_is_told(
    send: Send, clustered: "fo.Dataset", run: Callable[..., Any]
) -> None:
    state = send(clustered, "on_load").state
    run("delete_run", clustered, run_key="cluster")
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert "deleted or renamed" in answer.page
    assert "This dataset has no clusters yet" in send(clustered, "start_over", state).page


def test_names_are_shown_letter_by_letter(send: Send, clustered: "fo.Dataset") -> None:
    name = "<img src=x onerror=alert(1)> **bold** $where 'quoted' \"twice\" 🍅"
    state = send(clustered, "open_cluster", cluster="c00000").state
    state["naming"] = {"name": name}
    answer = send(clustered, "rename_cluster", state, cluster="c00000", based_on=0)
    texts = json.dumps(answer.sent("show_panel_output"), ensure_ascii=False)
    assert "MarkdownView" not in texts
    assert "<img src=x onerror=alert(1)> **bold** $where" in texts


def test_the_state_stays_small(send: Send, clustered: "fo.Dataset") -> None:
    state: dict[str, Any] = send(clustered, "on_load").state
    state["review"]["marked"] = [f"c{number:05d}" for number in range(200)]
    state["review"]["search"] = "x" * 1000
    answer = send(clustered, "refresh", state)
    assert len(json.dumps(answer.state)) < 20_000


def test_a_selection_elsewhere_does_not_redraw_the_page(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "on_load").state
    answer = send(clustered, "on_change_selected", state, selected=clustered.values("id")[:2])
    assert answer.sent("show_panel_output") == []
    state = send(clustered, "open_cluster", state, cluster="c00000").state
    answer = send(clustered, "on_change_selected", state, selected=clustered.values("id")[:2])
    assert "2 images selected" in answer.page


def test_merging_by_a_typed_name_confirms_only_what_was_confirmed(
    send: Send, clustered: "fo.Dataset"
) -> None:
    send(clustered, "confirm_cluster", cluster="c00000", based_on=0)
    state = send(clustered, "open_cluster", cluster="c00000").state | {"naming": {"name": "Tom"}}
    send(clustered, "rename_cluster", state, cluster="c00000", based_on=1)
    chosen = {"cluster": "c00001", "name": "Tom", "if_exists": "merge", "based_on": 2}
    page = send(clustered, "rename_named", state, **chosen).page
    assert "10 of 30 images confirmed" in page
    assert clustered.match({"cluster.label": "Tom"}).count_values("cluster.confirmed") == {
        True: 10,
        False: 10,
    }


def test_a_taken_name_is_asked_about_as_it_is_written(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00002").state | {"naming": {"name": "Tom"}}
    send(clustered, "rename_cluster", state, cluster="c00002", based_on=0)
    state = send(clustered, "open_cluster", cluster="c00000").state | {"naming": {"name": "tom"}}
    page = send(clustered, "rename_cluster", state, cluster="c00000", based_on=1).page
    assert "Another cluster is called “Tom”" in page


def test_a_name_of_ten_thousand_characters_gets_one_sentence(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    state["naming"] = {"name": "x" * 10_000}
    for event in ("confirm_cluster", "rename_cluster"):
        page = send(clustered, event, state, cluster="c00000", based_on=0).page
        assert "must have at most 1,000 characters (got 10,000)" in page
    assert clustered.count_values("cluster.confirmed") == {False: 30}


def test_a_database_that_is_gone_between_two_clicks_is_told_with_a_way_on(
    send: Send,
    clustered: "fo.Dataset",
    monkeypatch: pytest.MonkeyPatch,
    plugin_part: Callable[[str], ModuleType],
) -> None:
    import pymongo

    state = send(clustered, "on_load").state
    dead = pymongo.MongoClient("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50")
    tables = plugin_part("operators.corrections.documents.tables")
    monkeypatch.setattr(tables, "get_db_conn", lambda: dead["gone"])
    page = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0).page
    assert "connection to the database was lost" in page
    assert "start_over" in page
    monkeypatch.undo()
    dead.close()
    assert "c00000" in send(clustered, "start_over", state).page
    assert clustered.count_values("cluster.confirmed") == {False: 30}


def test_what_was_deleted_is_gone_from_list_and_header_at_once(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "on_load").state
    clustered.delete_samples(clustered.limit(4))
    page = send(clustered, "refresh", state).page
    assert "0 of 26 images confirmed" in page
    assert "'6 images" in page
