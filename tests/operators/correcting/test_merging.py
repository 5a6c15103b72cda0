from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]


def labels(fields: list[Any]) -> dict[str, int]:
    return dict(Counter(row[1] for row in fields))


def test_merging_moves_all_images_of_the_others(
    write: ModuleType, either: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    report = write.merge_clusters(either, ["c00001", "c00000", "c00003"])
    assert labels(fields_of(either)) == {"c00000": 22, "c00002": 6, "noise": 2}
    assert report["images"] == 12
    assert report["removed"] == ["c00001", "c00003"]
    assert report["clusters"] == ["c00000"]
    check(either)


def test_undo_and_redo_follow(
    write: ModuleType, either: "fo.Dataset", fields_of: Fields, check: Check
) -> None:
    before = fields_of(either)
    write.merge_clusters(either, ["c00001", "c00000"])
    merged = fields_of(either)
    write.undo_correction(either)
    assert fields_of(either) == before
    check(either)
    write.redo_correction(either)
    assert fields_of(either) == merged
    check(either)


def test_the_named_cluster_stays_and_two_names_need_a_choice(
    write: ModuleType, clustered: "fo.Dataset", check: Check
) -> None:
    write.rename_cluster(clustered, "c00003", "Tom")
    assert write.merge_clusters(clustered, ["c00001", "Tom"])["clusters"] == ["c00003"]
    write.rename_cluster(clustered, "c00000", "Ann")
    with pytest.raises(ValueError, match="'Ann' and 'Tom' have different names; choose which"):
        write.merge_clusters(clustered, ["c00000", "c00003"])
    write.merge_clusters(clustered, ["c00000"], into="Tom")
    assert clustered.count_values("cluster.label")["Tom"] == 22
    check(clustered)


@pytest.mark.parametrize(
    ("clusters", "sentence"),
    [
        (["c00001", "c00001"], "needs two different clusters \\(got only 'c00001'\\)"),
        ([], "Name at least two clusters"),
        (["c00001", "c00009"], "There is no cluster 'c00009'; it may have been merged"),
        (["c00001", "Tim"], "There is no cluster 'Tim'; none has a name yet"),
        (["c00001", "noise"], "Noise is not a cluster"),
        ([1, 2], "must be a list of texts"),
        ({"$gt": ""}, "must be a list of texts"),
    ],
)
def test_impossible_merges_get_one_sentence_and_change_nothing(
    write: ModuleType, clustered: "fo.Dataset", fields_of: Fields, clusters: Any, sentence: str
) -> None:
    before = fields_of(clustered)
    with pytest.raises(ValueError, match=sentence):
        write.merge_clusters(clustered, clusters)
    assert fields_of(clustered) == before


def test_answers_are_kept_and_not_asked_again(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", check: Check
) -> None:
    def asked(**more: bool) -> list[tuple[str, str]]:
        found = read.suggest_pairs(clustered, limit=50, **more)["pairs"]
        return [(pair["first"]["cluster"], pair["second"]["cluster"]) for pair in found]

    assert asked()[0] == ("c00000", "c00001")  # 0.9 of 8 images: more than any other pair
    assert len(asked()) == 4
    write.answer_pair(clustered, "c00000", "c00001", "different")
    write.answer_pair(clustered, "c00002", "c00003", "later")
    assert asked() == [("c00000", "c00002"), ("c00001", "c00002")]
    assert ("c00002", "c00003") in asked(include_later=True)
    check(clustered)
    neighbors = read.read_cluster(clustered, "c00000")["neighbors"]
    assert [(row["cluster"], row["verdict"]) for row in neighbors] == [
        ("c00002", None),
        ("c00001", "different"),
    ]
    write.answer_pair(clustered, "c00000", "c00001", "open")
    assert asked()[0] == ("c00000", "c00001")
    write.answer_pair(clustered, "c00000", "c00001", "same")
    assert clustered.count_values("cluster.label")["c00000"] == 18
    check(clustered)


def test_answers_need_two_clusters_and_an_answer(
    write: ModuleType, clustered: "fo.Dataset"
) -> None:
    with pytest.raises(ValueError, match="two different clusters"):
        write.answer_pair(clustered, "c00000", "c00000", "different")
    with pytest.raises(ValueError, match="must be one of 'same', 'different', 'later', 'open'"):
        write.answer_pair(clustered, "c00000", "c00001", "maybe")
    with pytest.raises(ValueError, match="Answer 'same'"):
        write.answer_pair(clustered, "c00000", "c00001", "")
