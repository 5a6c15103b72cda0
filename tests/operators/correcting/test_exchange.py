import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Fields = Callable[["fo.Dataset"], list[Any]]
Part = Callable[[str], ModuleType]
Check = Callable[["fo.Dataset"], None]


@pytest.fixture
def corrected(write: ModuleType, either: "fo.Dataset") -> "fo.Dataset":
    write.confirm_clusters(either, ["c00000"], name="Tom 🐈")
    write.merge_clusters(either, ["c00001", "c00002"])
    write.apply_labels(either, "species")
    write.undo_correction(either)
    write.redo_correction(either)
    write.answer_pair(either, "c00001", "c00003", "different")
    write.mark_noise(either, clusters=["c00003"])
    return either


def reset(plugin_part: Part, dataset: "fo.Dataset") -> None:
    plugin_part("operators").load_run(dataset, "cluster", corrections=False)


def test_exported_log_does_all_of_it_again(
    write: ModuleType,
    read: ModuleType,
    plugin_part: Part,
    corrected: "fo.Dataset",
    fields_of: Fields,
    check: Check,
    tmp_path: Path,
) -> None:
    end, history = fields_of(corrected), read.read_history(corrected)
    path = tmp_path / "log.jsonl"
    report = write.export_corrections(corrected, str(path))
    assert (report["entries"], report["problem"]) == (7, None)
    reset(plugin_part, corrected)
    assert fields_of(corrected) != end
    assert write.import_corrections(corrected, str(path))["entries"] == 7
    assert fields_of(corrected) == end
    again = read.read_history(corrected)
    assert [e["text"] for e in again["entries"]] == [e["text"] for e in history["entries"]]
    assert [e["at"] for e in again["entries"]] == [e["at"] for e in history["entries"]]
    check(corrected)
    assert write.export_corrections(corrected)["lines"] == path.read_text()
    write.undo_correction(corrected, to=0)
    check(corrected)


def test_lines_say_what_which_before_after_and_when(
    write: ModuleType, clustered: "fo.Dataset"
) -> None:
    write.merge_clusters(clustered, ["c00002", "c00003"])
    head, line = map(json.loads, write.export_corrections(clustered)["lines"].splitlines())
    assert (head["format"], head["version"]) == ("autolabel/gcn corrections", 1)
    assert line["kind"] == "merge"
    assert (line["before"], line["after"]) == ([3] * 4, [2] * 4)
    assert len(line["items"]) == 4
    assert line["at"].endswith("+00:00")


def test_missing_end_of_the_log_is_added(
    write: ModuleType, corrected: "fo.Dataset", plugin_part: Part, fields_of: Fields
) -> None:
    end = fields_of(corrected)
    text = write.export_corrections(corrected)["lines"]
    reset(plugin_part, corrected)
    head, one, two, *_ = text.splitlines()
    first = "\n".join([json.dumps(json.loads(head) | {"entries": 2}), one, two])
    assert write.import_corrections(corrected, lines=first)["entries"] == 2
    assert write.import_corrections(corrected, lines=text)["entries"] == 5
    assert write.import_corrections(corrected, lines=text)["entries"] == 0
    assert fields_of(corrected) == end


def test_unfit_logs_get_one_sentence_and_change_nothing(
    write: ModuleType,
    clustered: "fo.Dataset",
    plugin_part: Part,
    fields_of: Fields,
    tmp_path: Path,
) -> None:
    write.merge_clusters(clustered, ["c00002", "c00003"])
    write.confirm_clusters(clustered, ["c00001"])
    text = write.export_corrections(clustered)["lines"]
    head, one, two, _ = text.split("\n")
    other = json.loads(one) | {"before": [7] * 4}
    reset(plugin_part, clustered)
    before = fields_of(clustered)
    cases = {
        "": "This is no log of corrections; choose a file that Export corrections",
        "hello\n": "This is no log of corrections",
        head.replace('"version": 1', '"version": 2'): "newer version of the plugin \\(format 2",
        head.replace('"base": "', '"base": "0'): "belongs to another clustering",
        f"{head}\n{one[:-9]}": "Line 2 of the log is damaged",
        f"{head}\n{two}": "Line 2 of the log is damaged",
        f"{head}\n{one}\n[]": "Line 3 of the log is damaged",
        f"{head}\n{json.dumps(other)}\n{two}": "Correction 1 of the log does not fit",
    }
    for lines, sentence in cases.items():
        path = tmp_path / "log.jsonl"
        path.write_text(lines)
        with pytest.raises(ValueError, match=sentence):
            write.import_corrections(clustered, str(path))
    assert fields_of(clustered) == before
    write.rename_cluster(clustered, "c00000", "Tom")
    with pytest.raises(ValueError, match="has corrections that the log lacks, from number 1 on"):
        write.import_corrections(clustered, lines=text)


def test_files_that_cannot_be_used_are_named(
    write: ModuleType, clustered: "fo.Dataset", tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        write.import_corrections(clustered, str(tmp_path / "gone"))
    (tmp_path / "image.png").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ValueError, match="is no text file; choose a file that"):
        write.import_corrections(clustered, str(tmp_path / "image.png"))
    with pytest.raises(ValueError, match=r"either the file of a log \('path'\) or its lines"):
        write.import_corrections(clustered)
    with pytest.raises(ValueError, match="cannot be written: There is no folder"):
        write.export_corrections(clustered, str(tmp_path / "no" / "log"))
    for unfit, why in {"x" * 5_000: "File name too long", "~nobody-of-this-name/x": "home"}.items():
        with pytest.raises(ValueError, match=f"cannot be written: .*{why}"):
            write.export_corrections(clustered, unfit)
        with pytest.raises(ValueError, match=f"cannot be read: .*{why}"):
            write.import_corrections(clustered, unfit)


def test_what_is_no_file_is_neither_replaced_nor_read(
    write: ModuleType, clustered: "fo.Dataset", tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"  # stands for any device, of which root could replace the real ones
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/")):
        with pytest.raises(ValueError, match="cannot be written: It is not a file"):
            write.export_corrections(clustered, str(path))
        with pytest.raises(ValueError, match="cannot be read: It is not a file"):
            write.import_corrections(clustered, str(path))
    assert pipe.is_fifo()


def test_an_older_export_is_replaced_and_nothing_else(
    write: ModuleType, clustered: "fo.Dataset", tmp_path: Path
) -> None:
    precious, empty, log = (tmp_path / name for name in ("precious.txt", "empty", "log.jsonl"))
    precious.write_text("no export\n")
    with pytest.raises(ValueError, match="It is there and holds something else"):
        write.export_corrections(clustered, str(precious))
    assert precious.read_text() == "no export\n"
    empty.touch()
    for path in (empty, log, log):
        write.merge_clusters(clustered, ["c00002", "c00003"])
        report = write.export_corrections(clustered, str(path))
        assert path.read_text().count("\n") == report["entries"] + 1
        write.undo_correction(clustered)


def test_an_import_of_what_is_there_says_so(write: ModuleType, clustered: "fo.Dataset") -> None:
    write.merge_clusters(clustered, ["c00002", "c00003"])
    lines = write.export_corrections(clustered)["lines"]
    report = write.import_corrections(clustered, lines=lines)
    assert report["text"] == "Imported 0 corrections: the run has all that the log holds"


def test_a_link_stays_one_and_the_report_names_the_whole_path(
    write: ModuleType,
    clustered: "fo.Dataset",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "log")
    monkeypatch.chdir(tmp_path)
    report = write.export_corrections(clustered, "link")
    assert report["path"] == str((tmp_path / "log").resolve())
    assert (tmp_path / "link").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "log"]


def test_damaged_log_is_exported_up_to_the_damage(
    write: ModuleType, clustered: "fo.Dataset", open_review: Callable[..., Any]
) -> None:
    write.merge_clusters(clustered, ["c00002", "c00003"])
    write.merge_clusters(clustered, ["c00000", "c00001"])
    tables = open_review(clustered).tables
    tables.changes.delete_one(tables.query(entry=2))
    report = write.export_corrections(clustered)
    assert report["entries"] == 1
    assert "correction 2 is damaged" in report["problem"]


def test_times_are_those_of_the_corrections_in_whatever_time_zone_fiftyone_shows_them(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", monkeypatch: pytest.MonkeyPatch
) -> None:
    import fiftyone as fo

    write.rename_cluster(clustered, "c00000", "Tom")
    (before,) = read.read_history(clustered)["entries"]
    with monkeypatch.context() as patch:
        patch.setattr(fo.config, "timezone", "America/New_York")
        (entry,) = read.read_history(clustered)["entries"]
        lines = write.export_corrections(clustered)["lines"]
    assert entry["at"] == before["at"]
    assert write.import_corrections(clustered, lines=lines)["entries"] == 0
