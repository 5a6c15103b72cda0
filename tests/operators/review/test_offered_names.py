"""Every name can be reached from a field, however many there are, and the state stays small."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Answer, Send

if TYPE_CHECKING:
    import fiftyone as fo

FIELDS = {"name": "naming.name", "target": "selection.move.target"}


def offered(answer: Answer, field: str) -> list[str]:
    """The completions of a field on the page."""
    (found,) = answer.sent("show_panel_output")
    while "properties" not in found:
        found = found.get("output") or found["type"]
    for part in FIELDS[field].split("."):
        found = found.get("type", found)["properties"][part]
    return [choice["value"] for choice in found["view"]["choices"]]


def typing(field: str, words: str) -> dict[str, Any]:
    state: Any = words
    for part in reversed(FIELDS[field].split(".")):
        state = {part: state}
    return state


@pytest.mark.parametrize("field", FIELDS)
def test_typing_brings_up_any_of_thousands_of_names(
    send: Send, many_names: "fo.Dataset", field: str
) -> None:
    ids = many_names.limit(2).values("id")
    state = send(many_names, "open_cluster", cluster="c00100").state
    answer = send(many_names, "refresh", state, selected=ids)
    before = offered(answer, field)
    assert "kind 0000" in before
    assert "kind 2987" not in before
    state = answer.state | typing(field, "Kind 298")
    answer = send(many_names, "complete_name", state, selected=ids, value="Kind 298")
    after = offered(answer, field)
    assert {f"kind 298{digit}" for digit in range(10)} <= set(after)
    assert len(after) < 80


def test_typing_changes_nothing_else_and_the_events_stay_small(
    send: Send, many_names: "fo.Dataset"
) -> None:
    state = send(many_names, "open_cluster", cluster="c00100").state
    state |= typing("name", "kind 29")
    answer = send(many_names, "complete_name", state, value="kind 29")
    assert answer.state == {}
    assert answer.sent("set_view") == []
    state["review"]["passed"] = state["review"]["ticked"] = [f"c{n:05d}" for n in range(200)]
    state["review"]["marked"] = state["review"]["passed"]
    answer = send(many_names, "refresh", state)
    assert len(json.dumps(state | answer.state)) < 20_000


def test_typing_that_is_told_late_does_not_wipe_a_question_away(
    send: Send, many_names: "fo.Dataset"
) -> None:
    state = send(many_names, "open_cluster", cluster="c00100").state
    state |= typing("name", "kind 2987")
    asked = send(many_names, "rename_cluster", state, cluster="c00100", based_on=0)
    assert "Another cluster is called" in asked.page
    for of_page in (state, asked.state | typing("name", "kind 2987")):
        late = send(many_names, "complete_name", of_page, value="kind 2987")
        assert late.sent("show_panel_output") == []
    # Any other event takes the question off the page.
    state = send(many_names, "refresh", asked.state).state | typing("name", "kind 298")
    assert send(many_names, "complete_name", state, value="kind 298").sent("show_panel_output")


def test_the_own_name_of_a_cluster_narrows_nothing(send: Send, many_names: "fo.Dataset") -> None:
    state = send(many_names, "open_cluster", cluster="c00100").state
    assert state["naming.name"] == "kind 0100"
    names = offered(send(many_names, "refresh", state | typing("name", "kind 0100")), "name")
    assert "kind 0000" in names


def test_names_of_the_nearest_clusters_come_first(send: Send, many_names: "fo.Dataset") -> None:
    answer = send(many_names, "open_cluster", cluster="c02000")
    near = [label for label in offered(answer, "name") if label > "kind 0050"]
    assert near
    assert offered(answer, "name")[: len(near)] == near


def test_a_few_names_need_no_new_page(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state | typing("name", "To")
    assert send(clustered, "complete_name", state, value="To").sent("show_panel_output") == []


@pytest.mark.parametrize("words", ["x" * 10_000, "a\x00b", "\ud800"])
def test_what_can_be_no_name_is_told_when_it_is_decided_on_only(
    send: Send, many_names: "fo.Dataset", words: str
) -> None:
    state = send(many_names, "open_cluster", cluster="c00100").state | typing("name", words)
    assert "'error'" not in send(many_names, "complete_name", state, value=words).page
    answer = send(many_names, "rename_cluster", state, cluster="c00100", based_on=0)
    assert "'error'" in answer.page
    assert answer.state["review"]["page"] == "cluster"


def test_a_name_that_was_not_offered_is_the_cluster_that_has_it(
    send: Send, many_names: "fo.Dataset"
) -> None:
    item = many_names.match({"cluster.cluster_id": "c00100"}).values("id")[0]
    state = send(many_names, "open_cluster", cluster="c00100").state
    state |= typing("target", "kind 2987")
    answer = send(many_names, "move_images", state, selected=[item], based_on=0)
    assert "to 'kind 2987'" in answer.page
    assert many_names[item].cluster.cluster_id == "c02987"
    send(many_names, "undo", state, based_on=1)
