"""Who confirms a cluster of which the grid shows a part is told that all of it is confirmed."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Answer, Send
from tests.operators.review.test_sidebar_filters import FILTERED, in_grid, zeros

if TYPE_CHECKING:
    import fiftyone as fo

WORDS = "The grid shows part of this cluster; Confirm takes all 10 images"


@pytest.fixture
def opened(send: Send, clustered: "fo.Dataset") -> Answer:
    """The page of a cluster of ten."""
    return send(clustered, "open_cluster", cluster="c00000")


def test_it_says_so_under_filters_and_once_these_are_stages(
    send: Send, clustered: "fo.Dataset", opened: Answer
) -> None:
    assert WORDS not in opened.page
    view = in_grid(clustered, opened)
    app, chosen = {"view": view, **FILTERED}, zeros(view)[:1]
    assert (
        WORDS in send(clustered, "on_change_selected", opened.state, selected=chosen, app=app).page
    )
    ticked = send(clustered, "tick_cluster", opened.state, app=app, cluster="c00001")
    assert WORDS in ticked.page
    later = {"view": in_grid(clustered, ticked)}
    assert WORDS in send(clustered, "refresh", ticked.state, app=later).page
    done = send(clustered, "confirm_cluster", ticked.state, app=later, cluster="c00000", based_on=0)
    assert WORDS not in done.page  # nothing is left to confirm


@pytest.mark.parametrize("event", ["refresh", "tick_cluster", "show_in_grid"])
def test_it_does_not_where_all_of_the_cluster_is_shown(
    send: Send, clustered: "fo.Dataset", opened: Answer, event: str
) -> None:
    view = in_grid(clustered, opened)
    all_labels = {"values": ["0"], "exclude": True, "isMatching": False}
    for app in (
        {"view": view},
        {"view": view.sort_by("filepath")},
        {"view": view, "filters": {"ground_truth.label": all_labels}},
        {"view": clustered.limit(3), **FILTERED},
    ):
        assert (
            "'part_shown'"
            not in send(clustered, event, opened.state, app=app, cluster="c00000").page
        )


def test_filters_of_the_list_or_of_another_cluster_do_not_count(
    send: Send, clustered: "fo.Dataset", opened: Answer
) -> None:
    assert (
        "'part_shown'" not in send(clustered, "open_cluster", app=FILTERED, cluster="c00000").page
    )
    app = {"view": in_grid(clustered, opened), **FILTERED}
    onward = send(clustered, "open_cluster", opened.state, app=app, cluster="c00001")
    assert "'part_shown'" not in onward.page


def test_patches_are_told_of_too(send: Send, objects: "fo.Dataset") -> None:
    opened = send(objects, "open_cluster", cluster="c00000")
    app: dict[str, Any] = {"view": in_grid(objects, opened).limit(4)}
    page = send(objects, "tick_cluster", opened.state, app=app, cluster="c00001").page
    assert "Confirm takes all 10 patches" in page
