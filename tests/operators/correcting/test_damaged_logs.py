"""Files of corrections that were cut off, edited or made up: refused before anything is written."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Fields = Callable[["fo.Dataset"], list[Any]]
Part = Callable[[str], ModuleType]
Check = Callable[["fo.Dataset"], None]
Lines = list[dict[str, Any]]
NOBODY = "0" * 24


@pytest.fixture
def log(write: ModuleType, plugin_part: Part, either: "fo.Dataset") -> Lines:
    """A header and six corrections of a run that has none of them any more."""
    write.confirm_clusters(either, ["c00000"], name="Tom")
    write.merge_clusters(either, ["c00001", "c00002"])
    write.answer_pair(either, "c00000", "c00003", "different")
    write.apply_labels(either, "kind")
    write.undo_correction(either)
    write.redo_correction(either)
    text = write.export_corrections(either)["lines"]
    plugin_part("operators").load_run(either, "cluster", corrections=False)
    either.delete_sample_field("objects.detections.kind" if is_patches(either) else "kind")
    return [json.loads(line) for line in text.splitlines()]


def is_patches(dataset: "fo.Dataset") -> bool:
    return dataset.has_field("objects")


def text_of(log: Lines) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in log)


@pytest.fixture
def is_refused(
    write: ModuleType,
    read: ModuleType,
    fields_of: Fields,
    check: Check,
    either: "fo.Dataset",
) -> Callable[[str, str], None]:
    """Tells that a log gets a sentence, and that nothing is written of it."""

    def refused(text: str, sentence: str) -> None:
        fields, schema = fields_of(either), set(either.get_field_schema(flat=True))
        paths = either.values("filepath")
        with pytest.raises(ValueError, match=sentence) as caught:
            write.import_corrections(either, lines=text)
        assert "nothing was imported" in str(caught.value)
        assert len(str(caught.value)) < 400
        either.reload()
        assert fields_of(either) == fields
        assert set(either.get_field_schema(flat=True)) == schema
        assert either.values("filepath") == paths
        assert read.read_history(either)["total"] == 0
        check(either)

    return refused


def test_log_that_is_whole_is_taken_and_makes_the_label_field(
    write: ModuleType, either: "fo.Dataset", log: Lines, check: Check
) -> None:
    assert log[0]["entries"] == 6
    report = write.import_corrections(either, lines=text_of(log))
    assert (report["entries"], report["notice"]) == (6, "")
    path = "objects.detections.kind" if is_patches(either) else "kind.label"
    assert either.count_values(path)["Tom"] == 10
    check(either)


def test_log_that_was_cut_off_at_the_end_of_a_line_is_refused(
    is_refused: Callable[[str, str], None], log: Lines
) -> None:
    for kept in (0, 1, 4, 5):
        is_refused(
            text_of(log[: kept + 1]), f"counts 6 corrections, {kept} follow; export it again"
        )


def test_header_that_counts_nonsense_is_refused(
    is_refused: Callable[[str, str], None], log: Lines
) -> None:
    for entries in [None, "6", 6.0, True, -1, 10**30]:
        log[0]["entries"] = entries
        is_refused(text_of(log), "The log is not whole: its first line counts")


def test_header_of_an_older_version_counts_nothing_and_is_taken(
    write: ModuleType, either: "fo.Dataset", log: Lines, check: Check
) -> None:
    del log[0]["entries"]
    assert write.import_corrections(either, lines=text_of(log[:3]))["entries"] == 2
    check(either)


def test_header_counts_what_could_be_exported_of_a_damaged_record(
    write: ModuleType, plugin_part: Part, clustered: "fo.Dataset", open_review: Callable[..., Any]
) -> None:
    write.merge_clusters(clustered, ["c00002", "c00003"])
    write.merge_clusters(clustered, ["c00000", "c00001"])
    tables = open_review(clustered).tables
    tables.changes.delete_one(tables.query(entry=2))
    lines = write.export_corrections(clustered)["lines"]
    plugin_part("operators").load_run(clustered, "cluster", corrections=False)
    assert write.import_corrections(clustered, lines=lines)["entries"] == 1


WRONG: list[tuple[int, dict[str, Any], str]] = [
    (1, {"names": [[0, None, "x" * 100_000]]}, "A name has at most 200 characters"),
    (1, {"names": [[0, None, "noise"]]}, "no cluster can have one of its names"),
    (1, {"names": [[0, None, "c00007"]]}, "no cluster can have one of its names"),
    (1, {"names": [[0, None, "a\nb"]]}, "one line without control characters"),
    (1, {"names": [[0, None, "\ud800"]]}, "one line without control characters"),
    (1, {"names": [[0, None, " Tom"]]}, "no cluster can have the name ' Tom'"),
    (1, {"names": [[0, None, ""]]}, "no cluster can have the name ''"),
    (1, {"names": [[0, None, 5]]}, "a name must be a text \\(got 5\\)"),
    (1, {"names": [[0, None, {"$x": 1}]]}, "a name must be a text"),
    (1, {"names": [["0", None, "Tom"]]}, "'names' has no number of a cluster"),
    (1, {"names": [[-1, None, "Tom"]]}, "'names' has no number of a cluster"),
    (1, {"names": [[2**40, None, "Tom"]]}, "'names' has no number of a cluster"),
    (1, {"names": [[0, "Tom"]]}, "each of 'names' must be a cluster and two names"),
    (1, {"names": None}, "'names' must be a list \\(got None\\)"),
    (1, {"after": [-7] * 10}, "'after' has a value that it cannot have"),
    (1, {"after": [2**31 - 1] * 10}, "'after' has a value that it cannot have"),
    (1, {"after": [10**30] * 10}, "'after' has a value that it cannot have"),
    (1, {"after": [0.5] * 10}, "'after' has a value that it cannot have"),
    (1, {"after": ["0"] * 10}, "'after' has a value that it cannot have"),
    (1, {"after": [True] * 10}, "'after' has a value that it cannot have"),
    (1, {"after": [0] * 9}, "'after' has 9 values for 10 items"),
    (1, {"is_confirmed": [None] * 10}, "'is_confirmed' has a value that it cannot have"),
    (1, {"confidence": [float("nan")] * 10}, "'confidence' has a value that it cannot have"),
    (1, {"parts": [2**31] * 10}, "'parts' has a value that it cannot have"),
    (1, {"items": ["zz"] * 10}, "'items' must hold ids of images or patches"),
    (1, {"items": [NOBODY] * 10}, "'items' names one item twice"),
    (1, {"kind": "bogus"}, "no correction of the kind 'bogus'"),
    (1, {"kind": ["merge"]}, "it has values that no export writes"),
    (1, {"kind": "labels"}, "a correction of the kind 'labels', and no other, has 'labels'"),
    (1, {"number": True}, "correction 1 was expected \\(got True\\)"),
    (1, {"number": 2}, "correction 1 was expected \\(got 2\\)"),
    (1, {"text": "x" * 2001}, "'text' must be a text of at most 2,000 characters"),
    (1, {"text": 5}, "'text' must be a text"),
    (1, {"text": "\ud800"}, "it has values that the database does not take"),
    (1, {"at": "yesterday"}, "'at' is no time \\(got 'yesterday'\\)"),
    (1, {"at": "2026-01-01T00:00:00"}, "'at' lacks its time zone"),
    (1, {"at": "0001-01-01T00:00:00+14:00"}, "'at' is no time"),
    (1, {"extra": 5}, "'extra' must hold values by name \\(got 5\\)"),
    (1, {"extra": {"a.b": {"$x": 1}}}, "'extra' has a value that no export writes"),
    (1, {"extra": {"images": "all"}}, "'images' in 'extra' must be a whole number"),
    (1, {"extra": {"next_id": None}}, "'next_id' in 'extra' must be a whole number"),
    (1, {"extra": {"more": 2**70}}, "it has values that the database does not take"),
    (1, {"extra": {"more": "x" * 17_000_000}}, "bytes, 15,000,000 at most are possible"),
    (1, {"of": [77]}, "'of' is about undo and redo, not 'confirm'"),
    (3, {"verdicts": [[0, 3, None, "foo"]]}, "'foo' is no answer about two clusters"),
    (3, {"verdicts": [[0, 3, 5, None]]}, "5 is no answer about two clusters"),
    (3, {"verdicts": [[0, 0, None, "different"]]}, "no pair of clusters can be \\(0, 0\\)"),
    (3, {"verdicts": [[3, 0, None, "different"]]}, "no pair of clusters can be \\(3, 0\\)"),
    (3, {"verdicts": [[0, 3]]}, "each of 'verdicts' must be two clusters and two answers"),
    (4, {"labels": []}, "a correction of the kind 'labels', and no other, has 'labels'"),
    (4, {"labels": "kind"}, "'labels' must be a list"),
    (4, {"labels": [5]}, "'labels' must hold fields with their items"),
    (5, {"of": [77]}, "'of' names correction 77, which is not there to undo"),
    (5, {"of": [5]}, "'of' names correction 5, which is not there to undo"),
    (5, {"of": [True]}, "'of' names correction True"),
    (5, {"of": []}, "'of' names nothing, or one correction twice"),
    (5, {"of": [4, 4]}, "'of' names nothing, or one correction twice"),
    (5, {"of": 4}, "'of' must be a list"),
    (6, {"of": [3]}, "'of' names correction 3, which is not there to redo"),
]


def test_values_that_no_export_writes_are_refused_with_the_number_of_the_line(
    is_refused: Callable[[str, str], None],
    log: Lines,
) -> None:
    for number, change, sentence in WRONG:
        wrong = [*log[:number], log[number] | change, *log[number + 1 :]]
        is_refused(text_of(wrong), f"Line {number + 1} of the log is damaged: .*{sentence}")


def test_line_that_lacks_something_is_refused(
    is_refused: Callable[[str, str], None], log: Lines
) -> None:
    for name in ["of", "extra", "names", "verdicts", "items", "before", "at"]:
        line = {key: value for key, value in log[2].items() if key != name}
        wrong = [*log[:2], line, *log[3:]]
        is_refused(text_of(wrong), f"Line 3 of the log is damaged: it lacks '{name}'")


LABELS: list[tuple[dict[str, Any], str]] = [
    ({"old": []}, "the lists of 'labels' are of different lengths"),
    ({"new": ["Tom"]}, "the lists of 'labels' are of different lengths"),
    ({"items": None}, "'items' must be a list"),
    ({"items": ["zz"] * 10}, "'labels' must hold ids of images or patches"),
    ({"samples": [5] * 10}, "'labels' must hold ids of images or patches"),
    ({"new": [5] * 10}, "'new' in 'labels' must hold texts"),
    ({"new": [None] * 10}, "'new' in 'labels' must hold texts"),
    ({"new": ["x" * 201] * 10}, "A name has at most 200 characters"),
    ({"old": [5] * 10}, "'old' in 'labels' has a value that is no label"),
    ({"old": [{"label": 5}] * 10}, "'old' in 'labels' has a value that is no label"),
    ({"old": [{"_cls": "Detection"}] * 10}, "'old' in 'labels' has a value that is no label"),
    ({"field": "a.b"}, "'labels' names no field"),
    ({"field": "_id"}, "'labels' names no field"),
    ({"field": 5}, "'labels' names no field"),
]


def test_labels_that_no_export_writes_are_refused(
    is_refused: Callable[[str, str], None], log: Lines
) -> None:
    (part,) = log[4]["labels"]
    for change, sentence in LABELS:
        wrong = [*log[:4], log[4] | {"labels": [part | change]}, *log[5:]]
        is_refused(text_of(wrong), f"Line 5 of the log is damaged: .*{sentence}")


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("filepath", "'filepath' is of the type StringField, labels need a Classification field"),
        ("tags", "'tags' is of the type ListField, labels need a Classification field"),
        ("vectors", "'vectors' is of the type VectorField, labels need a Classification field"),
        ("cluster", "'cluster' holds the clusters"),
    ],
)
@pytest.mark.parametrize("either", ["images"], indirect=True)
def test_labels_go_to_no_field_that_apply_labels_would_refuse(
    is_refused: Callable[[str, str], None], log: Lines, field: str, sentence: str
) -> None:
    log[4]["labels"][0]["field"] = field
    is_refused(text_of(log), f"Line 5 of the log .* cannot be written: {sentence}; put the field")


def test_labels_for_a_read_only_field_are_refused(
    is_refused: Callable[[str, str], None], either: "fo.Dataset", log: Lines
) -> None:
    import fiftyone as fo

    path = "objects.detections.kind" if is_patches(either) else "kind"
    if is_patches(either):
        either.add_sample_field(path, fo.StringField)
    else:
        either.add_sample_field(path, fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification)
    field = either.get_field(path)
    field.read_only = True
    field.save()
    is_refused(text_of(log), f"Line 5 of the log .* '{path}' is read-only; put the field right")


def test_undo_of_labels_that_the_run_has_is_refused_for_a_read_only_field(
    write: ModuleType, read: ModuleType, either: "fo.Dataset", log: Lines
) -> None:
    del log[0]["entries"]
    write.import_corrections(either, lines=text_of(log[:5]))
    field = either.get_field("objects.detections.kind" if is_patches(either) else "kind")
    field.read_only = True
    field.save()
    with pytest.raises(ValueError, match=r"Line 6 of the log .* is read-only; put the field right"):
        write.import_corrections(either, lines=text_of(log))
    assert read.read_history(either)["seq"] == 4


def test_samples_must_be_there_for_patches_and_for_nothing_else(
    is_refused: Callable[[str, str], None], either: "fo.Dataset", log: Lines
) -> None:
    if is_patches(either):
        del log[1]["samples"]
    else:
        log[1]["samples"] = log[1]["items"]
    is_refused(text_of(log), "Line 2 of the log is damaged: it has 'samples' although")


def test_lines_that_are_no_values_are_refused(
    is_refused: Callable[[str, str], None], log: Lines
) -> None:
    for line in ["[" * 100_000, '{"items": {"$oid": "x"}}', "{" * 3, "\x00", "5"]:
        is_refused(text_of(log[:2]) + line, "Line 3 of the log is damaged: it (is|lacks) ")
