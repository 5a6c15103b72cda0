"""Decisions on several clusters that are marked in the list."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def two_names(clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]) -> "fo.Dataset":
    """Two of the three clusters have names."""
    rename = plugin_part("operators.correcting").rename_cluster
    rename(clustered, "c00000", "Ann")
    rename(clustered, "c00001", "Tom")
    return clustered


@pytest.mark.parametrize("event", ["merge_marked", "answer_pair"])
def test_which_of_two_names_stays_is_asked_in_words_of_the_panel(
    send: Send, two_names: "fo.Dataset", event: str
) -> None:
    state = send(two_names, "mark_cluster", cluster="c00000").state
    state = send(two_names, "mark_cluster", state, cluster="c00001").state
    pair = {"first": "c00000", "second": "c00001", "answer": "same"}
    answer = send(two_names, event, state, based_on=2, **pair)
    assert "These clusters have different names. Which one stays?" in answer.page
    assert "('into')" not in answer.page
    assert "Keep “Ann”" in answer.page
    assert "Keep “Tom”" in answer.page
    assert set(two_names.count_values("cluster.label")) == {"Ann", "Tom", "c00002"}
    send(two_names, "merge_into", answer.state, clusters=["c00000", "c00001"], into="c00001")
    assert two_names.count_values("cluster.label") == {"Tom": 20, "c00002": 10}
