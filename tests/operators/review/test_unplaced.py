"""What came to the dataset after its run is told of on the list, and can be placed from there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.operators.review.conftest import OTHER_PAGES, Send

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]
Add = Callable[..., list[str]]
NOTICE = "'unplaced'"


@pytest.fixture
def add(image_folder: Path, blobs: np.ndarray) -> Add:
    """Adds images that resemble those of a blob each; gives their ids."""
    import fiftyone as fo

    paths = sorted(image_folder.glob("*/*.png"))

    def add_to(dataset: "fo.Dataset", number: int = 3, **fields: Any) -> list[str]:
        samples = [
            fo.Sample(filepath=str(path), vectors=blob, **fields)
            for path, blob in zip(paths[:number], blobs, strict=False)
        ]
        return dataset.add_samples(samples)

    return add_to


@pytest.fixture
def add_objects(image_folder: Path, blobs: np.ndarray) -> Callable[["fo.Dataset", int], None]:
    """Adds images with an object each."""
    import fiftyone as fo

    def add_to(dataset: "fo.Dataset", number: int) -> None:
        samples = []
        for path in sorted(image_folder.glob("*/*.png"))[:number]:
            one = fo.Detection(label="half", bounding_box=[0, 0, 1, 1], vectors=blobs[0])
            sample = fo.Sample(filepath=str(path))
            samples.append(sample)
            sample["objects"] = fo.Detections(detections=[one])
        dataset.add_samples(samples)

    return add_to


def test_new_images_are_counted_until_they_are_placed(
    send: Send, clustered: "fo.Dataset", add: Add, run: Run
) -> None:
    assert NOTICE not in send(clustered, "on_load").page
    add(clustered)
    answer = send(clustered, "refresh")
    assert "3 images have no cluster yet" in answer.page
    opened = send(clustered, "assign_new_images", answer.state)
    (asked,) = opened.sent("prompt_user_for_operation")
    assert asked["operator_uri"] == "@autolabel/gcn/assign_new_images"
    assert asked["params"] == {"run_key": "cluster"}
    run("assign_new_images", clustered, run_key="cluster")
    assert NOTICE not in send(clustered, "refresh", answer.state).page
    add(clustered, 1)
    page = send(clustered, "refresh").page
    assert "1 image has no cluster yet" in page
    assert "Place it…" in page


def test_only_where_the_list_begins_anything_is_counted(
    send: Send, clustered: "fo.Dataset", add: Add
) -> None:
    add(clustered)
    state = send(clustered, "on_load").state
    for event, params in OTHER_PAGES:
        assert NOTICE not in send(clustered, event, state, **params).page, event
    assert NOTICE in send(clustered, "open_clusters", state).page


def test_what_is_noise_moved_out_emptied_by_hand_or_deleted_does_not_count(
    send: Send, clustered: "fo.Dataset", add: Add, run: Run
) -> None:
    ids = clustered.values("id")
    run("mark_noise", clustered, items=ids[:3])
    run("move_to_cluster", clustered, items=ids[3:5])
    clustered.select(ids[5:7]).set_values("cluster", [None, None])
    clustered.delete_samples(ids[10:14])
    assert NOTICE not in send(clustered, "on_load").page
    add(clustered, 2)
    assert "2 images have no cluster yet" in send(clustered, "on_load").page


def test_a_run_on_a_part_of_the_dataset_leaves_the_others_out_on_purpose(
    send: Send, embedded: "fo.Dataset", add: Add, run: Run
) -> None:
    run("cluster_images", embedded.limit(20), embeddings_field="vectors", save_view=False)
    add(embedded)
    assert NOTICE not in send(embedded, "on_load").page


def test_images_that_had_no_embedding_are_told_of_with_those_that_came_later(
    send: Send, embedded: "fo.Dataset", add: Add, run: Run
) -> None:
    embedded.limit(2).set_values("vectors", [None, None])
    run("cluster_images", embedded, embeddings_field="vectors", save_view=False)
    assert NOTICE not in send(embedded, "on_load").page  # the result of the run said so
    add(embedded, 1)
    assert "3 images have no cluster yet" in send(embedded, "on_load").page


def test_a_damaged_record_counts_nothing(send: Send, clustered: "fo.Dataset", add: Add) -> None:
    add(clustered)
    config = clustered.get_run_info("cluster").config
    config.target = {"patches_field": None, "stages": None}  # too long to be kept
    clustered.update_run_config("cluster", config)
    assert NOTICE not in send(clustered, "on_load").page


@pytest.fixture
def in_groups(grouped: "fo.Dataset", add: Add, run: Run) -> Callable[[Sequence[str]], "fo.Dataset"]:
    """Clusters some slices of 15 groups; then comes one image more on the left."""
    import fiftyone as fo

    def cluster(slices: Sequence[str]) -> "fo.Dataset":
        view = grouped.select_group_slices(list(slices))
        run("cluster_images", view, embeddings_field="vectors", save_view=False)
        add(grouped, 1, group=fo.Group().element("left"))
        return grouped

    return cluster


@pytest.mark.parametrize(
    ("slices", "shown", "is_told"),
    [
        (["left", "right"], None, True),
        (["left", "right"], "right", True),
        (["left"], "left", True),
        # The form would take the slice that is shown.
        (["left"], "right", False),
        (["right"], "left", False),
    ],
)
def test_of_a_grouped_dataset_the_slices_of_the_run_count_where_one_of_them_is_shown(
    send: Send,
    in_groups: Callable[..., "fo.Dataset"],
    slices: list[str],
    shown: str | None,
    is_told: bool,
) -> None:
    page = send(in_groups(slices), "on_load", app={"group_slice": shown}).page
    assert ("1 image has no cluster yet" in page) == is_told


def test_objects_of_new_images_are_counted_until_they_are_placed(
    send: Send, objects: "fo.Dataset", add_objects: Any, run: Run
) -> None:
    assert NOTICE not in send(objects, "on_load").page
    add_objects(objects, 2)
    assert "2 patches have no cluster yet" in send(objects, "on_load").page
    run("assign_new_images", objects)
    assert NOTICE not in send(objects, "on_load").page


def test_objects_that_were_clustered_in_a_view_of_patches_are_those_of_the_dataset(
    send: Send, with_objects: "fo.Dataset", add_objects: Any, run: Run
) -> None:
    patches = with_objects.to_patches("objects")
    run("cluster_images", patches, embeddings_field="vectors", save_view=False)
    add_objects(with_objects, 2)
    assert "2 patches have no cluster yet" in send(with_objects, "on_load").page


def test_objects_emptied_by_hand_do_not_count(
    send: Send, objects: "fo.Dataset", add_objects: Any, run: Run
) -> None:
    add_objects(objects, 2)
    run("assign_new_images", objects)
    objects.set_values("objects.detections.cluster", [[None] * 2] * 15 + [[None]] * 2)
    assert NOTICE not in send(objects, "refresh").page


def test_of_very_many_new_images_the_newest_are_looked_through(
    send: Send,
    objects: "fo.Dataset",
    add_objects: Any,
    plugin_part: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_objects(objects, 4)
    monkeypatch.setattr(plugin_part("operators.corrections.reads.unplaced"), "MOST_IMAGES", 3)
    assert "At least 3 patches have no cluster yet" in send(objects, "on_load").page
