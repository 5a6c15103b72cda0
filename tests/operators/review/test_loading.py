"""Runs that are being loaded, and runs that cannot be shown, beside others."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
# The button's name, as the page is written down.
LOAD = "'load_run'"


@pytest.fixture
def loading(clustered: "fo.Dataset", plugin_part: Part) -> "fo.Dataset":
    """A dataset whose run is as `load_run` has it on the way."""
    plugin_part("operators.data.records").update(clustered, "cluster", status="restoring")
    return clustered


def test_a_run_that_is_being_loaded_is_not_called_deleted(
    send: Send, clustered: "fo.Dataset", plugin_part: Part
) -> None:
    state = send(clustered, "on_load").state
    plugin_part("operators.data.records").update(clustered, "cluster", status="restoring")
    page = send(clustered, "refresh", state).page
    assert "The run 'cluster' is being loaded: press Start over in a while" in page
    assert "deleted" not in page
    page = send(clustered, "start_over", state).page
    assert "if the loading was interrupted, load the run again" in page
    assert "has no clusters yet" not in page


def test_a_map_of_a_run_that_is_being_loaded_does_not_advise_to_delete_it(
    loading: "fo.Dataset", plugin_part: Part
) -> None:
    draw = plugin_part("operators.visualization.visualization").visualize_clusters
    with pytest.raises(ValueError, match="wait for it, or load it again"):
        draw(loading, "cluster", method="pca")


def test_beside_a_run_that_is_being_loaded_the_other_one_is_corrected(
    loading: "fo.Dataset", run: Callable[..., dict[str, Any]], plugin_part: Part
) -> None:
    run(
        "cluster_images",
        loading,
        embeddings_field="vectors",
        cluster_field="other",
        save_view=False,
    )
    report = plugin_part("operators.correcting").rename_cluster(loading, "c00000", "Tom")
    assert report["run_key"] == "other"


def test_a_run_that_cannot_be_shown_leaves_the_way_to_the_others(
    send: Send, clustered: "fo.Dataset", run: Callable[..., dict[str, Any]]
) -> None:
    run(
        "cluster_images",
        clustered,
        embeddings_field="vectors",
        cluster_field="other",
        save_view=False,
    )
    clustered.reload()
    field = clustered.get_field("other")
    field.read_only = True
    field.save()
    try:
        answer = send(clustered, "on_load")
        assert "is read-only" in answer.page
        assert "'Review cluster'" in answer.page
        state = {"review": {"run_key": "other"}}
        assert "card_c00000" in send(clustered, "choose_run", state, value="cluster").page
    finally:
        field.read_only = False
        field.save()


@pytest.mark.parametrize("loss", ["delete_sample_field", "clear_sample_field"])
def test_who_lost_the_cluster_field_is_led_to_loading_the_run(
    send: Send, clustered: "fo.Dataset", loss: str
) -> None:
    getattr(clustered, loss)("cluster")
    answer = send(clustered, "on_load")
    assert "load the run 'cluster' to restore it" in answer.page
    assert LOAD in answer.page
    # The list that comes then has its order chosen, although it is not drawn by `on_load`.
    assert "useful" in answer.state.values()
    (prompt,) = send(clustered, "load_run").sent("prompt_user_for_operation")
    assert prompt["operator_uri"] == "@autolabel/gcn/load_run"
    assert prompt["params"] == {"run_key": "cluster"}


def test_no_other_problem_offers_to_load_the_run(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "on_load").state
    clustered.delete_run("cluster")
    assert LOAD not in send(clustered, "refresh", state).page
