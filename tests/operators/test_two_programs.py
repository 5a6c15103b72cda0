"""Python and the App are two programs: what one of them has loaded, the other may have changed."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def in_app(clustered: "fo.Dataset") -> "fo.Dataset":
    """The same dataset as another program has loaded it."""
    import fiftyone as fo

    known = fo.Dataset._instances
    del known[clustered.name]
    other = fo.load_dataset(clustered.name)
    known[clustered.name] = clustered
    assert other is not clustered
    return other


@pytest.fixture
def token(
    clustered: "fo.Dataset", in_app: "fo.Dataset", write: ModuleType, plugin_part: Part
) -> str:
    """That of the run, which the other program loaded anew and then corrected."""
    write.rename_cluster(clustered, "c00000", "Tom")
    plugin_part("operators").load_run(in_app, "cluster", corrections=False)
    return write.rename_cluster(in_app, "c00001", "Ann")["token"]


def test_a_correction_is_one_of_the_run_that_the_other_program_loaded(
    clustered: "fo.Dataset", in_app: "fo.Dataset", token: str, write: ModuleType, plugin_part: Part
) -> None:
    report = write.rename_cluster(clustered, "c00002", "Bob")
    assert (report["token"], report["entry"]) == (token, 2)
    history = plugin_part("operators.corrections.reads").read_history(in_app)
    assert [entry["text"] for entry in history["entries"]] == [
        "Named 'c00002' 'Bob'",
        "Named 'c00001' 'Ann'",
    ]
    assert set(clustered.distinct("cluster.label")) == {"c00000", "Ann", "Bob"}


def test_loading_a_run_keeps_the_corrections_of_the_other_program(
    clustered: "fo.Dataset", token: str, plugin_part: Part
) -> None:
    runs = plugin_part("operators")
    runs.load_run(clustered, "cluster")
    assert [run.token for run in runs.list_runs(clustered)] == [token]
    assert set(clustered.distinct("cluster.label")) == {"c00000", "Ann", "c00002"}


def test_evaluating_a_run_keeps_its_record(
    clustered: "fo.Dataset", in_app: "fo.Dataset", token: str, plugin_part: Part
) -> None:
    evaluate = plugin_part("operators.evaluation.evaluation").evaluate_clusters
    clustered.set_values("kind", ["a", "b"] * 15)
    evaluate(in_app, label_field="ground_truth")
    evaluate(clustered, label_field="kind")
    (run,) = plugin_part("operators").list_runs(in_app)
    assert (run.token, set(run.scores)) == (token, {"ground_truth", "kind"})


def test_a_run_that_the_other_program_renamed_is_found(
    clustered: "fo.Dataset", in_app: "fo.Dataset", write: ModuleType, plugin_part: Part
) -> None:
    plugin_part("operators.runs.run_names").rename_run(in_app, "cluster", "first")
    assert write.rename_cluster(clustered, "c00000", "Tom")["run_key"] == "first"


@pytest.fixture
def named(clustered: "fo.Dataset", write: ModuleType) -> "fo.Dataset":
    """The dataset as Python has loaded it, with a confirmed cluster "Tom"."""
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    return clustered


def test_labels_of_the_other_program_are_conflicts_and_come_back(
    named: "fo.Dataset", in_app: "fo.Dataset", write: ModuleType
) -> None:
    import fiftyone as fo

    first, second = named.match({"cluster.label": "Tom"}).values("id")[:2]
    labels = {first: fo.Classification(label="Tim"), second: fo.Classification(label="Tom")}
    in_app.add_sample_field("who", fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification)
    in_app.set_values("who", labels, key_field="id")
    with pytest.raises(ValueError, match="1 image has another label in 'who'"):
        write.apply_labels(named, "who")
    assert write.apply_labels(named, "who", on_conflict="overwrite")["written"] == 9
    write.undo_correction(named)
    assert sorted(filter(None, named.values("who.label"))) == ["Tim", "Tom"]


def test_a_field_of_the_other_program_keeps_its_type(
    named: "fo.Dataset", in_app: "fo.Dataset", write: ModuleType
) -> None:
    import fiftyone as fo

    in_app.add_sample_field("who", fo.StringField)
    in_app.set_values("who", ["me"] * 30)
    with pytest.raises(ValueError, match="'who' is of the type StringField"):
        write.apply_labels(named, "who")
    assert in_app.count_values("who") == {"me": 30}


def test_nothing_is_written_where_the_other_program_deleted_the_field(
    named: "fo.Dataset", in_app: "fo.Dataset", write: ModuleType
) -> None:
    in_app.delete_sample_field("cluster")
    with pytest.raises(ValueError, match="The field 'cluster' was deleted; load the run"):
        write.merge_clusters(named, ["c00001", "c00002"])
    assert not named._sample_collection.count_documents({"cluster": {"$type": "object"}})


def test_vectors_that_the_other_program_computed_are_not_mixed(
    clustered: "fo.Dataset", in_app: "fo.Dataset", plugin_part: Part
) -> None:
    target = plugin_part("operators.data.targets").resolve_target(in_app)
    plugin_part("operators.data.fields").add_vector_field(target, "gcn_embedding", "another", 8)
    with pytest.raises(ValueError, match="'gcn_embedding' holds vectors of 'another'"):
        plugin_part("operators.embedding.embeddings").compute_embeddings(clustered)
