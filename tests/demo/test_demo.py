"""The demo from its command line: what it prints and keeps, and what it says to wrong input."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo import sources
from demo.__main__ import address
from demo.errors import DemoError

if TYPE_CHECKING:
    import fiftyone as fo

ROOT = Path(__file__).resolve().parents[2]

Demo = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Runs `python -m demo` with a workspace of its own and none of this process's settings."""
    workspace = tmp_path_factory.mktemp("workspace")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIFTYONE_")}
    environment = {**kept, "AUTOLABEL_DEMO_DIR": str(workspace)}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "demo", "--no-app", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280
        )

    return run


@pytest.fixture
def folder(image_folder: Path, tmp_path: Path) -> Path:
    """A folder of 40 digits in sub-folders."""
    for path in sorted(image_folder.glob("*/*.png"), key=lambda path: path.name)[:40]:
        copy = tmp_path / "digits" / path.parent.name / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return tmp_path / "digits"


def test_own_folder_is_clustered_and_kept_in_step(demo: Demo, folder: Path) -> None:
    (folder / "broken.png").write_text("no picture")
    first = demo("--images", str(folder), "--labels", "folders")
    assert first.returncode == 0, first.stderr
    assert "Images            41" in first.stdout
    assert "compared with the 10 kinds" in first.stdout
    assert "BCubed" in first.stdout
    assert "is not an image of a known format" in first.stdout

    again = demo("--images", str(folder), "--labels", "folders")
    assert "clustered by an earlier demo" in again.stdout
    assert "Images            41" in again.stdout

    (folder / "broken.png").unlink()
    next(folder.glob("0/*.png")).unlink()
    changed = demo("--images", str(folder), "--labels", "folders")
    assert "Images            39" in changed.stdout
    assert "clustered by an earlier demo" not in changed.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--images", "/no/such/folder"], "The folder '/no/such/folder' does not exist"),
        (["--images", __file__], "is a file, not a folder"),
        (["--labels", "folders"], "LABELS=folders goes with IMAGES=folder."),
        (["--zoo", "no-such-set"], "FiftyOne's zoo has no dataset 'no-such-set'"),
    ],
)
def test_wrong_input_gets_one_sentence(demo: Demo, arguments: list[str], sentence: str) -> None:
    ended = demo(*arguments)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_address_names_the_dataset_as_it_is_called() -> None:
    assert address(80, "my_photos & more", "cluster: one tile per cluster") == (
        "http://localhost:80/datasets/my_photos%20%26%20more?view=cluster-one-tile-per-cluster"
    )


def test_digits_are_1797_images_of_ten_kinds(tmp_path: Path) -> None:
    files = sources.digits(tmp_path)
    assert len(files.labels) == 1797
    assert len(set(files.labels.values())) == 10
    assert all(Path(path).is_file() for path in files.labels)


def test_folder_is_searched_with_its_sub_folders(folder: Path) -> None:
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "a.png").touch()
    (folder / "notes.txt").touch()
    (folder / "3" / "UPPER.JPG").touch()
    files = sources.folder(str(folder), "folders")
    assert len(files.labels) == 41
    assert files.labels[str(folder / "3" / "UPPER.JPG")] == "3"
    assert sources.folder(str(folder), None).labels.keys() == files.labels.keys()
    assert not any(sources.folder(str(folder), None).labels.values())


def test_paths_are_spelled_as_fiftyone_spells_them(folder: Path) -> None:
    direct = sources.folder(str(folder), None)
    around = sources.folder(str(folder / ".." / folder.name), None)
    assert around.labels == direct.labels
    assert not any(".." in path for path in around.labels)


def test_folder_without_images_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="There are no images in the folder"):
        sources.folder(str(tmp_path), None)


def test_flat_folder_has_no_folder_labels(folder: Path) -> None:
    with pytest.raises(DemoError, match="needs images in sub-folders"):
        sources.folder(str(folder / "3"), "folders")


def test_labels_can_only_be_folders(folder: Path) -> None:
    with pytest.raises(DemoError, match=r"LABELS can only be 'folders' \(got 'yes'\)"):
        sources.folder(str(folder), "yes")


def test_folders_of_one_name_are_different_datasets(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "other" / "digits")
    names = {sources.folder(str(p), None).dataset_name for p in tmp_path.glob("**/digits")}
    assert len(names) == 2


def test_replaced_file_is_taken_anew(mongod: None, folder: Path) -> None:
    import fiftyone as fo

    from demo.datasets import sync

    files = sources.folder(str(folder), "folders")
    dataset, is_changed = sync(files)
    try:
        assert is_changed
        ids = _ids(dataset)
        assert sync(files)[1] is False
        replaced = next(folder.glob("5/*.png"))
        later = dataset.last_modified_at.timestamp() + 3600
        os.utime(replaced, (later, later))
        assert sync(files)[1] is True
        changed = [path for path, sample in _ids(dataset).items() if ids[path] != sample]
        assert changed == [str(replaced)]
        assert dataset.match(fo.ViewField("filepath") == str(replaced)).values(
            "ground_truth.label"
        ) == ["5"]
    finally:
        dataset.delete()


def _ids(dataset: "fo.Dataset") -> dict[str, str]:
    return dict(zip(*dataset.values(["filepath", "id"]), strict=True))
