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
    plugin_part("operators.runs").load_run(in_app, "cluster", corrections=False)
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
    runs = plugin_part("operators.runs")
    runs.load_run(clustered, "cluster")
    assert [run.token for run in runs.list_runs(clustered)] == [token]
    assert set(clustered.distinct("cluster.label")) == {"c00000", "Ann", "c00002"}


def test_evaluating_a_run_keeps_its_record(
    clustered: "fo.Dataset", in_app: "fo.Dataset", token: str, plugin_part: Part
) -> None:
    evaluate = plugin_part("operators.evaluation").evaluate_clusters
    clustered.set_values("kind", ["a", "b"] * 15)
    evaluate(in_app, label_field="ground_truth")
    evaluate(clustered, label_field="kind")
    (run,) = plugin_part("operators.runs").list_runs(in_app)
    assert (run.token, set(run.scores)) == (token, {"ground_truth", "kind"})


def test_a_run_that_the_other_program_renamed_is_found(
    clustered: "fo.Dataset", in_app: "fo.Dataset", write: ModuleType, plugin_part: Part
) -> None:
    plugin_part("operators.run_names").rename_run(in_app, "cluster", "first")
    assert write.rename_cluster(clustered, "c00000", "Tom")["run_key"] == "first"
