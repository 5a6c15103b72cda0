"""Corrections that last through the next run on the same field."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def write(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.correcting")


@pytest.fixture
def cluster(plugin_part: Part) -> Callable[..., Any]:
    function = plugin_part("operators.clustering").cluster_images

    def again(dataset: "fo.Dataset", **params: object) -> Any:
        report = function(dataset, embeddings_field="vectors", overwrite=True, **params)
        dataset.reload()
        return report

    return again


@pytest.fixture
def clustered(cluster: Callable[..., Any], embedded: "fo.Dataset") -> "fo.Dataset":
    cluster(embedded)
    return embedded


def columns(dataset: "fo.Dataset") -> list[list[Any]]:
    dataset.reload()
    return dataset.values(["id", "cluster.label", "cluster.confirmed"])


def test_confirmed_images_stay_together_and_apart_against_the_model(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    ids = clustered.values("id")
    # Half of a blob, and halves of two others together: nothing that a model would find.
    write.move_to_cluster(clustered, ids[0:5], name="half")
    write.move_to_cluster(clustered, ids[10:15] + ids[20:25], name="both")
    report = cluster(clustered)
    _, labels, confirmed = columns(clustered)
    assert {labels[i] for i in range(5)} == {"half"}
    assert {labels[i] for i in (*range(10, 15), *range(20, 25))} == {"both"}
    assert [i for i, flag in enumerate(confirmed) if flag] == [
        *range(5),
        *range(10, 15),
        *range(20, 25),
    ]
    assert (report.corrections["confirmed"], report.corrections["names"]) == (15, 2)
    assert "both" in [row["name"] for row in report.corrections["disagreements"]]


def test_names_noise_and_answers_carry_over(
    write: ModuleType, plugin_part: Part, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    read = plugin_part("operators.corrections.reads")
    ids = clustered.values("id")
    keys = [clustered[ids[i]].cluster.cluster_id for i in (0, 10, 20)]
    write.rename_cluster(clustered, keys[0], "Tom")
    write.answer_pair(clustered, keys[1], keys[2], "different")
    write.mark_noise(clustered, ids[28:])
    report = cluster(clustered)
    _, labels, confirmed = columns(clustered)
    assert labels[:10] == ["Tom"] * 10
    assert labels[28:] == ["noise"] * 2
    assert confirmed[28:] == [True, True]
    other = clustered[ids[10]].cluster.cluster_id
    neighbors = read.read_cluster(clustered, other)["neighbors"]
    verdicts = {row["cluster"]: row["verdict"] for row in neighbors}
    assert verdicts[clustered[ids[20]].cluster.cluster_id] == "different"
    assert report.counts["noise"] == 2
    assert read.read_history(clustered)["total"] == 0  # what carried over is the run's own


def test_not_keeping_starts_anew(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    before = columns(clustered)
    write.confirm_clusters(clustered, [clustered.first().cluster.cluster_id], name="Tom")
    report = cluster(clustered, keep_corrections=False)
    assert report.corrections is None
    assert columns(clustered) == before


def test_new_images_join_confirmed_clusters(
    write: ModuleType, cluster: Callable[..., Any], embedded: "fo.Dataset"
) -> None:
    cluster(embedded.limit(25))
    write.confirm_clusters(embedded, [embedded.skip(20).first().cluster.cluster_id], name="Tom")
    report = cluster(embedded)
    assert columns(embedded)[1][20:] == ["Tom"] * 10
    assert report.corrections["new"] == 5


def test_objects_keep_their_corrections_too(
    write: ModuleType, plugin_part: Part, with_objects: "fo.Dataset"
) -> None:
    function = plugin_part("operators.clustering").cluster_images
    params = {"patches_field": "objects", "embeddings_field": "vectors", "overwrite": True}
    function(with_objects, **params)
    ids = with_objects.values("objects.detections.id", unwind=True)
    write.move_to_cluster(with_objects, ids[0:4] + ids[12:16], name="both")
    function(with_objects, **params)
    with_objects.reload()
    labels = with_objects.values("objects.detections.cluster", unwind=True)
    assert {labels[i] for i in (*range(4), *range(12, 16))} == {"both"}


def test_carried_state_is_loaded_exactly(
    write: ModuleType, plugin_part: Part, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    write.move_to_cluster(clustered, clustered.values("id")[:5], name="half")
    cluster(clustered)
    before = columns(clustered)
    clustered.delete_sample_field("cluster")
    plugin_part("operators.runs").load_run(clustered, "cluster")
    assert columns(clustered) == before


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_many_random_corrections_are_not_broken_by_the_next_run(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset", seed: int
) -> None:
    rng = np.random.default_rng(seed)
    ids = np.array(clustered.values("id"))
    for number in range(20):
        some = rng.choice(ids, rng.integers(1, 4), replace=False).tolist()
        write.move_to_cluster(clustered, some)
        if number % 5 == 4:
            write.mark_noise(clustered, some[:1])
    _, before, confirmed = columns(clustered)
    cluster(clustered)
    _, after, still = columns(clustered)
    assert still == confirmed
    pairs = [(i, j) for i in range(30) for j in range(i) if confirmed[i] and confirmed[j]]
    assert all((before[i] == before[j]) == (after[i] == after[j]) for i, j in pairs)


@pytest.mark.slow
def test_two_hundred_corrections_of_all_kinds_are_not_broken_by_the_next_run(
    write: ModuleType,
    plugin_part: Part,
    cluster: Callable[..., Any],
    labeled: "fo.Dataset",
) -> None:
    read = plugin_part("operators.corrections.reads")
    cluster(labeled)
    rng = np.random.default_rng(4)
    ids = np.array(labeled.values("id"))
    done: list[str] = []
    while len(done) < 200:
        keys = [row["cluster"] for row in read.list_clusters(labeled, limit=200)["clusters"]]
        report = correct_at_random(write, labeled, rng, ids, keys)
        if report is not None and report["entry"] is not None:
            done.append(report["kind"])
    assert {"merge", "split", "move", "noise", "confirm", "rename", "judge"} <= set(done)
    _, before, confirmed = columns(labeled)
    keys_before = labeled.values("cluster.cluster_id")
    cluster(labeled)
    _, after, still = columns(labeled)
    keys_after = labeled.values("cluster.cluster_id")
    assert 20 < sum(confirmed) < 96
    assert still == confirmed
    rows = [row for row in range(96) if confirmed[row]]
    pairs = [(i, j) for i in rows for j in rows if j < i]
    assert all(
        (keys_before[i] == keys_before[j]) == (keys_after[i] == keys_after[j])
        or before[i] == before[j] == after[i] == after[j]  # two clusters of one name may join
        for i, j in pairs
    )
    named = [row for row in rows if not before[row].startswith("c0")]
    assert named
    assert all(before[row] == after[row] for row in named)


def correct_at_random(
    write: ModuleType,
    dataset: "fo.Dataset",
    rng: np.random.Generator,
    ids: np.ndarray,
    keys: list[str],
) -> dict[str, Any] | None:
    """Makes some correction; None if it cannot be done in this state."""
    some = rng.choice(ids, rng.integers(1, 4), replace=False).tolist()
    one, two = (str(key) for key in rng.choice(keys, 2, replace=len(keys) < 2))
    choices: list[Callable[[], dict[str, Any]]] = [
        lambda: write.move_to_cluster(dataset, some),
        lambda: write.move_to_cluster(dataset, some, cluster=one),
        lambda: write.merge_clusters(dataset, [one, two], into=one),
        lambda: write.split_cluster(dataset, one, by="parts"),
        lambda: write.rename_cluster(dataset, one, f"name {rng.integers(30)}", if_exists="keep"),
        lambda: write.confirm_clusters(dataset, [one]),
        lambda: write.confirm_clusters(dataset, [one], unconfirm=True),
        lambda: write.answer_pair(dataset, one, two, "different"),
        lambda: write.mark_noise(dataset, some[:1]),
        lambda: write.undo_correction(dataset),
    ]
    try:
        return choices[int(rng.integers(len(choices)))]()
    except ValueError:
        return None


def test_interrupted_run_leaves_the_review_as_it_was(
    write: ModuleType,
    plugin_part: Part,
    cluster: Callable[..., Any],
    clustered: "fo.Dataset",
    stop_at: Callable[[str], Any],
) -> None:
    read = plugin_part("operators.corrections.reads")
    write.confirm_clusters(clustered, [clustered.first().cluster.cluster_id], name="Tom")
    before, history = columns(clustered), read.read_history(clustered)
    with pytest.raises(Exception, match="Writing"):
        cluster(clustered, progress=stop_at("Writing"))
    assert columns(clustered) == before
    assert read.read_history(clustered) == history
    write.undo_correction(clustered)
