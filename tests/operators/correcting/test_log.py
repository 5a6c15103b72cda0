"""What must hold for all corrections: the log, undo, redo, and what is derived from them."""

import contextlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Fields = Callable[["fo.Dataset"], list[Any]]
Part = Callable[[str], ModuleType]


def random_correction(
    write: ModuleType, read: ModuleType, dataset: "fo.Dataset", ids: list[str], rng: Any
) -> None:
    """Does anything; what happens to be impossible is left out."""
    rows = read.list_clusters(dataset, sort="name")["clusters"]
    keys = [row["cluster"] for row in rows] or ["c00000"]
    one, two = (str(key) for key in rng.permutation(keys)[:2]) if len(keys) > 1 else (keys[0],) * 2
    some = [str(item) for item in rng.choice(ids, rng.integers(1, 5), replace=False)]
    choices: list[Callable[[], Any]] = [
        lambda: write.merge_clusters(dataset, [one, two], into=one),
        lambda: write.split_cluster(dataset, one),
        lambda: write.move_to_cluster(dataset, some, one),
        lambda: write.move_to_cluster(dataset, some),
        lambda: write.mark_noise(dataset, some),
        lambda: write.mark_noise(dataset, clusters=[one]),
        lambda: write.mark_noise(dataset, clusters=["noise"], restore=True),
        lambda: write.rename_cluster(dataset, one, str(rng.choice(["Tom", "Ann", ""])), "keep"),
        lambda: write.rename_cluster(dataset, one, "Tom", "merge"),
        lambda: write.confirm_clusters(dataset, [one]),
        lambda: write.confirm_clusters(dataset, [one, two], unconfirm=True),
        lambda: write.confirm_clusters(dataset, [one, two], "Eve", "merge", together=True),
        lambda: write.confirm_clusters(dataset, [one, two], together=True, without=some),
        lambda: write.answer_pair(dataset, one, two, "different"),
        lambda: write.answer_pair(dataset, one, two, "later"),
        lambda: write.undo_correction(dataset),
        lambda: write.redo_correction(dataset),
    ]
    with contextlib.suppress(ValueError):
        choices[rng.integers(len(choices))]()


@pytest.mark.parametrize("seed", [0, 1])
def test_random_corrections_agree_with_the_log_and_can_all_be_undone(
    write: ModuleType,
    read: ModuleType,
    either: "fo.Dataset",
    fields_of: Fields,
    check: Check,
    seed: int,
) -> None:
    start = fields_of(either)
    ids = [row[0] for row in start]
    rng = np.random.default_rng(seed)
    for number in range(40):
        random_correction(write, read, either, ids, rng)
        if number % 8 == 7:
            check(either)
    end = fields_of(either)
    write.undo_correction(either, to=0)
    assert fields_of(either) == start
    check(either)
    write.redo_correction(either, to=10_000)
    assert fields_of(either) == end
    check(either)


def test_loading_the_run_rebuilds_field_and_review(
    write: ModuleType,
    read: ModuleType,
    plugin_part: Part,
    either: "fo.Dataset",
    fields_of: Fields,
    check: Check,
    open_review: Callable[..., Any],
) -> None:
    load_run = plugin_part("operators").load_run
    rng = np.random.default_rng(7)
    ids = [row[0] for row in fields_of(either)]
    for _ in range(15):
        random_correction(write, read, either, ids, rng)
    end, history = fields_of(either), read.read_history(either)
    path = "objects.detections.cluster" if either.has_field("objects") else "cluster"
    either.delete_sample_field(path)
    open_review_tables = plugin_part("operators.corrections.documents.tables").Tables
    review = open_review_tables(
        plugin_part("operators.corrections.documents.tables").review_id(
            either, either.get_run_info("cluster").config.token
        )
    )
    review.clusters.delete_many(review.query())  # what can be derived may get lost
    load_run(either, "cluster")
    assert fields_of(either) == end
    assert read.read_history(either) == history
    check(either)
    load_run(either, "cluster", corrections=False)
    assert read.read_history(either)["total"] == 0
    check(either)


def test_nothing_to_do_is_not_recorded(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset"
) -> None:
    report = write.confirm_clusters(clustered, ["c00000"], unconfirm=True)
    assert (report["entry"], report["images"]) == (None, 0)
    assert read.read_history(clustered)["total"] == 0


def test_dry_run_tells_and_changes_nothing(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", fields_of: Fields
) -> None:
    before = fields_of(clustered)
    report = write.merge_clusters(clustered, ["c00000", "c00001"], dry_run=True)
    assert report["text"] == "Merged 'c00001' into 'c00000' (8 images moved)"
    assert (report["entry"], report["images"]) == (None, 8)
    assert fields_of(clustered) == before
    assert read.read_history(clustered)["total"] == 0


def test_new_correction_ends_redo(write: ModuleType, clustered: "fo.Dataset") -> None:
    write.confirm_clusters(clustered, ["c00000"])
    write.undo_correction(clustered)
    write.confirm_clusters(clustered, ["c00001"])
    with pytest.raises(ValueError, match="There is nothing to redo"):
        write.redo_correction(clustered)
    write.undo_correction(clustered, to=0)
    with pytest.raises(ValueError, match="There is nothing to undo"):
        write.undo_correction(clustered)


def test_a_review_that_begins_while_those_of_deleted_datasets_go_stays(
    plugin_part: Part, make_dataset: Callable[..., "fo.Dataset"], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = plugin_part("operators.corrections.documents.tables")
    reviews = module.Tables("any").reviews
    # More than MongoDB gives at once: the last ones are read while the first ones are deleted.
    reviews.insert_many([{"_id": f"gone{number:03d}:token"} for number in range(150)])
    begun: list[str] = []
    clear = module.Tables.clear

    def begin_first(tables: Any, names: tuple[str, ...]) -> None:
        if not begun:
            begun.append(module.review_id(make_dataset(1), "token"))
            module.Tables(begun[0]).add_head()
        clear(tables, names)

    monkeypatch.setattr(module.Tables, "clear", begin_first)
    module.sweep()
    assert reviews.count_documents({"_id": {"$regex": "^gone"}}) == 0
    assert module.Tables(begun[0]).head() is not None
