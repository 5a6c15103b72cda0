from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.crowds import Crowd, gaussian_classes

if TYPE_CHECKING:
    import fiftyone as fo

Fields = Callable[["fo.Dataset"], list[Any]]
Part = Callable[[str], ModuleType]
Check = Callable[["fo.Dataset"], None]


@pytest.fixture
def half(plugin_part: Part, embedded: "fo.Dataset") -> "fo.Dataset":
    """A run on two of three blobs, of which one is only there in part."""
    plugin_part("operators.runs.clustering").cluster_images(
        embedded.limit(16), embeddings_field="vectors"
    )
    return embedded


def test_new_images_join_or_found_clusters_and_nobody_else_moves(
    write: ModuleType, read: ModuleType, half: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    first = half.first().cluster.cluster_id
    write.confirm_clusters(half, [first], name="Tom")
    before = {row[0]: row for row in fields_of(half) if row[1] is not None}
    report = write.assign_new_images(half)
    assert (report["images"], report["assigned"], report["founded"]) == (14, 4, 10)
    after = fields_of(half)
    assert {row[0]: row for row in after if row[0] in before} == before
    labels = [row[1] for row in after]
    assert len(set(labels[10:20])) == 1
    assert set(labels[20:30]).isdisjoint(labels[:20])
    check(half)
    write.undo_correction(half)
    assert {row[0]: row for row in fields_of(half) if row[1] is not None} == before
    check(half)
    write.redo_correction(half)
    assert fields_of(half) == after
    check(half)


def test_new_images_are_placed_as_readily_as_the_run_merged(
    write: ModuleType, make_dataset: Callable[..., "fo.Dataset"], cluster: Callable[..., Any]
) -> None:
    """The neighbors of the new images are mixed, so the model as it is leaves many alone."""
    crowd = gaussian_classes(Crowd(150, 3, 32, 0.45))
    paths = [f"/nowhere/{number}.png" for number in range(450)]
    dataset = make_dataset(paths, vectors=list(crowd.embeddings))
    cluster(dataset.exclude(dataset.values("id")[::10]))
    config = dataset.get_run_info("cluster").config
    assert config.log_odds_shift > 0
    assert write.assign_new_images(dataset, dry_run=True)["founded"] == 0
    config.log_odds_shift = 0.0
    dataset.update_run_config("cluster", config)
    assert write.assign_new_images(dataset, dry_run=True)["founded"] > 4


def test_with_nothing_new_the_report_says_so_and_nothing_is_recorded(
    write: ModuleType, read: ModuleType, half: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    before = fields_of(half)
    report = write.assign_new_images(half.limit(16))
    assert report["text"] == "Nothing to place: all images here have a cluster in the run 'cluster'"
    assert (report["entry"], report["images"]) == (None, 0)
    assert (report["assigned"], report["founded"], report["without_embedding"]) == (0, 0, 0)
    assert fields_of(half) == before
    assert read.read_history(half)["entries"] == []
    check(half)


def test_view_alone_is_placed(
    write: ModuleType, half: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    report = write.assign_new_images(half.skip(16).limit(2))
    assert report["images"] == 2
    assert sum(row[1] is not None for row in fields_of(half)) == 18
    check(half)


def test_placed_images_survive_loading_and_exchange(
    write: ModuleType, plugin_part: Part, half: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    load_run = plugin_part("operators").load_run
    write.assign_new_images(half)
    after, lines = fields_of(half), write.export_corrections(half)["lines"]
    load_run(half, "cluster")
    assert fields_of(half) == after
    load_run(half, "cluster", corrections=False)
    assert sum(row[1] is not None for row in fields_of(half)) == 16
    write.import_corrections(half, lines=lines)
    assert fields_of(half) == after
    check(half)


def test_images_that_are_taken_back_are_in_no_cluster_once_the_run_is_loaded(
    write: ModuleType, read: ModuleType, plugin_part: Part, half: "fo.Dataset", check: Check
) -> None:
    def shown() -> tuple[str, list[tuple[str, int]]]:
        listed = read.list_clusters(half)["clusters"]
        return read.review_progress(half)["text"], [(row["cluster"], row["size"]) for row in listed]

    before = shown()
    write.assign_new_images(half)
    write.undo_correction(half)
    assert shown() == before
    plugin_part("operators").load_run(half, "cluster")
    assert shown() == before
    check(half)


def test_images_without_embedding_are_counted(
    write: ModuleType, half: "fo.Dataset", fields_of: Fields
) -> None:
    half.skip(29).clear_sample_field("vectors")
    report = write.assign_new_images(half)
    assert (report["images"], report["without_embedding"]) == (13, 1)


def test_embeddings_that_are_read_only_are_to_be_made_writable_where_one_is_missing(
    write: ModuleType, half: "fo.Dataset", fields_of: Fields
) -> None:
    before = fields_of(half)
    half.skip(29).clear_sample_field("vectors")
    field = half.get_field("vectors")
    field.info = {"backbone": "efficientnet-lite0"}
    field.read_only = True
    field.save()
    sentence = r"^The field 'vectors' is read-only, so .* computed; set 'read_only' of the field"
    with pytest.raises(ValueError, match=sentence):
        write.assign_new_images(half)
    assert fields_of(half) == before
    assert write.assign_new_images(half.limit(29))["images"] == 13  # none of these lacks one


def test_cancelling_changes_nothing(
    write: ModuleType,
    half: "fo.Dataset",
    fields_of: Fields,
    stop_at: Callable[[str], Any],
) -> None:
    before = fields_of(half)
    with pytest.raises(Exception, match="GCN-V"):
        write.assign_new_images(half, progress=stop_at("GCN-V"))
    assert fields_of(half) == before


def test_other_corrections_in_the_meantime_are_noticed(
    write: ModuleType, plugin_part: Part, half: "fo.Dataset", check: Check
) -> None:
    stale = plugin_part("operators.corrections.writes.correct").StaleReviewError

    done: list[bool] = []

    def merge(share: float, label: str) -> None:
        if label == "GCN-C" and not done:
            done.append(True)
            keys = sorted({key for key in half.limit(16).values("cluster.cluster_id") if key})
            write.merge_clusters(half, keys[:2])

    with pytest.raises(stale, match=r"in the meantime|while the new images were compared"):
        write.assign_new_images(half, progress=merge)
    check(half)


def test_a_clustering_in_the_meantime_is_noticed(
    write: ModuleType, cluster: Callable[..., Any], half: "fo.Dataset", fields_of: Fields
) -> None:
    found: list[Any] = []

    def cluster_again(share: float, label: str) -> None:
        if label == "GCN-C" and not found:
            cluster(half.skip(8).limit(16))
            found.append(fields_of(half))

    with pytest.raises(ValueError, match="was clustered or loaded anew"):
        write.assign_new_images(half, progress=cluster_again)
    assert [fields_of(half)] == found


def test_an_image_that_got_a_cluster_in_the_meantime_gets_no_second_one(
    write: ModuleType, half: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    placed: list[Any] = []

    def place(share: float, label: str) -> None:
        if label == "GCN-C" and not placed:
            write.assign_new_images(half.skip(20).limit(6))
            placed.append(fields_of(half))

    with pytest.raises(ValueError, match="got a cluster while the new images were compared"):
        write.assign_new_images(half.skip(22).limit(8), progress=place)
    assert [fields_of(half)] == placed
    check(half)


def test_without_a_cluster_to_compare_with_the_sentence_says_what_to_do(
    write: ModuleType, read: ModuleType, half: "fo.Dataset"
) -> None:
    clusters = [row["cluster"] for row in read.list_clusters(half)["clusters"]]
    write.mark_noise(half, clusters=clusters)
    with pytest.raises(ValueError, match=r"No cluster is left .* take some images back from"):
        write.assign_new_images(half)


def test_embeddings_that_were_deleted_are_to_be_computed_again(
    write: ModuleType, half: "fo.Dataset"
) -> None:
    half.delete_sample_field("vectors")
    gone = "'vectors' with the embeddings of the run 'cluster' is gone; compute them again"
    with pytest.raises(ValueError, match=gone):
        write.assign_new_images(half)
    with pytest.raises(ValueError, match=gone):
        write.split_cluster(half, "c00000", by="clustering")
