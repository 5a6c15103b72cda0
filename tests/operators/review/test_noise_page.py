"""The page of the noise, and the way back from it."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.operators.review.conftest import Answer, Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def with_noise(clustered: "fo.Dataset", write: ModuleType, run: Callable[..., object]) -> None:
    """Two images that are noise by the run alone: what was said of them before is not known."""
    write.mark_noise(clustered, clustered.values("id")[:2])
    run("cluster_images", clustered, embeddings_field="vectors", overwrite=True, save_view=False)
    clustered.reload()
    assert clustered.count_values("cluster.label")["noise"] == 2


def told(answer: Answer) -> list[str]:
    return [notice["message"] for notice in answer.sent("notify")]


@pytest.mark.usefixtures("with_noise")
def test_taking_all_back_restores_what_has_a_cluster_and_says_how_many_have_none(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    write.mark_noise(clustered, clusters=["c00001"])
    state = send(clustered, "open_cluster", cluster="noise").state
    answer = send(clustered, "restore_all", state, cluster="noise", based_on=1)
    sentence = "Restored 10 images from noise, not the 2 without a known former cluster"
    assert told(answer) == [sentence]
    assert answer.state["review"]["cluster"] == "noise"
    assert clustered.count_values("cluster.label")["noise"] == 2
    again = send(clustered, "restore_all", state, cluster="noise", based_on=2)
    assert "2 images without a known former cluster from noise to the new" in told(again)[0]
    assert "'error'" not in again.page
    assert "noise" not in clustered.count_values("cluster.label")
    for number in (3, 4):
        send(clustered, "undo", state, based_on=number)
    assert clustered.count_values("cluster.label")["noise"] == 12


@pytest.mark.usefixtures("with_noise")
def test_selected_noise_without_a_former_cluster_is_taken_back(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="noise").state
    ids = clustered.match({"cluster.label": "noise"}).values("id")
    answer = send(clustered, "restore_images", state, selected=ids[:1], based_on=0)
    assert "Restored 1 image without a known former cluster" in told(answer)[0]
    assert clustered.count_values("cluster.label")["noise"] == 1


def test_noise_is_not_offered_to_be_split(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    write.mark_noise(clustered, clusters=["c00001", "c00002"])
    page = send(clustered, "open_cluster", cluster="noise").page
    assert "2 parts, each of images much alike" in page
    assert "#select_part" in page
    assert "#split" not in page
    assert "To take some back or to move them" in page


@pytest.mark.parametrize("event", ["restore_all", "restore_images", "undo"])
def test_grid_and_page_go_to_what_became_of_the_noise(
    send: Send, clustered: "fo.Dataset", write: ModuleType, event: str
) -> None:
    write.mark_noise(clustered, clusters=["c00001"])
    ids = clustered.match({"cluster.label": "noise"}).values("id")
    state = send(clustered, "open_cluster", cluster="noise").state
    answer = send(clustered, event, state, selected=ids, cluster="noise", based_on=1)
    (cluster,) = set(clustered.select(ids).values("cluster.cluster_id"))
    assert cluster != "noise"
    assert answer.state["review"]["cluster"] == answer.state["review"]["in_grid"] == cluster
    assert "There is no noise" not in answer.page
    assert cluster in str(answer.sent("set_view")[-1])


def test_noise_of_several_clusters_leads_back_to_the_list_and_to_all_images(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    write.mark_noise(clustered, clusters=["c00001", "c00002"])
    state = send(clustered, "open_cluster", cluster="noise").state
    answer = send(clustered, "restore_all", state, cluster="noise", based_on=1)
    assert answer.state["review"]["page"] == "clusters"
    assert answer.state["review"]["in_grid"] == ""
    assert len(answer.sent("clear_view")) == 1
    assert "There is no noise" not in answer.page


def test_a_cluster_that_another_window_emptied_leaves_the_grid_too(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    state = send(clustered, "open_cluster", cluster="c00001").state
    write.mark_noise(clustered, clusters=["c00001"])
    answer = send(clustered, "refresh", state)
    assert "There is no cluster" in answer.page
    assert answer.state["review"]["page"] == "clusters"
    assert len(answer.sent("clear_view")) == 1
