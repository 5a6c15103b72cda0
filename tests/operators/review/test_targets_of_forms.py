"""What forms begin with while the grid shows what the panel made it show."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo

FORMS = ["cluster_images", "assign_new_images", "compute_embeddings", "train_model"]


def form(
    dataset: "fo.Dataset", name: str, stages: Any, params: Any = None, **app: Any
) -> dict[str, Any]:
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext

    uri = f"@autolabel/gcn/{name}"
    request = {"dataset_name": dataset.name, "view": stages, "params": params or {}, **app}
    ctx = ExecutionContext(request_params=request, operator_uri=uri)
    return foo.get_operator(uri).resolve_type(ctx, "inputs").to_json()["type"]["properties"]


def shown(answer: Any) -> list[Any]:
    """The view that the App shows then, as it sends it: with ids of its own for the stages."""
    (request,) = answer.sent("set_view")
    stages = json.loads(json.dumps(request["view"]))
    return [{**stage, "_uuid": f"id-{place}"} for place, stage in enumerate(stages)]


@pytest.fixture
def small_page(
    send: Send, embedded: "fo.Dataset", run: Callable[..., Any]
) -> Callable[[], list[Any]]:
    """Opens the page of small clusters, two clusters of five: gives the view of the grid."""
    run("cluster_images", embedded, embeddings_field="vectors", save_view=False)
    for start in (0, 10):
        ids = embedded.skip(start).limit(5).values("id")
        run("move_to_cluster", embedded, items=ids)
    return lambda: shown(send(embedded, "open_small"))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_begins_with_the_dataset_where_the_panel_chose_the_view(
    small_page: Callable[[], list[Any]], embedded: "fo.Dataset", name: str
) -> None:
    assert form(embedded, name, small_page())["view_target"]["default"] == "DATASET"


def test_the_page_of_a_cluster_is_no_target_either(send: Send, clustered: "fo.Dataset") -> None:
    stages = shown(send(clustered, "open_cluster", cluster="c00000"))
    inputs = form(clustered, "cluster_images", stages, {"overwrite": True})
    assert inputs["view_target"]["default"] == "DATASET"
    assert "left_out" not in inputs  # it speaks of the same target from the beginning
    chosen = form(
        clustered, "cluster_images", stages, {"overwrite": True}, view_target="CURRENT_VIEW"
    )
    assert "and 20 others that are not confirmed will" in chosen["left_out"]["view"]["label"]


def test_what_the_user_chose_is_the_target(send: Send, clustered: "fo.Dataset") -> None:
    stages = shown(send(clustered, "open_cluster", cluster="c00000"))
    own = clustered.limit(12)._serialize()
    assert form(clustered, "cluster_images", own)["view_target"]["default"] == "CURRENT_VIEW"
    more = [*stages, own[0]]
    assert form(clustered, "cluster_images", more)["view_target"]["default"] == "CURRENT_VIEW"
    selected = form(clustered, "cluster_images", stages, selected=clustered.values("id")[:3])
    assert selected["view_target"]["default"] == "SELECTED_SAMPLES"


def test_a_form_begins_with_the_slice_that_a_grouped_dataset_shows(
    send: Send, grouped: "fo.Dataset", run: Callable[..., Any]
) -> None:
    run("cluster_images", grouped, embeddings_field="vectors", save_view=False)
    target = form(grouped, "cluster_images", [], group_slice="right")["view_target"]
    assert target["default"] == "CURRENT_VIEW"
    assert "the current slice (right)" in repr(target)
    stages = shown(send(grouped, "open_cluster", cluster="c00000"))
    inputs = form(grouped, "cluster_images", stages, {"overwrite": True}, group_slice="left")
    assert inputs["view_target"]["default"] == "DATASET_VIEW"
    assert "left_out" not in inputs


@pytest.mark.parametrize("name", FORMS)
def test_a_form_says_which_slice_is_taken_alone_and_how_to_take_several(
    grouped: "fo.Dataset", name: str
) -> None:
    words = form(grouped, name, [], group_slice="right")["slice"]["view"]["label"]
    assert words.startswith("Only the slice 'right' is taken")
    assert "add the stage SelectGroupSlices with left,right to the view bar" in words
    both = grouped.select_group_slices(["left", "right"])._serialize()
    assert "slice" not in form(grouped, name, both)


def test_who_clusters_one_slice_again_is_told_how_to_take_the_others_too(
    send: Send, grouped: "fo.Dataset", run: Callable[..., Any]
) -> None:
    both = grouped.select_group_slices(["left", "right"])
    run("cluster_images", both, embeddings_field="vectors", save_view=False)
    stages = shown(send(grouped, "open_cluster", cluster="c00000"))
    inputs = form(grouped, "cluster_images", stages, {"overwrite": True}, group_slice="left")
    words = inputs["left_out"]["view"]["label"]
    assert "and 15 others that are not confirmed will lose" in words
    assert "add the stage SelectGroupSlices with left,right to the view bar" in words
    assert "take the dataset" not in words
