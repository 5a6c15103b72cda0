"""The field of true labels is chosen in the header, and the accuracy by it shown there."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


def test_accuracy_counts_the_confirmed_images_only(send: Send, graded: "fo.Dataset") -> None:
    state = send(graded, "on_load").state
    assert state["head.top.reached.truth"] == "-"
    answer = send(graded, "choose_truth", state, value="kind")
    assert answer.state["review"]["truth"] == "kind"
    assert "Accuracy of confirmed: nothing yet" in answer.page
    done = send(graded, "confirm_cluster", answer.state, cluster="c00001", based_on=0)
    assert "10 of 30 images confirmed" in done.page
    truth = graded.match({"cluster.cluster_id": "c00001"}).count_values("kind.label")
    assert f"Accuracy of confirmed: {100 * max(truth.values()) / 10:.1f} %" in done.page
    assert "Accuracy" not in send(graded, "choose_truth", done.state, value="-").page


def test_the_clusters_are_no_truth(send: Send, graded: "fo.Dataset") -> None:
    page = send(graded, "on_load").page
    assert "With kind" in page
    assert "With cluster" not in page


def test_objects_are_compared_with_their_own_labels(
    send: Send, graded_objects: "fo.Dataset"
) -> None:
    state = send(graded_objects, "on_load").state
    answer = send(graded_objects, "choose_truth", state, value="label")
    assert "With objects (own labels)" in answer.page
    assert "Accuracy of confirmed: nothing yet" in answer.page


def test_nothing_to_choose_where_there_are_no_labels(send: Send, clustered: "fo.Dataset") -> None:
    assert "choose_truth" in send(clustered, "on_load").page
    clustered.delete_sample_field("ground_truth")
    assert "choose_truth" not in send(clustered, "on_load").page


@pytest.mark.parametrize(
    "value", [None, 3, ["kind"], {"$ne": 1}, "cluster", "filepath", "vectors", "x" * 100_000]
)
def test_a_forged_choice_is_refused(send: Send, graded: "fo.Dataset", value: Any) -> None:
    state = send(graded, "on_load").state
    answer = send(graded, "choose_truth", state, value=value)
    assert "'value' must be one of" in answer.page
    assert answer.state["review"]["truth"] == ""


@pytest.mark.parametrize("truth", ["gone", "cluster", "vectors", "filepath"])
def test_a_field_that_will_not_do_any_more_is_forgotten(
    send: Send, graded: "fo.Dataset", truth: str
) -> None:
    state = send(graded, "on_load").state
    state["review"]["truth"] = truth
    answer = send(graded, "refresh", state)
    assert f"The field '{truth}' cannot be compared with" in answer.page
    assert "c00000" in answer.page
    assert answer.state["review"]["truth"] == ""


def test_a_field_that_was_emptied_is_forgotten(send: Send, graded: "fo.Dataset") -> None:
    state = send(graded, "choose_truth", send(graded, "on_load").state, value="kind").state
    graded.clear_sample_field("kind")
    answer = send(graded, "refresh", state)
    assert "'kind' has no labels for the clustered images" in answer.page
    assert answer.state["review"]["truth"] == ""
