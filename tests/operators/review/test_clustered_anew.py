"""Clicks on a page that was drawn before its run was clustered again."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo

SENTENCE = (
    "The run 'cluster' was clustered or loaded anew since this page was drawn, so nothing was "
    "changed; these are its clusters now"
)
LOOKED = SENTENCE.replace(", so nothing was changed", "")
CLICKS: list[tuple[str, dict[str, Any]]] = [
    ("confirm_cluster", {"cluster": "c00000"}),
    ("rename_cluster", {"cluster": "c00000"}),
    ("mark_noise", {"cluster": "c00000"}),
    ("split_off", {"cluster": "c00000", "part": 0}),
    ("answer_pair", {"first": "c00000", "second": "c00001", "answer": "same"}),
    ("merge_marked", {}),
    ("confirm_marked", {}),
    ("undo", {}),
    ("apply_labels", {}),
]
LOOKS: list[tuple[str, dict[str, Any]]] = [
    ("open_cluster", {"cluster": "c00000"}),
    ("open_history", {}),
    ("next_cluster", {}),
    ("turn_page", {"offset": 12}),
    ("filter_clusters", {"shown": "new"}),
    ("mark_cluster", {"cluster": "c00000"}),
    ("refresh", {}),
    ("on_load", {}),
]


@pytest.fixture
def drawn(send: Send, clustered: "fo.Dataset") -> dict[str, Any]:
    """What a browser remembers: one cluster open, two marked, a name typed, nothing corrected."""
    state = send(clustered, "mark_cluster", cluster="c00000").state
    state = send(clustered, "mark_cluster", state, cluster="c00001").state
    state = send(clustered, "open_cluster", state, cluster="c00000").state
    return state | {"naming": {"name": "Tom"}}


@pytest.fixture
def anew(clustered: "fo.Dataset", run: Callable[..., Any]) -> Callable[[], None]:
    """Clusters the last 20 images again: the first of the old clusters is no more."""

    def again() -> None:
        chosen = {"embeddings_field": "vectors", "overwrite": True, "save_view": False}
        run("cluster_images", clustered.skip(10), **chosen)
        clustered.reload()

    return again


def contents(dataset: "fo.Dataset") -> list[Any]:
    paths = ["cluster.cluster_id", "cluster.label", "cluster.confirmed"]
    return list(zip(*dataset.values(paths), strict=True))


@pytest.mark.parametrize(("event", "params"), CLICKS + LOOKS)
def test_a_click_from_before_changes_nothing_and_the_page_is_drawn_anew(
    send: Send,
    clustered: "fo.Dataset",
    drawn: dict[str, Any],
    anew: Callable[[], None],
    event: str,
    params: dict[str, Any],
) -> None:
    anew()
    before = contents(clustered)
    answer = send(clustered, event, drawn, based_on=0, **params)
    assert (LOOKED if (event, params) in LOOKS else SENTENCE) in answer.page
    assert "20 images" in answer.page
    assert answer.sent("clear_view")
    assert contents(clustered) == before
    review = answer.state["review"]
    assert (review["page"], review["cluster"], review["marked"]) == ("clusters", "", [])


def test_the_redrawn_page_takes_the_next_click(
    send: Send, clustered: "fo.Dataset", drawn: dict[str, Any], anew: Callable[[], None]
) -> None:
    anew()
    state = send(clustered, "confirm_cluster", drawn, cluster="c00000", based_on=0).state
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert SENTENCE not in answer.page
    assert clustered.count_values("cluster.confirmed") == {True: 10, False: 10, None: 10}


def test_the_grid_is_told_that_its_labels_are_others(
    send: Send, clustered: "fo.Dataset", drawn: dict[str, Any], anew: Callable[[], None]
) -> None:
    anew()
    assert send(clustered, "open_history", drawn).sent("reload_dataset")


@pytest.mark.parametrize("event", ["on_change_selected", "complete_name"])
def test_what_is_no_click_leaves_the_old_page_to_the_next_click(
    send: Send, clustered: "fo.Dataset", drawn: dict[str, Any], anew: Callable[[], None], event: str
) -> None:
    anew()
    answer = send(clustered, event, drawn, selected=clustered.values("id")[-2:])
    assert not answer.sent("show_panel_output")
    assert not answer.sent("patch_panel_state")


def test_a_run_that_is_chosen_on_the_page_is_guarded_too(
    send: Send, clustered: "fo.Dataset", run: Callable[..., Any], anew: Callable[[], None]
) -> None:
    chosen = {"embeddings_field": "vectors", "cluster_field": "other", "run_key": "other"}
    run("cluster_images", clustered, **chosen, save_view=False)
    state = send(clustered, "choose_run", value="cluster").state
    anew()
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert SENTENCE in answer.page
    assert clustered.count_values("cluster.confirmed")[False] == 20


def test_a_click_from_before_the_corrections_were_deleted_changes_nothing(
    send: Send, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    write = plugin_part("operators.correcting")
    write.merge_clusters(clustered, ["c00000", "c00001"], into="c00001")
    state = send(clustered, "open_cluster", cluster="c00001").state
    plugin_part("operators").load_run(clustered, "cluster", corrections=False)
    write.confirm_clusters(clustered, ["c00002"])
    before = contents(clustered)
    answer = send(clustered, "confirm_cluster", state, cluster="c00001", based_on=1)
    assert SENTENCE in answer.page
    assert contents(clustered) == before


def test_a_renamed_run_is_the_same(
    send: Send, clustered: "fo.Dataset", run: Callable[..., Any], drawn: dict[str, Any]
) -> None:
    run("rename_run", clustered, run_key="cluster", new_run_key="mine")
    clustered.reload()
    state = drawn | {"review": drawn["review"] | {"run_key": "mine"}}
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert "anew" not in answer.page
    assert clustered.count_values("cluster.label")["Tom"] == 10
