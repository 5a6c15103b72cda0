"""The panel when somebody has labeled images beside it, as in the App's tab *Annotate*."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo

SAID = "Took over the label of 1"


def relabel(dataset: "fo.Dataset", label: str) -> None:
    """Gives the first image, or object, another label."""
    if not dataset.has_field("objects"):
        dataset.limit(1).set_values("cluster.label", [label])
        return
    sample = dataset.first()
    sample.objects.detections[0]["cluster"] = label
    sample.save()


@pytest.fixture(params=["clustered", "objects"])
def reviewed(request: pytest.FixtureRequest, send: Send) -> "fo.Dataset":
    """A run on images, or on objects, at which somebody has looked in the panel."""
    dataset = request.getfixturevalue(request.param)
    send(dataset, "on_load")
    return dataset


@pytest.mark.parametrize("event", ["on_load", "refresh"])
@pytest.mark.parametrize("label", ["Ann", "c00001"])
def test_a_label_by_hand_is_there_when_the_panel_is_opened_or_drawn_anew(
    send: Send, reviewed: "fo.Dataset", run: Any, event: str, label: str
) -> None:
    key = "objects.detections.cluster_id" if reviewed.has_field("objects") else "cluster.cluster_id"
    first = reviewed.limit(1).values(key, unwind=True)[0]
    relabel(reviewed, "c00002" if label == first else label)
    answer = send(reviewed, event)
    told = answer.page.count(SAID)
    assert told > 1  # not only as the last correction
    reviewed.reload()
    assert reviewed.limit(1).values(key, unwind=True)[0] != first
    assert send(reviewed, event, answer.state).page.count(SAID) < told
    assert run("review_progress", reviewed)["decisions_made"] == 1


def test_what_the_panel_itself_changes_is_no_label_by_hand(
    send: Send, reviewed: "fo.Dataset", run: Any
) -> None:
    run("confirm_clusters", reviewed, clusters=["c00000"], name="Tom")
    run("merge_clusters", reviewed, clusters=["c00001", "c00002"])
    run("undo_correction", reviewed)
    assert SAID not in send(reviewed, "refresh").page
    assert run("review_progress", reviewed)["decisions_made"] == 1


def test_a_run_that_cannot_be_corrected_is_chosen_all_the_same(
    send: Send, clustered: "fo.Dataset", run: Any
) -> None:
    params = {"embeddings_field": "vectors", "cluster_field": "other", "save_view": False}
    run("cluster_images", clustered, **params)
    opened = send(clustered, "on_load")
    field = clustered.get_field("cluster")
    field.read_only = True
    field.save()
    page = send(clustered, "choose_run", opened.state, value="cluster").page
    assert "read-only" in page
    assert "Review other" in page  # as where a page cannot be shown, not the page of that run
    field.read_only = False
    field.save()
