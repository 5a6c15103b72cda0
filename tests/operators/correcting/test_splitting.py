from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]
Ids = Callable[["fo.Dataset", str], list[str]]


def clusters(fields: list[Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in fields:
        found.setdefault(row[1], set()).add(row[0])
    return found


def test_split_into_the_parts_that_gcn_v_saw(
    write: ModuleType, read: ModuleType, either: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    assert read.read_cluster(either, "c00000")["part_sizes"] == [6, 4]
    part = set(read.item_ids(either, "c00000", part=1)["items"])
    report = write.split_cluster(either, "c00000")
    assert report["text"] == "Split 'c00000' into 2 clusters"
    assert report["created"] == ["c00004"]
    assert clusters(fields_of(either))["c00004"] == part
    check(either)
    write.undo_correction(either)
    assert "c00004" not in clusters(fields_of(either))
    check(either)


def test_split_around_images_sends_each_to_the_nearest(
    write: ModuleType, either: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    write.merge_clusters(either, ["c00000", "c00001", "c00002", "c00003"])
    ids = [row[0] for row in fields_of(either)]
    report = write.split_cluster(either, "c00000", by="images", items=[ids[0], ids[12], ids[25]])
    assert len(report["created"]) == 2
    found = clusters(fields_of(either))
    groups = [set(ids[0:10]), set(ids[10:20]), set(ids[20:28])]  # the blobs of the embeddings
    assert all(group in found.values() for group in groups)
    check(either)


def test_many_pieces_do_not_hide_the_other_clusters_from_each_other(
    write: ModuleType,
    read: ModuleType,
    clustered: "fo.Dataset",
    ids_in: Ids,
    plugin_part: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plugin_part("operators.corrections.partition.nearest"), "NEAREST", 3)
    before = read.read_cluster(clustered, "c00001")["neighbors"]
    others = {row["cluster"] for row in before}
    assert min(row["strength"] for row in before) < 0.5  # weaker than between pieces
    pieces = [[item] for item in ids_in(clustered, "c00001")]
    report = write.split_cluster(clustered, "c00001", by="groups", groups=pieces[1:])
    for piece in ("c00001", *report["created"]):
        neighbors = read.read_cluster(clustered, piece)["neighbors"]
        assert {row["cluster"] for row in neighbors} > others


def test_split_by_clustering_again(
    write: ModuleType, clustered: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001", "c00002", "c00003"])
    ids = [row[0] for row in fields_of(clustered)]
    write.split_cluster(clustered, "c00000", by="clustering")
    for start, stop in ((0, 10), (10, 20), (20, 28)):
        inside = {row[1] for row in fields_of(clustered) if row[0] in ids[start:stop]}
        outside = {row[1] for row in fields_of(clustered) if row[0] not in ids[start:stop]}
        assert inside.isdisjoint(outside)
    check(clustered)


@pytest.mark.parametrize("number", [2, 3])
def test_split_by_clustering_makes_as_many_as_are_asked_for(
    number: int,
    write: ModuleType,
    either: "fo.Dataset",
    fields_of: Fields,
    check: Check,
) -> None:
    write.merge_clusters(either, ["c00000", "c00001", "c00002", "c00003"])
    ids = [row[0] for row in fields_of(either)]
    report = write.split_cluster(either, "c00000", by="clustering", num_clusters=number)
    assert len(report["created"]) == number - 1
    assert report["text"] == f"Split 'c00000' into {number} clusters"
    blobs = [set(ids[0:10]), set(ids[10:20]), set(ids[20:28])]  # of the embeddings
    made = [found for name, found in clusters(fields_of(either)).items() if name != "noise"]
    assert all(any(blob <= found for found in made) for blob in blobs)
    check(either)
    write.undo_correction(either)
    check(either)


def test_what_cannot_be_told_apart_is_not_split_for_a_number(
    write: ModuleType, clustered: "fo.Dataset"
) -> None:
    with pytest.raises(ValueError, match="all of its 4 images would stay together"):
        write.split_cluster(clustered, "c00003", by="clustering", num_clusters=2)


def test_more_clusters_than_can_be_told_apart_are_as_many_as_there_are(
    write: ModuleType, clustered: "fo.Dataset", check: Check
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001", "c00002", "c00003"])
    report = write.split_cluster(clustered, "c00000", by="clustering", num_clusters=50)
    assert 2 <= len(report["created"]) < 28
    check(clustered)


def test_split_as_told_leaves_the_rest(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    ids = ids_in(clustered, "c00001")
    write.split_cluster(clustered, "c00001", by="groups", groups=[ids[:1], ids[1:3]])
    assert clustered.count_values("cluster.label") == {
        "c00000": 10,
        "c00001": 5,
        "c00002": 6,
        "c00003": 4,
        "c00004": 1,
        "c00005": 2,
        "noise": 2,
    }
    check(clustered)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"cluster": "c00001"}, "all of its 8 images would stay together"),
        ({"cluster": "noise"}, "Noise is not a cluster"),
        ({"cluster": ""}, "must be the id or name of a cluster"),
        ({"cluster": "c00001", "by": "magic"}, "must be one of 'parts', 'images'"),
        ({"cluster": "c00001", "by": "images"}, "at least two images to split around \\(got 0\\)"),
        (
            {"cluster": "c00001", "num_clusters": 2},
            r"^'num_clusters' is for by='clustering' \(got by='parts'\); give that too",
        ),
        (
            {"cluster": "c00001", "by": "clustering", "num_clusters": 1},
            "must be a whole number of at least 2",
        ),
        ({"cluster": "c00001", "by": "groups"}, "Give at least one list of images"),
        ({"cluster": "c00001", "by": "groups", "groups": ["a"]}, "must be a list of lists"),
        ({"cluster": "c00001", "by": "images", "items": ["a", "b"]}, "must hold ids of images"),
        (
            {"cluster": "c00001", "by": "images", "items": ["0" * 24, "1" * 24]},
            "not in this cluster",
        ),
    ],
)
def test_impossible_splits_get_one_sentence(
    write: ModuleType, clustered: "fo.Dataset", params: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        write.split_cluster(clustered, **params)


def test_single_image_cannot_be_split(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids
) -> None:
    write.move_to_cluster(clustered, ids_in(clustered, "c00001")[:1], name="Tom")
    for by in ("parts", "clustering"):
        with pytest.raises(ValueError, match="'Tom' cannot be split: it has one image"):
            write.split_cluster(clustered, "Tom", by=by)


def test_without_embeddings_the_sentence_says_which_are_missing(
    write: ModuleType, clustered: "fo.Dataset"
) -> None:
    clustered.delete_sample_field("vectors")
    with pytest.raises(ValueError, match=r"'vectors' with the embeddings of .* gone; compute"):
        write.split_cluster(clustered, "c00001", by="clustering")


def test_images_without_an_embedding_stay(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids, check: Check
) -> None:
    write.merge_clusters(clustered, ["c00000", "c00001", "c00002", "c00003"])
    ids = sorted(ids_in(clustered, "c00000"))
    clustered.select(ids[9:12]).clear_sample_field("vectors")  # of the blobs 0-9 and 10-19
    clustered.reload()
    around: dict[str, Any] = {"by": "images", "items": [ids[0], ids[12]]}
    for params in ({"by": "clustering", "num_clusters": 2}, around):
        report = write.split_cluster(clustered, "c00000", **params)
        assert len(report["created"]) == 1, params
        assert set(ids[9:12]) <= set(ids_in(clustered, "c00000")), params
        check(clustered)
        write.undo_correction(clustered)


def test_having_no_embedding_is_no_reason_to_split(
    write: ModuleType, clustered: "fo.Dataset", ids_in: Ids
) -> None:
    clustered.select(ids_in(clustered, "c00000")[:3]).clear_sample_field("vectors")
    clustered.reload()
    with pytest.raises(ValueError, match="all of its 10 images would stay together"):
        write.split_cluster(clustered, "c00000", by="clustering")


def test_more_pieces_take_no_more_commands(
    write: ModuleType,
    clustered: "fo.Dataset",
    ids_in: Ids,
    check: Check,
) -> None:
    from fiftyone.core.odm import get_db_client

    def updates() -> int:
        status = get_db_client().admin.command("serverStatus")
        return status["metrics"]["commands"]["update"]["total"]

    items = ids_in(clustered, "c00000")
    taken = []
    # The first time the review is built, and there is no undone correction to forget.
    for pieces in ([items[:5]], [items[:5]], [[item] for item in items[1:]]):
        before = updates()
        write.split_cluster(clustered, "c00000", by="groups", groups=pieces)
        taken.append(updates() - before)
        check(clustered)
        write.undo_correction(clustered)
    assert taken[1] == taken[2]


def test_a_run_that_does_not_tell_its_embeddings_says_what_to_do(
    write: ModuleType, clustered: "fo.Dataset"
) -> None:
    info = clustered.get_run_info("cluster")
    info.config.embeddings = {}
    clustered.update_run_config("cluster", info.config)
    with pytest.raises(ValueError, match="which embeddings it used; cluster the images again"):
        write.split_cluster(clustered, "c00000", by="clustering")


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"items": True}, r"^'items' are for by='images' \(got by='parts'\); give that too"),
        ({"items": True, "by": "clustering"}, r"^'items' are for by='images' \(got by='clustering"),
        ({"groups": True}, r"^'groups' are for by='groups' \(got by='parts'\)"),
        ({"groups": True, "items": True, "by": "images"}, "^'groups' are for by='groups'"),
    ],
)
def test_chosen_images_that_would_have_no_effect_are_refused(
    write: ModuleType, clustered: "fo.Dataset", params: dict[str, Any], sentence: str
) -> None:
    before, ids = clustered.values("cluster.label"), clustered.values("id")[:2]
    chosen = {"items": ids, "groups": [ids]}
    given = {name: chosen.get(name, value) for name, value in params.items()}
    with pytest.raises(ValueError, match=sentence):
        write.split_cluster(clustered, "c00000", **given)
    clustered.reload()
    assert clustered.values("cluster.label") == before
