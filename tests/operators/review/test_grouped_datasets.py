"""The panel beside the grid of a dataset in groups."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def clustered(grouped: "fo.Dataset", run: Any) -> "fo.Dataset":
    """Both slices of 15 groups in three clusters of ten."""
    slices = grouped.select_group_slices(["left", "right"])
    run("cluster_images", slices, embeddings_field="vectors", save_view=False)
    return grouped


def in_grid(dataset: "fo.Dataset", answer: Any) -> "fo.DatasetView":
    import fiftyone as fo

    return fo.DatasetView._build(dataset, answer.sent("set_view")[-1]["view"])


def test_the_grid_shows_all_slices_of_a_cluster(send: Send, clustered: "fo.Dataset") -> None:
    answer = send(clustered, "open_cluster", cluster="c00001")
    shown = in_grid(clustered, answer)
    assert shown.values("cluster.cluster_id") == ["c00001"] * 10
    assert len(set(shown.values("group.name"))) == 2
    assert "data:image/jpeg" in answer.page or answer.sent("patch_panel_data")


def test_what_is_selected_must_be_in_the_cluster_that_the_grid_shows(
    send: Send, clustered: "fo.Dataset"
) -> None:
    answer = send(clustered, "open_cluster", cluster="c00001")
    shown, state = in_grid(clustered, answer), answer.state
    others = clustered.select_group_slices("right").match({"cluster.cluster_id": "c00000"})
    chosen = [*shown.values("id")[:2], others.first().id]
    given = {"cluster": "c00001", "based_on": 0, "app": {"view": shown}}
    page = send(clustered, "confirm_rest", state, selected=chosen, **given).page
    assert "1 image is not in this cluster any more" in page
    send(clustered, "confirm_rest", state, selected=chosen[:2], **given)
    everything = clustered.select_group_slices(["left", "right"])
    assert everything.count_values("cluster.confirmed") == {True: 8, False: 22}
