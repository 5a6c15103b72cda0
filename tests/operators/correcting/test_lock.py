"""Who may write: one at a time, for as long as it takes, unless its process stands still."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Check = Callable[["fo.Dataset"], None]
Part = Callable[[str], ModuleType]

# Takes the right to write, tells it, and looks whether it is still there when it is told to.
WRITER = """
import importlib, sys
import fiftyone.operators as foo

foo.list_operators()
package = "fiftyone.plugins.orgs.autolabel.gcn.operators.corrections.documents."
lock = importlib.import_module(package + "lock")
tables = importlib.import_module(package + "tables")
lock.SECONDS = 1
with lock.writing(tables.Tables(sys.argv[1])) as mine:
    print("begun", flush=True)
    sys.stdin.readline()
    try:
        mine.keep()
        print("kept")
    except RuntimeError as error:
        print(error)
"""


@pytest.fixture
def lock(plugin_part: Part, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The locks, with a writer taken for dead after half a second of silence."""
    part = plugin_part("operators.corrections.documents.lock")
    monkeypatch.setattr(part, "SECONDS", 0.5)
    return part


@pytest.fixture
def tables(clustered: "fo.Dataset", open_review: Callable[..., Any]) -> Any:
    return open_review(clustered).tables


def test_a_writer_keeps_the_right_through_a_step_of_any_length(
    lock: ModuleType, tables: Any
) -> None:
    with lock.writing(tables) as mine:
        time.sleep(1.5)
        assert not lock.Lock(tables).take()
        mine.keep()
    assert lock.Lock(tables).take()


def test_a_writer_whose_process_stands_still_loses_the_right(lock: ModuleType, tables: Any) -> None:
    command = [sys.executable, "-c", WRITER, tables.review]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begun\n"
        os.kill(writer.pid, signal.SIGSTOP)
        other, deadline = lock.Lock(tables), time.monotonic() + 30
        while not other.take() and time.monotonic() < deadline:
            time.sleep(0.1)
        os.kill(writer.pid, signal.SIGCONT)
        said, _ = writer.communicate("\n", timeout=60)
    assert "so long that another one took over" in said
    assert tables.head()["lock"]["owner"] == other.owner


def test_a_writer_that_failed_leaves_nothing_behind(lock: ModuleType, tables: Any) -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), lock.writing(tables):
        raise ZeroDivisionError
    assert tables.head()["lock"] is None
    assert threading.active_count() == before


def test_a_review_that_takes_long_to_build_is_built_once(
    lock: ModuleType,
    plugin_part: Part,
    read: ModuleType,
    clustered: "fo.Dataset",
    check: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opening = plugin_part("operators.corrections.writes.opening")
    begin, begun = opening.begin, []

    def slow(*args: Any) -> None:
        begun.append(args)
        time.sleep(1.5)
        begin(*args)

    monkeypatch.setattr(opening, "begin", slow)
    windows = [threading.Thread(target=read.list_clusters, args=(clustered,)) for _ in range(2)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert len(begun) == 1
    check(clustered)


def test_who_lost_the_right_while_building_does_not_declare_the_review_ready(
    plugin_part: Part,
    read: ModuleType,
    clustered: "fo.Dataset",
    check: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opening = plugin_part("operators.corrections.writes.opening")
    find_review = plugin_part("operators.corrections.documents.review").find_review
    tables = find_review(clustered, "cluster").tables
    adopt, mine = opening.adopt_fields, {"_id": tables.review}

    def robbed(*args: Any) -> None:
        adopt(*args)
        tables.reviews.update_one(mine, {"$set": {"lock.owner": "elsewhere|1|another"}})

    monkeypatch.setattr(opening, "adopt_fields", robbed)
    with pytest.raises(RuntimeError, match="so long that another one took over"):
        read.list_clusters(clustered)
    assert not tables.head()["ready"]
    monkeypatch.undo()
    tables.reviews.update_one(mine, {"$set": {"lock": None}})
    assert read.list_clusters(clustered)["total"] == 4
    check(clustered)


def test_no_run_is_deleted_while_a_correction_is_written(
    plugin_part: Part, either: "fo.Dataset", write: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = plugin_part("operators.corrections.writes.commit")
    delete_run = plugin_part("operators.runs.run_deletion").delete_run
    write_fields, begun, said = commit.write_fields, threading.Event(), []

    def slow(*args: Any) -> Any:
        begun.set()
        time.sleep(1)
        return write_fields(*args)

    monkeypatch.setattr(commit, "write_fields", slow)
    clusters = ["c00001", "c00002"]
    merging = threading.Thread(target=lambda: said.append(write.merge_clusters(either, clusters)))
    merging.start()
    begun.wait()
    delete_run(either, "cluster")
    merging.join()
    assert said[0]["entry"] == 1
    stored = either._sample_collection.find()
    assert not any("c00001" in str(document) for document in stored)


def test_who_lost_the_right_while_planning_leaves_the_record_of_the_other_alone(
    plugin_part: Part,
    write: ModuleType,
    read: ModuleType,
    clustered: "fo.Dataset",
    tables: Any,
    check: Check,
) -> None:
    corrections = plugin_part("operators.corrections.writes.correct")
    plan_merge = plugin_part("operators.correcting.planning").plan_merge

    def stand_still(review: Any) -> Any:
        planned = plan_merge(review, [0, 1], None)
        tables.reviews.update_one({"_id": tables.review}, {"$set": {"lock": None}})
        write.merge_clusters(clustered, ["c00002", "c00003"])  # takes the same number
        return planned

    nothing = plugin_part("operators.base.correction_params").CorrectionParams()
    request = corrections.Request("merge", {"clusters": ["c00000", "c00001"]}, nothing)
    with pytest.raises(RuntimeError, match="so long that another one took over"):
        corrections.correct(clustered, request, stand_still)
    assert [entry["number"] for entry in read.read_history(clustered)["entries"]] == [1]
    write.undo_correction(clustered)
    assert clustered.count_values("cluster.label")["c00003"] == 4
    check(clustered)
