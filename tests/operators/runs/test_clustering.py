import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tools.mongod import free_port, running_mongod, stop

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
State = Callable[["fo.Dataset"], dict[str, Any]]
StopAt = Callable[[str], Callable[[float, str], None]]

# Clusters a dataset, but waits for a line from outside before the first label is written.
WAITS = """
import sys
import fiftyone as fo
import fiftyone.operators as foo
import numpy as np

foo.list_operators()
from fiftyone.plugins.orgs.autolabel.gcn.operators import cluster_images, delete_run, list_runs

def wait(share, label):
    if label.startswith("Writing"):
        print("writing", flush=True)
        sys.stdin.readline()

if sys.argv[1] == "cluster":
    rows = np.eye(8, dtype=np.float32)[[0, 0, 0, 1, 1, 1]] + 0.01
    dataset = fo.Dataset("gone", persistent=True)
    dataset.add_samples(fo.Sample(filepath=f"{i}.png", vectors=row) for i, row in enumerate(rows))
    cluster_images(dataset, embeddings_field="vectors", progress=wait)
else:
    dataset = fo.load_dataset("gone")
    print([run.status for run in list_runs(dataset)])
    delete_run(dataset, "cluster")
    print(dataset.list_runs(), dataset.has_field("cluster"))
"""


@pytest.fixture
def clustering(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.runs.clustering")


def groups(labels: list[str | None]) -> list[set[str | None]]:
    return [set(labels[start : start + 10]) for start in (0, 10, 20)]


def test_blobs_become_clusters(clustering: ModuleType, embedded: "fo.Dataset") -> None:
    report = clustering.cluster_images(embedded, embeddings_field="vectors")
    labels = embedded.values("cluster.label")
    assert [len(group) for group in groups(labels)] == [1, 1, 1]
    assert len(set(labels)) == 3
    assert set(labels) == {"c00000", "c00001", "c00002"}
    assert report.counts["clusters"] == 3
    assert report.counts["clustered"] == 30
    assert report.largest[0] == {"cluster": "c00000", "size": 10}
    assert report.saved_view in embedded.list_saved_views()
    low, high = embedded.bounds("cluster.confidence")
    assert 0 <= low <= high <= 1


def test_record_says_how_it_was_done(clustering: ModuleType, embedded: "fo.Dataset") -> None:
    view = embedded.limit(20)
    clustering.cluster_images(view, embeddings_field="vectors", k=5, seed=3, run_key="mine")
    config = embedded.get_run_info("mine").config
    assert config.method == "autolabel/gcn"
    assert config.status == "complete"
    assert (config.params["k"], config.seed) == (5, 3)
    assert config.embeddings["embeddings_field"] == "vectors"
    assert config.embeddings["dimension"] == 16
    assert len(config.checkpoint["sha256"]) == 64
    assert "Limit" in config.target["stages"]
    assert config.counts["items"] == 20
    assert all(stage["seconds"] >= 0 for stage in config.stages)
    results = embedded.load_run_results("mine", cache=False)
    assert results.ids == view.values("id")
    assert len(results.labels) == len(results.confidence) == len(results.parts) == 20


def test_report_is_plain_json(clustering: ModuleType, embedded: "fo.Dataset") -> None:
    report = clustering.cluster_images(embedded, embeddings_field="vectors").as_dict()
    assert json.loads(json.dumps(report)) == report


def test_same_call_gives_the_same_clusters(clustering: ModuleType, embedded: "fo.Dataset") -> None:
    clustering.cluster_images(embedded, embeddings_field="vectors")
    clustering.cluster_images(embedded, embeddings_field="vectors", cluster_field="again")
    assert embedded.values("cluster.label") == embedded.values("again.label")


def test_view_alone_is_clustered(clustering: ModuleType, embedded: "fo.Dataset") -> None:
    clustering.cluster_images(embedded.skip(10), embeddings_field="vectors", save_view=False)
    labels = embedded.values("cluster.label")
    assert labels[:10] == [None] * 10
    assert None not in labels[10:]
    assert embedded.list_saved_views() == []


def test_missing_embeddings_are_counted_and_shift_nobody(
    clustering: ModuleType, embedded: "fo.Dataset"
) -> None:
    ids = embedded.values("id")
    embedded.set_values("vectors", {ids[0]: None, ids[13]: None}, key_field="id")
    report = clustering.cluster_images(embedded, embeddings_field="vectors")
    assert report.counts["without_embedding"] == 2
    labels = embedded.values("cluster.label")
    assert (labels[0], labels[13]) == (None, None)
    assert len(set(labels[1:10])) == len(set(labels[20:])) == 1
    assert labels[1] != labels[20]


def test_objects_are_clustered(clustering: ModuleType, with_objects: "fo.Dataset") -> None:
    report = clustering.cluster_images(
        with_objects, patches_field="objects", embeddings_field="vectors"
    )
    assert (report.run_key, report.cluster_field) == (
        "objects_cluster",
        "objects.detections.cluster",
    )
    labels = with_objects.values("objects.detections.cluster", unwind=True)
    assert [len(group) for group in groups(labels)] == [1, 1, 1]
    assert len(with_objects.load_saved_view(report.saved_view)) == 3


def test_patches_view_alone_is_clustered(
    clustering: ModuleType, with_objects: "fo.Dataset"
) -> None:
    patches = with_objects.to_patches("objects").limit(20)
    clustering.cluster_images(patches, embeddings_field="vectors")
    labels = with_objects.values("objects.detections.cluster", unwind=True)
    assert labels[20:] == [None] * 10
    assert None not in labels[:20]


def test_brain_index_is_clustered(
    clustering: ModuleType, embedded: "fo.Dataset", blobs: np.ndarray
) -> None:
    import fiftyone.brain as fob

    fob.compute_similarity(embedded, embeddings=blobs, brain_key="index", backend="sklearn")
    clustering.cluster_images(embedded, brain_key="index")
    assert [len(group) for group in groups(embedded.values("cluster.label"))] == [1, 1, 1]
    with pytest.raises(ValueError, match="Choose a similarity index"):
        clustering.cluster_images(embedded, brain_key="index", embeddings_field="vectors")


def test_one_call_embeds_and_clusters_and_the_next_reuses(
    clustering: ModuleType,
    make_dataset: Callable[..., "fo.Dataset"],
    image_folder: Path,
    tmp_path: Path,
) -> None:
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    paths = sorted(image_folder.glob("*/*.png"))[:6]
    dataset = make_dataset([*paths, empty])
    report = clustering.cluster_images(dataset)
    assert list(report.failed) == [dataset.last().id]
    assert report.counts["failed"] == 1
    assert dataset.count("gcn_embedding") == dataset.count("cluster") == 6
    assert dataset.last()["cluster"] is None
    vectors = dataset.values("gcn_embedding")
    clustering.cluster_images(dataset, overwrite=True)
    np.testing.assert_array_equal(dataset.values("gcn_embedding")[0], vectors[0])


@pytest.mark.parametrize("stage", ["Reading", "Writing"])
def test_cancelled_run_leaves_the_dataset_as_it_was(
    clustering: ModuleType, embedded: "fo.Dataset", state_of: State, stop_at: StopAt, stage: str
) -> None:
    before = state_of(embedded)
    with pytest.raises(Exception, match=stage):
        clustering.cluster_images(embedded, embeddings_field="vectors", progress=stop_at(stage))
    assert state_of(embedded) == before


def test_cancelled_replacement_leaves_the_old_run(
    clustering: ModuleType, embedded: "fo.Dataset", state_of: State, stop_at: StopAt
) -> None:
    clustering.cluster_images(embedded, embeddings_field="vectors")
    before = state_of(embedded)
    with pytest.raises(Exception, match="Writing"):
        clustering.cluster_images(
            embedded.limit(15),
            embeddings_field="vectors",
            overwrite=True,
            progress=stop_at("Writing"),
        )
    assert state_of(embedded) == before


def test_overwrite_replaces_run_and_field(clustering: ModuleType, embedded: "fo.Dataset") -> None:
    clustering.cluster_images(embedded, embeddings_field="vectors")
    with pytest.raises(ValueError, match="The run 'cluster' exists; overwrite it, or"):
        clustering.cluster_images(embedded, embeddings_field="vectors")
    clustering.cluster_images(embedded.limit(15), embeddings_field="vectors", overwrite=True)
    assert embedded.list_runs() == ["cluster"]
    assert embedded.count("cluster") == 15
    assert embedded.get_run_info("cluster").config.counts["items"] == 15


def test_a_known_number_of_clusters_is_made_and_recorded(
    clustering: ModuleType, embedded: "fo.Dataset"
) -> None:
    report = clustering.cluster_images(embedded, embeddings_field="vectors", num_clusters=2)
    assert len(embedded.distinct("cluster.cluster_id")) == report.counts["clusters"] == 2
    assert embedded.get_run_info("cluster").config.params["num_clusters"] == 2
    names = [stage["name"] for stage in report.stages]
    assert "Number of clusters" in names


def test_samples_deleted_in_mid_run_are_passed_over(
    clustering: ModuleType, embedded: "fo.Dataset"
) -> None:
    def delete_two(share: float, label: str) -> None:
        if label.startswith("Writing"):
            embedded.delete_samples(embedded.limit(2))

    report = clustering.cluster_images(embedded, embeddings_field="vectors", progress=delete_two)
    assert report.warnings[-1] == "2 images deleted while the run was going on"
    assert embedded.count("cluster") == 28


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"k": 30}, r"'k' must be smaller than the number of images \(got 30 for 30 images\)"),
        (
            {"num_clusters": 31},
            r"'num_clusters' must be at most the number of images \(got 31 for 30 images\)",
        ),
        ({"num_clusters": 0}, "'num_clusters' must be a whole number of at least 1"),
        ({"k": 0}, "'k' must be a whole number of at least 1"),
        ({"checkpoint": "gone.pt"}, "There is no file 'gone.pt'"),
        ({"embeddings_field": "vector"}, "did you mean 'vectors'"),
        ({"embeddings_field": None, "brain_key": "index"}, "There is no brain run 'index'"),
        ({"embeddings_field": None, "backbone": "lenet"}, "There is no model 'lenet'"),
        ({"cluster_field": "ground_truth"}, "was not written by this plugin"),
        ({"run_key": "no key"}, "'run_key' must start with a letter"),
    ],
)
def test_bad_parameters_get_one_sentence_and_change_nothing(
    clustering: ModuleType,
    embedded: "fo.Dataset",
    state_of: State,
    given: dict[str, Any],
    message: str,
) -> None:
    before = state_of(embedded)
    with pytest.raises(ValueError, match=message) as caught:
        clustering.cluster_images(embedded, **{"embeddings_field": "vectors", **given})
    assert "\n" not in str(caught.value)
    assert state_of(embedded) == before


def test_corrupt_checkpoint_is_refused_before_any_work(
    clustering: ModuleType, dataset: "fo.Dataset", tmp_path: Path, state_of: State
) -> None:
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"not a checkpoint")
    before = state_of(dataset)
    with pytest.raises(ValueError, match=r"broken\.pt"):
        clustering.cluster_images(dataset, checkpoint=str(broken))
    assert state_of(dataset) == before


@pytest.mark.parametrize(("count", "message"), [(0, "There are no images"), (1, "1.; add more")])
def test_too_few_images_are_refused(
    clustering: ModuleType, embedded: "fo.Dataset", count: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        clustering.cluster_images(embedded.limit(count), embeddings_field="vectors")


def test_lost_database_gets_one_sentence_and_one_call_cleans_up(
    mongod: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    uri = f"mongodb://127.0.0.1:{port}/?serverSelectionTimeoutMS=1000"
    monkeypatch.setenv("FIFTYONE_DATABASE_URI", uri)
    command = [sys.executable, "-c", WAITS]
    pipes: dict[str, Any] = {"stdin": -1, "stdout": -1, "stderr": -1, "text": True}
    with (
        running_mongod(tmp_path / "db", port) as server,
        subprocess.Popen([*command, "cluster"], **pipes) as worker,
    ):
        assert worker.stdout
        assert worker.stdout.readline() == "writing\n"
        stop(server)
        _, errors = worker.communicate("go on\n", timeout=120)
    assert worker.returncode == 1
    assert "ConnectionError: The connection to the database was lost while clustering" in errors
    with running_mongod(tmp_path / "db", port):
        done = subprocess.run([*command, "clean"], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines() == ["['incomplete']", "[] False"]
