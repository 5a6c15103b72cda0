"""Corrections that last through the next run on the same field."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.operators.dying import run_until_killed

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]

# Clusters in place of what is there, and is killed before the field is written.
KILLED = """
def progress(share, label):
    if label.startswith("Writing"):
        die()

part("runs.clustering").cluster_images(
    fo.load_dataset(sys.argv[1]), embeddings_field="vectors", overwrite=True, progress=progress
)
"""


def columns(dataset: "fo.Dataset") -> list[list[Any]]:
    dataset.reload()
    return dataset.values(["id", "cluster.label", "cluster.confirmed"])


def move_at_random(
    write: ModuleType, dataset: "fo.Dataset", rng: np.random.Generator, names: list[str | None]
) -> None:
    """Moves one to three images to each name; of every fifth move, one goes on to the noise."""
    ids = np.array(dataset.values("id"))
    for number, name in enumerate(names):
        some = rng.choice(ids, rng.integers(1, 4), replace=False).tolist()
        write.move_to_cluster(dataset, some, name=name)
        if number % 5 == 4:
            write.mark_noise(dataset, some[:1])


def test_confirmed_images_stay_together_and_apart_against_the_model(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    ids = clustered.values("id")
    # Half of a blob, and halves of two others together: nothing that a model would find.
    write.move_to_cluster(clustered, ids[0:5], name="half")
    write.move_to_cluster(clustered, ids[10:15] + ids[20:25], name="both")
    # Lists of all others: of images that are no neighbors the model has nothing to say.
    report = cluster(clustered, k=29)
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


@pytest.mark.parametrize("is_noticed", [False, True])
def test_images_that_took_the_place_of_all_others_are_clustered_as_new_ones(
    write: ModuleType,
    plugin_part: Part,
    cluster: Callable[..., Any],
    clustered: "fo.Dataset",
    is_noticed: bool,
    make_dataset: Callable[..., "fo.Dataset"],
    blobs: np.ndarray,
) -> None:
    write.confirm_clusters(clustered, ["c00000"])
    others = make_dataset(20, vectors=list(blobs[:20]))
    clustered.delete_samples(clustered.values("id"))
    clustered.add_samples(list(others))
    if is_noticed:
        read = plugin_part("operators.corrections.reads")
        assert read.list_clusters(clustered)["total"] == 0
    report = cluster(clustered)
    assert report.counts["clustered"] == 20
    assert report.corrections["confirmed"] == 0
    assert columns(clustered)[2] == [False] * 20


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


def confirm_all(write: ModuleType, dataset: "fo.Dataset") -> None:
    """Confirms the three blobs as "a", "b" and "c"."""
    for name, row in (("a", 0), ("b", 10), ("c", 20)):
        key = dataset.skip(row).first().cluster.cluster_id
        write.confirm_clusters(dataset, [key], name=name)


def test_confirmed_images_outside_the_target_keep_what_they_have(
    write: ModuleType, plugin_part: Part, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    confirm_all(write, clustered)
    report = cluster(clustered.limit(12))
    _, labels, confirmed = columns(clustered)
    assert labels == ["a"] * 10 + ["b"] * 10 + ["c"] * 10
    assert confirmed == [True] * 30
    keys = clustered.values("cluster.cluster_id")
    assert [len(set(keys[row : row + 10])) for row in (0, 10, 20)] == [1, 1, 1]
    assert len(set(keys)) == 3
    kept = ("confirmed", "outside", "lost", "names", "names_lost")
    assert [report.corrections[name] for name in kept] == [30, 18, 0, 3, 0]
    check_loads_and_corrects(write, plugin_part, clustered)


def check_loads_and_corrects(write: ModuleType, plugin_part: Part, dataset: "fo.Dataset") -> None:
    """What was kept is part of the run: it is loaded exactly, and can be corrected."""
    before = columns(dataset)
    dataset.delete_sample_field("cluster")
    plugin_part("operators").load_run(dataset, "cluster")
    assert columns(dataset) == before
    keys = [dataset.skip(row).first().cluster.cluster_id for row in (10, 20)]
    assert write.merge_clusters(dataset, keys, into=keys[0])["images"] == 10
    assert columns(dataset)[1][10:] == ["b"] * 20


def test_unconfirmed_images_outside_the_target_have_no_cluster_afterwards(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    ids = clustered.values("id")
    write.mark_noise(clustered, ids[28:])
    write.move_to_cluster(clustered, ids[15:18], name="half")
    keys = [clustered[ids[row]].cluster.cluster_id for row in (0, 10, 20)]
    write.rename_cluster(clustered, keys[2], "gone")
    for first, second in ((0, 1), (0, 2), (1, 2)):
        write.answer_pair(clustered, keys[first], keys[second], "different")
    confidence = clustered.values("cluster.confidence")
    report = cluster(clustered.limit(12))
    _, labels, confirmed = columns(clustered)
    assert [row for row, flag in enumerate(confirmed) if flag] == [15, 16, 17, 28, 29]
    assert labels[15:18] + labels[28:] == ["half"] * 3 + ["noise"] * 2
    assert labels[12:15] + labels[18:28] == [None] * 13
    assert labels[10] != "half"
    kept = [15, 16, 17]
    after = clustered.values("cluster.confidence")
    assert [after[row] for row in kept] == [confidence[row] for row in kept]
    assert (report.corrections["confirmed"], report.corrections["outside"]) == (5, 5)
    assert (report.corrections["names"], report.corrections["names_lost"]) == (1, 1)
    # What is left of two clusters, and "half", are apart; of the third nothing is left.
    assert (report.corrections["answers"], report.corrections["answers_lost"]) == (2, 2)
    assert report.counts["emptied"] == 13
    assert report.warnings == [
        "13 images not clustered this time and not confirmed: what cluster they had is cleared; "
        "'Assign new images' places them"
    ]
    write.assign_new_images(clustered)
    assert None not in clustered.values("cluster.cluster_id")


def test_all_that_a_run_on_a_part_clears_is_counted(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset", run: Callable[..., Any]
) -> None:
    assert cluster(clustered).counts["emptied"] == 0
    assert cluster(clustered.limit(25)).counts["emptied"] == 5
    write.confirm_clusters(clustered, [clustered.first().cluster.cluster_id])
    params = {"embeddings_field": "vectors", "overwrite": True, "keep_corrections": False}
    result = run("cluster_images", clustered.skip(10), **params)
    assert result["counts"]["emptied"] == 10
    assert "10 images not clustered this time: what cluster they had" in result["summary"]
    clustered.reload()
    assert clustered.get_run_info("cluster").config.counts["emptied"] == 10


def test_the_summary_tells_which_answers_are_lost(
    write: ModuleType, clustered: "fo.Dataset", run: Callable[..., Any]
) -> None:
    ids = clustered.values("id")
    keys = [clustered[ids[row]].cluster.cluster_id for row in (0, 10, 20)]
    write.confirm_clusters(clustered, keys[:1], name="Tom")
    write.answer_pair(clustered, keys[1], keys[2], "different")
    params = {"embeddings_field": "vectors", "overwrite": True}
    summary = run("cluster_images", clustered.limit(15), **params)["summary"]
    assert "Lost: 1 answer that two clusters are different (they are two no longer)" in summary


def test_a_confirmed_image_without_an_embedding_stays_with_the_others(
    write: ModuleType, plugin_part: Part, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    ids = clustered.values("id")
    confirm_all(write, clustered)
    # Of "b" only one image is confirmed: the others are free to go, and do not.
    key = clustered[ids[10]].cluster.cluster_id
    write.confirm_clusters(clustered, [key], unconfirm=True)
    write.move_to_cluster(clustered, ids[10:11], cluster=key)
    for row in (0, 10):
        sample = clustered[ids[row]]
        sample["vectors"] = None
        sample.save()
    before = columns(clustered)
    assert sum(before[2]) == 21
    report = cluster(clustered)
    assert columns(clustered) == before
    assert (report.corrections["confirmed"], report.corrections["outside"]) == (21, 2)
    assert report.counts["without_embedding"] == 2
    check_loads_and_corrects(write, plugin_part, clustered)


def test_an_unconfirmed_image_does_not_draw_confirmed_ones_into_its_new_cluster(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    keys = clustered.values("cluster.cluster_id")
    keys[0] = keys[20]
    for part in ("cluster_id", "label"):
        clustered.set_values(f"cluster.{part}", keys)
    clustered.set_values("cluster.confirmed", [False] * 20 + [True] * 10)
    write.rename_cluster(clustered, keys[20], "c")
    assert columns(clustered)[2] == [False] * 20 + [True] * 10
    cluster(clustered.limit(12))
    labels = columns(clustered)[1]
    assert len(set(labels[:10])) == 1
    assert labels[0] != "c"
    assert labels[20:] == ["c"] * 10


def test_corrections_of_a_deleted_field_come_from_the_record(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    write.move_to_cluster(clustered, clustered.values("id")[:5], name="half")
    write.confirm_clusters(clustered, [clustered.last().cluster.cluster_id], name="Tom")
    for _ in range(2):  # the second time, there is a record and no log
        clustered.delete_sample_field("cluster")
        report = cluster(clustered)
        _, labels, confirmed = columns(clustered)
        assert (labels[:5], labels[20:]) == (["half"] * 5, ["Tom"] * 10)
        assert confirmed == [True] * 5 + [False] * 15 + [True] * 10
        assert (report.corrections["confirmed"], report.corrections["names"]) == (15, 2)


# A clone of a view has the fields of the original and not its runs; neither has FiftyOne's own
# `delete_run` anything to do with fields.
@pytest.mark.parametrize("is_clone", [True, False])
def test_corrections_in_a_field_whose_run_is_gone_are_kept(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset", is_clone: bool
) -> None:
    ids = clustered.values("id")
    write.move_to_cluster(clustered, ids[0:5], name="half")
    write.move_to_cluster(clustered, ids[10:15] + ids[20:25], name="both")
    write.mark_noise(clustered, ids[28:])
    clustered.reload()
    if not is_clone:
        clustered.delete_run("cluster")
    dataset = clustered.limit(30).clone() if is_clone else clustered
    confidence = dataset.values("cluster.confidence")
    try:
        for part in (dataset, dataset.limit(12)):
            report = cluster(part)
            _, labels, confirmed = columns(dataset)
            assert labels[:5] == ["half"] * 5
            assert labels[10:15] + labels[20:25] == ["both"] * 10
            assert labels[28:] == ["noise"] * 2
            assert [row for row, flag in enumerate(confirmed) if flag] == [
                *range(5), *range(10, 15), *range(20, 25), 28, 29,
            ]  # fmt: skip
            assert (report.corrections["confirmed"], report.corrections["names"]) == (17, 2)
            assert report.warnings[0].startswith(
                "The run of this field was gone: what is confirmed"
            )
            dataset.delete_run("cluster")
        after = dataset.values("cluster.confidence")
        assert after[28:] == confidence[28:]
        cluster(dataset, keep_corrections=False)
        assert not any(columns(dataset)[2])
    finally:
        if is_clone:
            dataset.delete()


def test_corrections_of_objects_whose_run_is_gone_are_kept(
    write: ModuleType, cluster: Callable[..., Any], objects: "fo.Dataset"
) -> None:
    ids = objects.values("objects.detections.id", unwind=True)
    write.move_to_cluster(objects, ids[0:4] + ids[12:16], name="both")
    path = "objects.detections.cluster"
    rows = [*range(4), *range(12, 16)]
    for part in (objects, objects.limit(3)):
        objects.delete_run("objects_cluster")
        assert cluster(part, patches_field="objects").corrections["confirmed"] == 8
        labels, confirmed = (
            objects.values(f"{path}{name}", unwind=True) for name in ("", "_confirmed")
        )
        assert {labels[row] for row in rows} == {"both"}
        assert [row for row, flag in enumerate(confirmed) if flag] == rows


def test_a_run_killed_in_a_field_without_run_costs_no_corrections(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    confirm_all(write, clustered)
    before = columns(clustered)
    clustered.delete_run("cluster")
    run_until_killed(KILLED, clustered.name)
    assert columns(clustered) != before
    assert cluster(clustered).corrections["confirmed"] == 30
    assert columns(clustered) == before


def test_interrupted_loading_does_not_cost_corrections(
    write: ModuleType,
    plugin_part: Part,
    cluster: Callable[..., Any],
    clustered: "fo.Dataset",
    stop_at: Callable[[str], Any],
) -> None:
    confirm_all(write, clustered)
    before = columns(clustered)
    with pytest.raises(Exception, match="Restoring"):
        plugin_part("operators").load_run(clustered, "cluster", progress=stop_at("Restoring"))
    assert cluster(clustered).corrections["confirmed"] == 30
    assert columns(clustered) == before


def test_confirmed_images_that_were_deleted_are_reported(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    confirm_all(write, clustered)
    clustered.delete_samples(clustered.skip(18))
    report = cluster(clustered.limit(12))
    assert columns(clustered)[1] == ["a"] * 10 + ["b"] * 8
    kept = ("confirmed", "outside", "lost", "names", "names_lost")
    assert [report.corrections[name] for name in kept] == [18, 6, 12, 2, 1]
    assert report.warnings == []


def test_damaged_record_is_told_with_the_way_out(
    write: ModuleType, plugin_part: Part, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    confirm_all(write, clustered)
    review = plugin_part("operators.corrections.writes.opening").open_review(clustered)
    review.tables.changes.delete_many(review.tables.query())
    clustered.delete_sample_field("cluster")
    with pytest.raises(ValueError, match=r"repeated or undone\); cluster without keeping"):
        cluster(clustered)
    assert cluster(clustered, keep_corrections=False).corrections is None


def test_objects_keep_their_corrections_too(
    write: ModuleType, cluster: Callable[..., Any], objects: "fo.Dataset"
) -> None:
    ids = objects.values("objects.detections.id", unwind=True)
    write.move_to_cluster(objects, ids[0:4] + ids[12:16], name="both")
    cluster(objects, patches_field="objects")
    labels = objects.values("objects.detections.cluster", unwind=True)
    assert {labels[i] for i in (*range(4), *range(12, 16))} == {"both"}
    report = cluster(objects.limit(3), patches_field="objects")
    assert report.corrections["confirmed"] == 8
    assert report.corrections["outside"] > 0
    path = "objects.detections.cluster"
    labels, keys, confirmed = (
        objects.values(f"{path}{part}", unwind=True) for part in ("", "_id", "_confirmed")
    )
    rows = [*range(4), *range(12, 16)]
    assert {labels[row] for row in rows} == {"both"}
    assert len({keys[row] for row in rows}) == 1
    assert [row for row, flag in enumerate(confirmed) if flag] == rows


def test_carried_state_is_loaded_exactly(
    write: ModuleType, plugin_part: Part, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    write.move_to_cluster(clustered, clustered.values("id")[:5], name="half")
    cluster(clustered)
    before = columns(clustered)
    clustered.delete_sample_field("cluster")
    plugin_part("operators").load_run(clustered, "cluster")
    assert columns(clustered) == before


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_many_random_corrections_are_not_broken_by_the_next_run(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset", seed: int
) -> None:
    move_at_random(write, clustered, np.random.default_rng(seed), [None] * 20)
    _, before, confirmed = columns(clustered)
    cluster(clustered)
    _, after, still = columns(clustered)
    assert still == confirmed
    pairs = [(i, j) for i in range(30) for j in range(i) if confirmed[i] and confirmed[j]]
    assert all((before[i] == before[j]) == (after[i] == after[j]) for i, j in pairs)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_corrections_survive_a_run_on_any_part(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset", seed: int
) -> None:
    rng, ids = np.random.default_rng(seed), np.array(clustered.values("id"))
    names = [f"name {number}" if number % 2 else None for number in range(12)]
    move_at_random(write, clustered, rng, names)
    _, before, confirmed = columns(clustered)
    part = rng.choice(ids, 15, replace=False).tolist()
    report = cluster(clustered.select(part))
    _, after, still = columns(clustered)
    assert [bool(flag) for flag in still] == confirmed
    assert report.corrections["confirmed"] == sum(confirmed)
    rows = [row for row in range(30) if confirmed[row]]
    assert all((before[i] == before[j]) == (after[i] == after[j]) for i in rows for j in rows)
    named = [row for row in rows if before[row].startswith("name")]
    assert all(after[row] == before[row] for row in named)
    unconfirmed = [row for row in range(30) if not confirmed[row]]
    assert all((after[row] is not None) == (ids[row] in part) for row in unconfirmed)


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


def test_warnings_of_a_number_count_the_clusters_that_there_are(
    write: ModuleType, cluster: Callable[..., Any], clustered: "fo.Dataset"
) -> None:
    for name in ("c00000", "c00001"):
        ids = clustered.match({"cluster.label": name}).values("id")
        write.split_cluster(clustered, name, by="groups", groups=[ids[:4]])
    # What was called different is kept apart after the networks made as many as were asked for.
    for number in (4, 3, 6, 2, 5):
        report = cluster(clustered, num_clusters=number)
        found = len(clustered.distinct("cluster.cluster_id"))
        assert report.counts["clusters"] == found
        said = [text for text in report.warnings if " clusters, not " in text]
        only = "only " if found < number else ""
        expected = f"There are {only}{found} clusters, not {number}: "
        assert [text.startswith(expected) for text in said] == [True] * (found != number), said
