"""From one cluster to the next, and a second thought before a mixed one is confirmed."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.operators.review.conftest import Answer, Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def doubtful(clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]) -> "fo.Dataset":
    """The same three clusters, but the first is of two parts and the model unsure of it."""
    columns = clustered.load_run_results("cluster", cache=False).serialize()
    columns.pop("cls", None)
    rows = [row for row, label in enumerate(columns["labels"]) if label == 0]
    confidence, parts = list(columns["confidence"]), list(columns["parts"])
    for place, row in enumerate(rows):
        confidence[row] = 0.4
        parts[row] = max(columns["parts"]) + 1 + place // 5
    columns |= {"confidence": confidence, "parts": parts}
    results = clustered.init_run_results("cluster", **columns)
    clustered.save_run_results("cluster", results, cache=False)
    return clustered


def look_of(answer: Answer, name: str) -> str:
    """How a button stands out: "contained" for the main one, or "outlined"."""
    return re.findall(rf"'{name}': {{'type'.*?'variant': '(\w+)'", answer.page)[0]


def test_next_goes_through_all_open_clusters_and_begins_again(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="c00001").state
    seen = ["c00001"]
    for _ in range(5):
        answer = send(clustered, "next_cluster", state)
        assert answer.state["review"]["in_grid"] == answer.state["review"]["cluster"]
        assert len(answer.sent("set_view")) == 1
        state = answer.state
        seen.append(state["review"]["cluster"])
    assert set(seen[:3]) == {"c00000", "c00001", "c00002"}
    assert seen[3:] == seen[:3]


def test_next_follows_the_list_that_was_left(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    write.rename_cluster(clustered, "c00002", "Tom")
    state = send(clustered, "search_clusters", value="tom").state
    state = send(clustered, "open_cluster", state, cluster="c00002").state
    answer = send(clustered, "next_cluster", state)
    assert "No other cluster of this list is left to be decided on" in answer.page
    assert answer.state["review"]["page"] == "clusters"
    assert len(answer.sent("clear_view")) == 1


def test_after_a_confirmation_next_is_the_main_thing(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    state |= {"naming": {"name": "Tom"}}
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert answer.state["review"]["cluster"] == "c00000"
    state = send(clustered, "next_cluster", answer.state).state
    assert state["review"]["cluster"] in ("c00001", "c00002")
    assert state["naming.name"] == ""
    send(clustered, "confirm_cluster", state, cluster=state["review"]["cluster"], based_on=1)
    state = send(clustered, "next_cluster", state).state
    send(clustered, "confirm_cluster", state, cluster=state["review"]["cluster"], based_on=2)
    assert clustered.count_values("cluster.confirmed") == {True: 30}
    assert "No other cluster" in send(clustered, "next_cluster", state).page


def test_the_list_offers_to_split_a_mixed_cluster_and_not_to_confirm_it(
    send: Send, doubtful: "fo.Dataset"
) -> None:
    answer = send(doubtful, "on_load")
    assert answer.page.count("'looks mixed'") == 1
    assert answer.page.count("cluster_review#confirm_cluster") == 2
    assert answer.page.count("cluster_review#split_cluster") == 1
    params = {"cluster": "c00000", "by": "parts", "based_on": 0}
    send(doubtful, "split_cluster", answer.state, **params)
    assert sorted(doubtful.count_values("cluster.label").values()) == [5, 5, 10, 10]


def test_what_is_known_of_a_mixed_cluster_has_a_line_without_its_buttons(
    send: Send, doubtful: "fo.Dataset"
) -> None:
    schema = send(doubtful, "on_load").sent("show_panel_output")[0]["output"]["type"]
    cards = schema["properties"]["cards"]["type"]["properties"]
    card = cards["card_c00000"]["type"]["properties"]
    assert list(card) == ["strip", "title", "line"]
    assert list(card["title"]["type"]["properties"]) == ["open", "facts"]
    assert list(card["line"]["type"]["properties"]) == ["mixed", "buttons"]
    assert list(cards["card_c00001"]["type"]["properties"]) == ["strip", "line"]


def test_the_page_of_a_mixed_cluster_says_so_and_confirms_by_a_click_only(
    send: Send, doubtful: "fo.Dataset"
) -> None:
    answer = send(doubtful, "open_cluster", cluster="c00000")
    assert (
        "This cluster looks mixed: the model put it together from 2 parts, and is only 40 %"
        in answer.page
    )
    assert "Confirm anyway" in answer.page
    assert look_of(answer, "split") == "contained"
    assert look_of(answer, "confirm") == "outlined"
    assert "'accessKey': 'c'" not in answer.page
    other = send(doubtful, "open_cluster", cluster="c00001")
    assert "looks mixed: " not in other.page
    assert "'accessKey': 'c'" in other.page
    assert look_of(other, "confirm") == "contained"
    page = send(doubtful, "confirm_cluster", answer.state, cluster="c00000", based_on=0).page
    assert "10 of 30 images confirmed" in page
    assert "looks mixed" not in page


def test_a_core_with_crumbs_is_not_urged_to_be_split(
    plugin_part: Callable[[str], ModuleType],
) -> None:
    large = plugin_part("operators.review.parts").is_worth_splitting
    assert large([5, 5])
    assert large([90, 10])
    assert not large([35, 1, 1, 1, 1, 1, 1, 1])


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([9, 4, 4, 4], "and 2 more"),
        ([9, 4, 4, 1], "and 2 more"),
        ([9, 4, 2, 1], "and 2 smaller ones"),
        ([9, 4, 4], "and 1 more"),
        ([9, 4, 2], "and a smaller one"),
    ],
)
def test_parts_that_are_not_shown_are_called_smaller_where_they_are(
    plugin_part: Callable[[str], ModuleType], sizes: list[int], words: str
) -> None:
    assert plugin_part("operators.review.parts").more_text(sizes, 2) == words


@pytest.mark.parametrize(
    ("chosen", "confirmed", "marked"), [("leave", 10, ["c00000"]), ("confirm", 20, [])]
)
def test_marked_clusters_that_look_mixed_are_asked_about(
    send: Send, doubtful: "fo.Dataset", chosen: str, confirmed: int, marked: list[str]
) -> None:
    state = send(doubtful, "mark_cluster", cluster="c00000").state
    state = send(doubtful, "mark_cluster", state, cluster="c00001").state
    answer = send(doubtful, "confirm_marked", state, based_on=0)
    assert "1 of the 2 marked clusters looks mixed: better open it first." in answer.page
    assert doubtful.count_values("cluster.confirmed") == {False: 30}
    answer = send(doubtful, "confirm_marked", state, based_on=0, mixed=chosen)
    assert answer.state["review"]["marked"] == marked
    assert doubtful.count_values("cluster.confirmed")[True] == confirmed


def test_where_all_marked_look_mixed_the_others_are_no_choice(
    send: Send, doubtful: "fo.Dataset"
) -> None:
    state = send(doubtful, "mark_cluster", cluster="c00000").state
    page = send(doubtful, "confirm_marked", state, based_on=0).page
    assert "The marked cluster looks mixed: better open it first." in page
    assert "All of them anyway" in page
    assert "Only the others" not in page
    assert "'mixed' must be one of" in send(doubtful, "confirm_marked", state, mixed=5).page


def test_only_another_page_begins_at_its_top(send: Send, clustered: "fo.Dataset") -> None:
    loaded = send(clustered, "on_load")
    assert "beginning_" not in loaded.page
    opened = send(clustered, "open_cluster", loaded.state, cluster="c00000")
    assert opened.page.count("'beginning_") == 1
    again = send(clustered, "refresh", opened.state)
    assert "beginning_" not in again.page
    onward = send(clustered, "next_cluster", again.state)
    assert onward.page.count("'beginning_") == 1
    assert onward.page != opened.page


@pytest.mark.parametrize("is_deleted", [True, False])
def test_starting_over_shows_all_images_again(
    send: Send, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType], is_deleted: bool
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    if is_deleted:
        plugin_part("operators.runs.run_deletion").delete_run(clustered, "cluster")
        assert "was deleted or renamed meanwhile" in send(clustered, "refresh", state).page
    answer = send(clustered, "start_over", state)
    assert answer.sent("clear_view")
    assert not answer.state["review"]["in_grid"]
    assert not send(clustered, "start_over", answer.state).sent("clear_view")
