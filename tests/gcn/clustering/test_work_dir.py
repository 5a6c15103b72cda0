"""Finished stages on disk: what is reused, what is refused, and what a full disk leaves."""

import errno
import fcntl
import json
import os
import re
import resource
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gcn import cluster, load_model
from gcn.clustering.result import ClusterResult
from gcn.clustering.work_dir import hash_array, open_work_dir
from gcn.graph.knn_graph import fixed_unit_rows, suitable_k
from gcn.runtime.progress import Progress

from ..conftest import Blobs, MakeBlobs

STAGES = ("First look", "Nearest neighbors", "Relations", "GCN-V", "Pruning", "GCN-C and merging")


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    return make_blobs(sizes=(60, 40, 30, 20), dim=24, noise=0.5)


@pytest.fixture(scope="module")
def whole(blobs: Blobs) -> ClusterResult:
    return cluster(blobs.embeddings)


def stop_at(stage: str) -> Progress:
    def report(done: float, what: str) -> None:
        if what == stage:
            raise KeyboardInterrupt

    return report


def assert_same(result: ClusterResult, whole: ClusterResult) -> None:
    np.testing.assert_array_equal(result.labels, whole.labels)
    np.testing.assert_array_equal(result.confidence, whole.confidence)
    assert result.warnings == whole.warnings


def resumed(result: ClusterResult) -> set[str]:
    return {stage.name for stage in result.stages if "resumed" in stage.counts}


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_interrupted_in_any_stage_goes_on(
    stage: str, blobs: Blobs, whole: ClusterResult, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        cluster(blobs.embeddings, progress=stop_at(stage), work_dir=tmp_path)
    assert not list(tmp_path.glob(".*"))
    result = cluster(blobs.embeddings, work_dir=tmp_path)
    assert_same(result, whole)
    finished = STAGES.index(stage)
    kept = {name for name, at in (("Nearest neighbors", 1), ("GCN-V", 3)) if at < finished}
    assert resumed(result) == kept
    looked_again = "First look" in {stage.name for stage in result.stages}
    assert looked_again == ("Nearest neighbors" not in kept)


def test_another_model_reuses_nothing(  # its first look shapes the space of the neighbors
    blobs: Blobs, whole: ClusterResult, tmp_path: Path
) -> None:
    cluster(blobs.embeddings, work_dir=tmp_path)
    other = load_model()
    next(other.gcn_v.parameters()).data += 1e-3
    assert resumed(cluster(blobs.embeddings, other, work_dir=tmp_path)) == set()
    assert_same(cluster(blobs.embeddings, work_dir=tmp_path), whole)


def test_affinities_of_another_graph_are_not_reused(
    blobs: Blobs, whole: ClusterResult, tmp_path: Path
) -> None:
    cluster(blobs.embeddings, work_dir=tmp_path)
    sha256, x = load_model().sha256, fixed_unit_rows(blobs.embeddings)
    with open_work_dir(tmp_path, x, suitable_k(len(x), 80)) as work:
        found = work.load("neighbors", sha256)
        assert found is not None
        found.arrays["ids"][:, [0, 1]] = found.arrays["ids"][:, [1, 0]]
        work.save("neighbors", found.arrays, sha256, **found.numbers)
    assert resumed(cluster(blobs.embeddings, work_dir=tmp_path)) == {"Nearest neighbors"}


@pytest.mark.parametrize("change", ["rows", "k"])
def test_stages_of_other_data_are_refused(change: str, blobs: Blobs, tmp_path: Path) -> None:
    cluster(blobs.embeddings, k=10, work_dir=tmp_path)
    rows, k = blobs.embeddings.copy(), 10
    if change == "rows":
        rows[3] *= -1
    else:
        k = 11
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="holds the stages of other embeddings, of another 'k'"):
        cluster(rows, k=k, work_dir=tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_stages_that_other_code_found_are_refused(blobs: Blobs, tmp_path: Path) -> None:
    cluster(blobs.embeddings, work_dir=tmp_path)
    about = tmp_path / "work.json"
    about.write_text(re.sub(r"code \w+", "code 0123456789abcdef", about.read_text()))
    with pytest.raises(ValueError, match="of another version of this program"):
        cluster(blobs.embeddings, work_dir=tmp_path)


def test_numbers_of_a_stage_that_were_changed_are_refused(blobs: Blobs, tmp_path: Path) -> None:
    cluster(blobs.embeddings, work_dir=tmp_path)
    manifest = tmp_path / "neighbors.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"numbers": {}}))
    with pytest.raises(ValueError, match=r"neighbors.json' is damaged or has been changed; empty "):
        cluster(blobs.embeddings, work_dir=tmp_path)


def test_a_folder_of_something_else_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="holds files of something else"):
        cluster(blobs.embeddings, work_dir=tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_nothing_is_made_or_removed_in_a_folder_of_something_else(
    blobs: Blobs, tmp_path: Path
) -> None:
    (tmp_path / ".thesis.txt.tmp").write_text("what is not saved yet")
    with pytest.raises(ValueError, match="holds files of something else"):
        cluster(blobs.embeddings, work_dir=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".thesis.txt.tmp"]


def test_a_run_that_was_killed_before_it_wrote_anything_goes_on(
    blobs: Blobs, whole: ClusterResult, tmp_path: Path
) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / ".work.json.0123456789abcdef.tmp").write_bytes(b"{")
    assert_same(cluster(blobs.embeddings, work_dir=tmp_path), whole)
    assert not list(tmp_path.glob(".*"))


def test_a_file_is_no_work_directory(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file' is no folder; name a new or an empty one"):
        cluster(blobs.embeddings, work_dir=tmp_path / "file")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_a_file_system_without_locks_is_told_of(
    number: int, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)  # some network drives answer so
    with pytest.raises(OSError, match=r"knows no locks \(.+\); use a work directory on a local"):
        cluster(blobs.embeddings, work_dir=tmp_path)


def test_two_runs_do_not_share_a_work_directory(blobs: Blobs, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="another run is using"):
            cluster(blobs.embeddings, work_dir=tmp_path)
    cluster(blobs.embeddings, work_dir=tmp_path)


@pytest.mark.parametrize("file", ["neighbors-ids.npy", "affinity-depth.npy", "neighbors.json"])
def test_a_damaged_stage_is_refused(file: str, blobs: Blobs, tmp_path: Path) -> None:
    cluster(blobs.embeddings, work_dir=tmp_path)
    content = bytearray((tmp_path / file).read_bytes())
    content[-3] ^= 0xFF
    (tmp_path / file).write_bytes(bytes(content[: -1 if file.endswith("json") else None]))
    with pytest.raises(ValueError, match=f"{file}' is damaged or has been changed; empty "):
        cluster(blobs.embeddings, work_dir=tmp_path)


def test_what_a_killed_run_left_half_written_is_removed(
    blobs: Blobs, whole: ClusterResult, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        cluster(blobs.embeddings, progress=stop_at("Relations"), work_dir=tmp_path)
    (tmp_path / ".affinity-depth.npy.77.tmp").write_bytes(b"half")
    assert_same(cluster(blobs.embeddings, work_dir=tmp_path), whole)
    assert not list(tmp_path.glob(".*"))


def test_a_full_disk_gives_one_sentence_and_keeps_what_was_finished(tmp_path: Path) -> None:
    x = np.eye(3, dtype=np.float32)
    with open_work_dir(tmp_path, x, 2) as work:
        work.save("small", {"a": np.arange(4)}, note=7)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
        try:
            with pytest.raises(OSError, match=r"no room on the disk for .*large-a.npy'; free some"):
                work.save("large", {"a": np.arange(10_000)})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert work.load("large") is None
        kept = work.load("small")
        assert kept is not None
        assert (kept.arrays["a"].tolist(), kept.numbers) == ([0, 1, 2, 3], {"note": 7})
    assert not list(tmp_path.glob(".*"))


def test_a_stage_of_other_settings_does_not_count(tmp_path: Path) -> None:
    with open_work_dir(tmp_path, np.eye(3, dtype=np.float32), 2) as work:
        work.save("stage", {"a": np.arange(4)}, "model one")
        assert work.load("stage", "model two") is None
        assert work.load("stage", "model one") is not None
    assert ", k 2, rows " in json.loads((tmp_path / "work.json").read_text())["key"]


@pytest.mark.parametrize(
    "other",
    [np.arange(6).reshape(2, 3), np.arange(6, dtype=np.int32), np.array([0, 1, 2, 3, 5, 4])],
)
def test_hashes_tell_arrays_apart(other: npt.NDArray[np.integer]) -> None:
    assert hash_array(other) != hash_array(np.arange(6))
    assert hash_array(other) == hash_array(other.copy())
