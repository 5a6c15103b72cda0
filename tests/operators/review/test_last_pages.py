"""A list becomes shorter while one works through it: its last page, and what was open before it."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.operators.review.conftest import Answer, Send

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


def test_the_page_before_follows_the_last_one_when_that_is_done(
    send: Send, clustered: "fo.Dataset", plugin_part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin_part("operators.review.clusters_page"), "LIMIT", 2)
    state = send(clustered, "filter_clusters", shown="new").state
    answer = send(clustered, "turn_page", state, offset=2)
    (last,) = listed(answer)
    answer = send(clustered, "confirm_cluster", answer.state, cluster=last, based_on=0)
    assert len(listed(answer)) == 2
    assert answer.state["review"]["offset"] == 0
    assert "every one has been looked at" not in answer.page


def test_the_small_ones_before_follow_their_last_page_when_that_is_done(
    send: Send,
    clustered: "fo.Dataset",
    plugin_part: Part,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = plugin_part("operators.corrections.reads.small")
    written = plugin_part("operators.correcting")
    for number in range(3):
        some = clustered.match({"cluster.cluster_id": f"c0000{number}"}).values("id")[:4]
        written.move_to_cluster(clustered, some)
    for module in (small, plugin_part("operators.review.small_page")):
        monkeypatch.setattr(module, "SHOWN", 2)
    state = send(clustered, "open_small").state
    answer = send(clustered, "turn_page", state, offset=400)
    assert answer.state["review"]["offset"] == 2
    assert answer.sent("set_view")
    assert "3 to 3 of 3 small clusters" in answer.page


def test_what_became_of_a_cluster_that_was_left_turns_no_page(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="c00002").state
    state = send(clustered, "open_history", state).state
    params = {"clusters": ["c00000", "c00002"], "into": "c00000", "based_on": 0}
    answer = send(clustered, "merge_into", state, **params)
    assert answer.state["review"]["page"] == "history"
    assert answer.state["review"]["cluster"] == ""


def test_the_cluster_that_a_confirmation_joined_is_open_then(
    send: Send, clustered: "fo.Dataset", plugin_part: Part
) -> None:
    plugin_part("operators.correcting").confirm_clusters(clustered, ["c00001"], name="Tom")
    state = send(clustered, "open_cluster", cluster="c00000").state
    state = send(clustered, "tick_cluster", state, cluster="c00001").state
    left_out = clustered.match({"cluster.cluster_id": "c00000"}).values("id")[:2]
    app = {"view": plugin_part("operators.corrections.reads").cluster_view(clustered, "c00000")}
    answer = send(clustered, "confirm_rest", state, left_out, app, cluster="c00000", based_on=1)
    assert answer.state["review"]["page"] == "cluster"
    assert answer.state["review"]["cluster"] == "c00001"


def listed(answer: Answer) -> list[str]:
    """The clusters that a list shows."""
    return [key for key in ("c00000", "c00001", "c00002") if f"'card_{key}'" in answer.page]


def test_the_page_before_follows_the_last_one_of_a_history_that_another_window_cut(
    send: Send, clustered: "fo.Dataset", plugin_part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = plugin_part("operators.correcting")
    monkeypatch.setattr(plugin_part("operators.review.history_page"), "LIMIT", 2)
    for name in ("Tom", "Tim", "Ann"):
        written.rename_cluster(clustered, "c00000", name)
    state = send(clustered, "open_history").state
    answer = send(clustered, "turn_page", state, offset=2)
    assert "Named 'c00000' 'Tom'" in answer.page
    written.undo_correction(clustered, to=0)
    written.rename_cluster(clustered, "c00001", "Bob")  # and what was undone is gone for good
    answer = send(clustered, "refresh", answer.state)
    assert "Named 'c00001' 'Bob'" in answer.page
    assert "Nothing has been corrected yet" not in answer.page
    assert answer.state["review"]["offset"] == 0


def test_a_line_of_the_history_says_that_it_is_undone_too(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "on_load").state
    for number in range(3):
        params = {"cluster": f"c0000{number}", "based_on": number}
        state |= send(clustered, "confirm_cluster", state, **params).state
    answer = send(clustered, "open_history", state)
    assert "Undo this and all after it" in answer.page
    send(clustered, "undo_to", answer.state, to=1, based_on=3)  # as the second line sends it
    assert clustered.count_values("cluster.confirmed") == {True: 10, False: 20}


def test_a_history_without_corrections_says_what_was_kept_from_before(
    send: Send, clustered: "fo.Dataset", plugin_part: Part
) -> None:
    before = send(clustered, "open_history")
    assert "Nothing has been corrected yet" in before.page
    send(clustered, "confirm_cluster", before.state, cluster="c00000", based_on=0)
    plugin_part("operators").cluster_images(clustered, embeddings_field="vectors", overwrite=True)
    clustered.reload()
    answer = send(clustered, "open_history")
    assert "Nothing has been corrected yet" not in answer.page
    assert "since this was clustered again" in answer.page
    assert "is kept" in answer.page
