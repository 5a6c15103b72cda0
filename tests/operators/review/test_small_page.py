"""The grid of small clusters, and the groups of those that are like a named cluster."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def named(fragments: "fo.Dataset", write: ModuleType) -> "fo.Dataset":
    write.confirm_clusters(fragments, ["c00000"], name="dog")
    write.confirm_clusters(fragments, ["c00001"], name="cat")
    return fragments


def page(send: Send, dataset: "fo.Dataset", **params: Any) -> str:
    return send(dataset, "open_small", send(dataset, "on_load").state, **params).page


def test_groups_say_how_likely_they_are_the_named_cluster(send: Send, named: "fo.Dataset") -> None:
    shown = page(send, named)
    assert "Like “dog”" in shown
    assert "4 images in 2 clusters, 60 to 80 % likely" in shown
    assert "3 images in 1 cluster, 70 % likely" in shown
    assert "2 images in 1 cluster, only 30 % likely" in shown


def test_the_page_says_where_to_select_and_names_nothing_that_is_not_there_yet(
    send: Send, fragments: "fo.Dataset"
) -> None:
    shown = page(send, fragments)
    assert "Select the images that show one thing in the grid, then say here" in shown
    assert "below" not in shown  # the field for it comes with the selection


def test_unlikely_groups_come_last_and_are_confirmed_by_a_second_click_only(
    send: Send, named: "fo.Dataset"
) -> None:
    shown = page(send, named)
    assert shown.index("Like “cat”") < shown.index("Perhaps “cat”")
    assert shown.index("Like “dog”") < shown.index("Perhaps “cat”")
    state = send(named, "open_small", send(named, "on_load").state).state
    unlikely = {"cluster": "c00001", "clusters": ["c00004"], "based_on": 2}
    asked = send(named, "confirm_group", state, **unlikely, is_sure=False)
    assert "This cluster is more likely something else than “cat”" in asked.page
    assert not asked.sent("notify")
    sure = send(named, "confirm_group", asked.state, **unlikely, is_sure=True)
    assert "c00004" in sure.sent("notify")[0]["message"]


def test_what_is_hardly_like_any_named_cluster_is_in_no_group(
    plugin_part: Callable[[str], ModuleType],
) -> None:
    near = {"cluster": "c00000", "label": "dog", "is_confirmed": True}
    rows: list[dict[str, Any]] = [
        {"cluster": f"c{number}", "size": number, "near": near | {"strength": strength}}
        for number, strength in enumerate([0.2, 0.19, 0.9, 0.0])
    ]
    rows.append({"cluster": "c9", "size": 3, "near": None})
    groups = plugin_part("operators.review.small_page")._groups(rows)
    assert [[row["cluster"] for row in group] for group in groups] == [["c2"], ["c0"]]


def test_all_but_the_selected_is_offered_where_some_of_the_group_are_selected(
    send: Send, named: "fo.Dataset"
) -> None:
    state = send(named, "open_small", send(named, "on_load").state).state
    ids = named.values("id")
    inside, outside = ids[23], ids[0]  # of c00003, which is like "dog", and of "dog" itself
    for selected, number in (([inside], 1), ([outside], 0), ([], 0)):
        shown = send(named, "on_change_selected", state, selected=selected).page
        assert shown.count("'rest': True") == number  # of two groups


def test_a_group_like_a_cluster_that_is_named_but_not_confirmed_leads_there(
    send: Send, fragments: "fo.Dataset", write: ModuleType
) -> None:
    write.rename_cluster(fragments, "c00000", "dog")
    write.confirm_clusters(fragments, ["c00001"], name="cat")
    shown = page(send, fragments)
    assert "Look at “dog” first" in shown
    assert "All are “dog”" not in shown
    assert "Look at “cat” first" not in shown
