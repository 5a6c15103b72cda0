import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

MakeDataset = Callable[..., "fo.Dataset"]


@pytest.fixture
def embeddings(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.embedding.embeddings")


@pytest.fixture
def mixed(make_dataset: MakeDataset, image_folder: Path, tmp_path: Path) -> "fo.Dataset":
    """Six images, of which three cannot be read: empty, truncated, gone."""
    paths = sorted(image_folder.glob("*/*.png"))[:4]
    empty, truncated = tmp_path / "empty.png", tmp_path / "truncated.png"
    empty.write_bytes(b"")
    truncated.write_bytes(paths[3].read_bytes()[:60])
    return make_dataset([paths[0], empty, paths[1], truncated, tmp_path / "gone.png", paths[2]])


def test_unreadable_files_are_listed_and_the_rest_goes_on(
    embeddings: ModuleType, mixed: "fo.Dataset"
) -> None:
    report = embeddings.compute_embeddings(mixed)
    ids = mixed.values("id")
    assert set(report.failed) == {ids[1], ids[3], ids[4]}
    assert (report.n_items, report.n_computed, report.dimension) == (6, 3, 1280)
    vectors = mixed.values("gcn_embedding")
    assert [vector is not None for vector in vectors] == [True, False, True, False, False, True]
    np.testing.assert_allclose(np.linalg.norm(vectors[0]), 1, atol=1e-5)
    assert mixed.get_field("gcn_embedding").info["backbone"] == "efficientnet-lite0"


def test_vectors_are_those_of_the_network(
    embeddings: ModuleType, plugin_part: Callable[[str], ModuleType], dataset: "fo.Dataset"
) -> None:
    view = dataset.limit(3)
    embeddings.compute_embeddings(view)
    expected = plugin_part("gcn").embed_images(view.values("filepath")).embeddings
    np.testing.assert_allclose(np.stack(view.values("gcn_embedding")), expected, atol=1e-5)
    assert dataset.count("gcn_embedding") == 3


def test_a_new_field_says_how_it_was_pooled(embeddings: ModuleType, dataset: "fo.Dataset") -> None:
    embeddings.compute_embeddings(dataset.limit(1))
    assert dataset.get_field("gcn_embedding").info["pooling"] == "generalized"


@pytest.mark.parametrize("only_missing", [True, False])
def test_a_field_goes_on_as_it_was_pooled(
    embeddings: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    dataset: "fo.Dataset",
    only_missing: bool,
) -> None:
    """Fields that do not say were made when there was only the mean."""
    view = dataset.limit(3)
    embeddings.compute_embeddings(view.limit(1))
    field = dataset.get_field("gcn_embedding")
    field.info = {name: value for name, value in field.info.items() if name != "pooling"}
    field.save()
    embeddings.compute_embeddings(view, only_missing=only_missing)
    images = view.values("filepath")
    expected = plugin_part("gcn").embed_images(images, pooling="mean").embeddings
    np.testing.assert_allclose(view.values("gcn_embedding")[1:], expected[1:], atol=1e-5)
    embeddings.compute_embeddings(view, embeddings_field="anew")
    assert dataset.get_field("anew").info["pooling"] == "generalized"


def test_only_missing_continues_after_an_interruption(
    embeddings: ModuleType, dataset: "fo.Dataset"
) -> None:
    embeddings.compute_embeddings(dataset.limit(4))
    first = dataset.first()["gcn_embedding"]
    report = embeddings.compute_embeddings(dataset.limit(6), only_missing=True)
    assert (report.n_computed, report.n_existing) == (2, 4)
    np.testing.assert_array_equal(dataset.first()["gcn_embedding"], first)


def test_what_was_written_before_a_cancellation_stays(
    embeddings: ModuleType, dataset: "fo.Dataset"
) -> None:
    embeddings.compute_embeddings(dataset.limit(2))

    def cancel(share: float, label: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embeddings.compute_embeddings(dataset, only_missing=True, progress=cancel)
    assert dataset.count("gcn_embedding") == 2


def test_objects_get_vectors_of_their_own_box(
    embeddings: ModuleType, plugin_part: Callable[[str], ModuleType], with_objects: "fo.Dataset"
) -> None:
    view = with_objects.limit(2)
    report = embeddings.compute_embeddings(view, patches_field="objects")
    assert report.embeddings_field == "objects.detections.gcn_embedding"
    path = with_objects.first().filepath
    right = plugin_part("gcn").embed_images([(path, (0.5, 0.0, 0.5, 1.0))]).embeddings[0]
    stored = with_objects.first().objects.detections[1]["gcn_embedding"]
    np.testing.assert_allclose(stored, right, atol=1e-5)


def test_objects_without_a_shape_fail_alone(
    embeddings: ModuleType, make_dataset: MakeDataset
) -> None:
    import fiftyone as fo

    line = fo.Polyline(points=[[(0.1, 0.1), (0.9, 0.5)], []])
    lines = [fo.Polyline(), fo.Polyline(points=[]), fo.Polyline(points=[[]]), line]
    boxes = [None, [], [0.1, 0.1, 0.5], [0.1, 0.1, 0.5, 0.5, 0.5], [0.1, 0.1, 0.5, 0.5]]
    made = make_dataset(
        1,
        lines=[fo.Polylines(polylines=lines)],
        boxes=[fo.Detections(detections=[fo.Detection(bounding_box=box) for box in boxes])],
    )
    for field, path in (("lines", "lines.polylines.id"), ("boxes", "boxes.detections.id")):
        report = embeddings.compute_embeddings(made, patches_field=field)
        assert set(report.failed) == set(made.values(path, unwind=True)[:-1])
        assert all("holds no pixel" in reason for reason in report.failed.values())


def test_nothing_readable_is_an_error_that_leaves_no_field(
    embeddings: ModuleType, make_dataset: MakeDataset, tmp_path: Path, state_of: Callable[..., Any]
) -> None:
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    broken = make_dataset([empty, tmp_path / "gone.png"])
    before = state_of(broken)
    with pytest.raises(ValueError, match="None of 2 images could be embedded; for example"):
        embeddings.compute_embeddings(broken)
    assert state_of(broken) == before


def test_two_networks_do_not_share_a_field(embeddings: ModuleType, dataset: "fo.Dataset") -> None:
    embeddings.compute_embeddings(dataset.limit(2))
    with pytest.raises(ValueError, match="holds vectors of 'efficientnet-lite0', which do not"):
        embeddings.compute_embeddings(dataset, backbone="resnet18-imagenet-torch")


def test_a_field_of_somebody_else_is_left_alone(
    embeddings: ModuleType, embedded: "fo.Dataset"
) -> None:
    with pytest.raises(ValueError, match="vectors that this plugin did not compute"):
        embeddings.compute_embeddings(embedded, embeddings_field="vectors")
    with pytest.raises(ValueError, match="'ground_truth' is not a field for vectors"):
        embeddings.compute_embeddings(embedded, embeddings_field="ground_truth")


def test_empty_view_is_refused(embeddings: ModuleType, dataset: "fo.Dataset") -> None:
    with pytest.raises(ValueError, match="no images in this dataset or view; add some"):
        embeddings.compute_embeddings(dataset.limit(0))


def test_report_is_plain_json(embeddings: ModuleType, mixed: "fo.Dataset") -> None:
    import json

    report = embeddings.compute_embeddings(mixed).as_dict()
    assert json.loads(json.dumps(report)) == report
    assert report["n_failed"] == 3


@pytest.mark.parametrize("patches_field", [None, "objects"], ids=["images", "patches"])
def test_an_interruption_keeps_what_was_computed_before_it(
    embeddings: ModuleType, with_objects: "fo.Dataset", patches_field: str | None
) -> None:
    def stop(share: float, label: str) -> None:
        if share > 0.3:
            raise KeyboardInterrupt(label)

    given: dict[str, Any] = {"patches_field": patches_field, "batch_size": 2}
    n_items = 15 if patches_field is None else 30
    with pytest.raises(KeyboardInterrupt) as caught:
        embeddings.compute_embeddings(with_objects, **given, progress=stop)
    n_kept = int(str(caught.value).split()[2])
    assert 0.3 * n_items < n_kept < n_items
    path = f"{patches_field}.detections.gcn_embedding" if patches_field else "gcn_embedding"
    assert with_objects.count(path) == n_kept
    report = embeddings.compute_embeddings(with_objects, **given, only_missing=True)
    assert (report.n_existing, report.n_computed) == (n_kept, n_items - n_kept)
    assert with_objects.count(path) == n_items


def test_an_old_vector_of_a_file_that_became_unreadable_goes(
    embeddings: ModuleType, make_dataset: MakeDataset, image_folder: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        path.write_bytes(next(image_folder.glob("*/*.png")).read_bytes())
    dataset = make_dataset(paths)
    embeddings.compute_embeddings(dataset)
    paths[0].write_bytes(b"")
    report = embeddings.compute_embeddings(dataset)
    assert list(report.failed) == [dataset.first().id]
    assert [vector is not None for vector in dataset.values("gcn_embedding")] == [False, True]


def test_progress_counts_the_images(embeddings: ModuleType, dataset: "fo.Dataset") -> None:
    told: list[tuple[float, str]] = []
    view = dataset.limit(5)
    embeddings.compute_embeddings(
        view, batch_size=2, progress=lambda share, label: told.append((share, label))
    )
    assert told[0] == (0.0, "Computing embeddings: 0 of 5 images")
    assert [share for share, _ in told] == pytest.approx([0, 0.4, 0.8, 1])
    assert told[-1][1] == "Computing embeddings: 5 of 5 images"


def test_field_that_somebody_deletes_on_the_way_is_declared_again(
    embeddings: ModuleType, plugin_part: Callable[[str], ModuleType], dataset: "fo.Dataset"
) -> None:
    writer = plugin_part("operators.embedding.vector_writer")
    params = plugin_part("operators.base.operator_params").ComputeEmbeddingsParams()
    target = plugin_part("operators.data.targets").resolve_target(dataset)
    ids = target.items().ids
    with writer.VectorWriter(target, target.items(), params) as vectors:
        vectors.add(dict.fromkeys(ids[:10], np.ones(8, np.float32)), {})
        vectors._flush()
        dataset.delete_sample_field("gcn_embedding")
        vectors.add(dict.fromkeys(ids[10:], np.ones(8, np.float32)), {})
    dataset.reload()
    assert [sample["gcn_embedding"] is not None for sample in dataset] == [False] * 10 + [True] * 20
    assert dataset.get_field("gcn_embedding").info["backbone"] == "efficientnet-lite0"


# Computes embeddings, slowly enough to be killed on the way.
SLOW = """
import sys, time
import fiftyone as fo
import fiftyone.operators as foo

foo.list_operators()
from fiftyone.plugins.orgs.autolabel.gcn.operators import compute_embeddings
slowly = lambda share, label: time.sleep(0.25)
compute_embeddings(fo.load_dataset(sys.argv[1]), batch_size=4, progress=slowly)
"""


@pytest.mark.slow
def test_killed_run_continues_where_it_stopped(
    embeddings: ModuleType, make_dataset: MakeDataset
) -> None:
    dataset = make_dataset(80)
    with subprocess.Popen([sys.executable, "-c", SLOW, dataset.name]) as child:
        deadline = time.monotonic() + 120
        n_kept = 0
        while not n_kept and time.monotonic() < deadline:
            time.sleep(0.1)
            dataset.reload()
            n_kept = dataset.count("gcn_embedding") if dataset.has_field("gcn_embedding") else 0
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    n_kept = dataset.count("gcn_embedding")
    assert 0 < n_kept < 80
    kept = dataset.exists("gcn_embedding").values(["id", "gcn_embedding"])
    report = embeddings.compute_embeddings(dataset, only_missing=True)
    assert (report.n_existing, report.n_computed) == (n_kept, 80 - n_kept)
    assert dataset.count("gcn_embedding") == 80
    again = dict(zip(*dataset.values(["id", "gcn_embedding"]), strict=True))
    for item, vector in zip(*kept, strict=True):
        np.testing.assert_array_equal(again[item], vector)


def test_read_only_vectors_stay(embeddings: ModuleType, dataset: "fo.Dataset") -> None:
    view = dataset.limit(3)
    embeddings.compute_embeddings(view)
    before = view.values("gcn_embedding")
    field = dataset.get_field("gcn_embedding")
    field.read_only = True
    field.save()
    with pytest.raises(ValueError, match="'gcn_embedding' is read-only, so nothing"):
        embeddings.compute_embeddings(view)
    assert embeddings.compute_embeddings(view, only_missing=True).n_existing == 3
    np.testing.assert_array_equal(view.values("gcn_embedding"), before)
    field.read_only = False
    field.save()


def test_embeddings_stay_where_not_one_image_can_be_read(
    embeddings: ModuleType, make_dataset: MakeDataset, image_folder: Path, tmp_path: Path
) -> None:
    """As when the disk with the images is not there."""
    shutil.copytree(image_folder / "0", tmp_path / "images")
    dataset = make_dataset(sorted((tmp_path / "images").iterdir())[:3])
    embeddings.compute_embeddings(dataset)
    before = np.array(dataset.values("gcn_embedding"))
    (tmp_path / "images").rename(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="None of 3 images could be embedded"):
        embeddings.compute_embeddings(dataset)
    assert np.array_equal(np.array(dataset.values("gcn_embedding")), before)
