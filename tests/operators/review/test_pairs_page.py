"""The page that asks whether two clusters are the same."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.mark.parametrize(("strength", "urged"), [(0.2, 0), (0.8, 1)])
def test_same_is_urged_only_where_it_is_likely(
    send: Send, clustered: "fo.Dataset", strength: float, urged: int
) -> None:
    columns = clustered.load_run_results("cluster", cache=False).serialize()
    columns.pop("cls", None)
    columns |= {"pairs": [[0, 1]], "strength": [strength]}
    results = clustered.init_run_results("cluster", **columns)
    clustered.save_run_results("cluster", results, cache=False)
    page = send(clustered, "open_pairs").page
    assert f"{100 * strength:.0f} % likely, says the model" in page
    assert page.count("'variant': 'contained'") == urged


@pytest.mark.parametrize("kept", ["c00000", "c00001"])
def test_same_asks_which_of_two_names_stays(
    send: Send, clustered: "fo.Dataset", run: Any, kept: str
) -> None:
    names = {"c00000": "Ann", "c00001": "Tom"}
    for cluster, name in names.items():
        run("rename_cluster", clustered, cluster=cluster, name=name)
    state = send(clustered, "open_cluster", cluster="c00000").state
    state = send(clustered, "mark_cluster", state, cluster="c00002").state
    pair = {"first": "c00000", "second": "c00001", "answer": "same", "based_on": 2}
    asked = send(clustered, "answer_pair", state, **pair)
    assert "Keep “Ann”" in asked.page
    assert "Keep “Tom”" in asked.page
    chosen = {"clusters": list(names), "into": kept, "based_on": 2}
    answer = send(clustered, "merge_into", asked.state, **chosen)
    assert answer.state["review"]["marked"] == ["c00002"]  # it has nothing to do with these
    clustered.reload()
    assert clustered.count_values("cluster.label") == {names[kept]: 20, "c00002": 10}


@pytest.fixture
def paired(clustered: "fo.Dataset") -> "fo.Dataset":
    """The three clusters, of which the first may be the second, and the second the third."""
    columns = clustered.load_run_results("cluster", cache=False).serialize()
    columns.pop("cls", None)
    columns |= {"pairs": [[0, 1], [1, 2]], "strength": [0.8, 0.6]}
    results = clustered.init_run_results("cluster", **columns)
    clustered.save_run_results("cluster", results, cache=False)
    return clustered


def in_grid(dataset: "fo.Dataset", answer: Any) -> list[str]:
    """The clusters of what the grid is made to show, in its order."""
    import fiftyone as fo

    (request,) = answer.sent("set_view")
    return fo.DatasetView._build(dataset, request["view"]).values("cluster.cluster_id")


def test_the_grid_shows_both_clusters_the_smaller_one_first(
    send: Send, paired: "fo.Dataset", run: Any
) -> None:
    some = paired.match({"cluster.cluster_id": "c00001"}).limit(4)
    run("mark_noise", paired, items=some.values("id"))
    asked = send(paired, "open_pairs")
    assert in_grid(paired, asked) == ["c00001"] * 6 + ["c00000"] * 10
    pair = {"first": "c00000", "second": "c00001", "based_on": 1}
    onward = send(paired, "answer_pair", asked.state, answer="different", **pair)
    assert sorted(set(in_grid(paired, onward))) == ["c00001", "c00002"]
    assert not onward.sent("reload_dataset")  # no image has changed
    again = send(paired, "refresh", onward.state)
    assert not again.sent("set_view")
    assert again.state["review"]["in_grid"] == onward.state["review"]["in_grid"]


def test_the_grid_shows_both_clusters_of_patches(send: Send, objects: "fo.Dataset") -> None:
    import fiftyone as fo

    columns = objects.load_run_results("objects_cluster", cache=False).serialize()
    columns.pop("cls", None)
    columns |= {"pairs": [[0, 1]], "strength": [0.8]}
    results = objects.init_run_results("objects_cluster", **columns)
    objects.save_run_results("objects_cluster", results, cache=False)
    (request,) = send(objects, "open_pairs").sent("set_view")
    view = fo.DatasetView._build(objects, request["view"])
    assert view._is_patches
    assert len(view) == 20


def test_both_can_be_shown_again_after_the_user_left_their_view(
    send: Send, paired: "fo.Dataset"
) -> None:
    asked = send(paired, "open_pairs")
    again = send(paired, "show_pair", asked.state)
    assert in_grid(paired, again) == in_grid(paired, asked)


def test_the_grid_goes_back_to_what_it_showed_when_the_page_is_left(
    send: Send, paired: "fo.Dataset"
) -> None:
    import fiftyone as fo

    own = paired.limit(7)
    asked = send(paired, "open_pairs", app={"view": own})
    shown = {"view": fo.DatasetView._build(paired, asked.sent("set_view")[0]["view"])}
    other = send(paired, "open_cluster", asked.state, app=shown, cluster="c00002")
    left = send(paired, "open_clusters", other.state, app=shown)
    (request,) = left.sent("set_view")
    stages = [(stage["_cls"], stage["kwargs"]) for stage in request["view"]]
    assert stages == [(stage["_cls"], stage["kwargs"]) for stage in own._serialize()]
    assert not left.state["review"]["in_grid"]


def test_a_saved_view_is_opened_again_by_its_name(send: Send, paired: "fo.Dataset") -> None:
    paired.save_view("mine", paired.limit(7))
    app = {"view": paired.load_saved_view("mine"), "view_name": "mine"}
    asked = send(paired, "open_pairs", app=app)
    left = send(paired, "open_history", asked.state)
    assert left.sent("set_view") == [{"name": "mine"}]


def test_all_images_are_shown_where_the_earlier_view_cannot_be_made_again(
    send: Send, objects: "fo.Dataset"
) -> None:
    objects.clone_sample_field("objects", "others")
    app = {"view": objects.to_patches("others")}
    opened = send(objects, "open_cluster", app=app, cluster="c00000")
    objects.delete_sample_field("others")
    left = send(objects, "open_clusters", opened.state)
    assert left.sent("clear_view")
    assert not left.sent("set_view")
