"""Forms and buttons look at no more of a large dataset than of a small one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.app_dataset import make_dataset as make_reviewed

if TYPE_CHECKING:
    import fiftyone as fo

SMALL, LARGE = 300, 3_000
# Clusters of other sizes lie in the pages of the review otherwise; a scan would add 2,700.
SLACK = 5
NAMES = """
apply_labels assign_new_images cluster_images compute_embeddings confirm_clusters delete_run
evaluate_clusters export_corrections import_corrections list_runs load_run mark_noise merge_clusters
move_to_cluster redo_correction rename_cluster rename_run review_clusters review_progress
split_cluster train_model undo_correction visualize_clusters
""".split()


@pytest.fixture(scope="module")
def reads(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.reads")


@pytest.fixture(scope="module")
def both(reads: ModuleType) -> Iterator[tuple["fo.Dataset", "fo.Dataset"]]:
    """A small and a large dataset with a run of forty clusters each, and the review begun.

    What opens a review for the first time reads the whole run, once.
    """
    datasets = make_reviewed(SMALL, 40)[0], make_reviewed(LARGE, 40)[0]
    for dataset in datasets:
        reads.list_clusters(dataset)
    yield datasets
    for dataset in datasets:
        dataset.delete()


@contextmanager
def watched() -> Iterator[dict[str, int]]:
    """Counts, by collection, the documents and index entries that the server looks at."""
    import fiftyone.core.odm as foo

    database = foo.get_db_conn()
    seen: dict[str, int] = {}
    database.command("profile", 2)
    try:
        yield seen
    finally:
        database.command("profile", 0)
        for entry in database["system.profile"].find():
            name = entry["ns"].split(".", 1)[1]
            looked = max(entry.get("docsExamined", 0), entry.get("keysExamined", 0))
            seen[name] = seen.get(name, 0) + looked
        database.drop_collection("system.profile")


def context(dataset: "fo.Dataset", name: str, params: dict[str, Any]) -> Any:
    from fiftyone.operators.executor import ExecutionContext, Executor

    uri = f"@autolabel/gcn/{name}"
    request = {"dataset_name": dataset.name, "operator_uri": uri, "params": params}
    request["target"] = "inputs"  # as the App asks for a form that is filled in
    return ExecutionContext(request_params=request, executor=Executor(), operator_uri=uri)


def looked_at(dataset: "fo.Dataset", name: str, **params: Any) -> int:
    import fiftyone.operators as foo

    operator = foo.get_operator(f"@autolabel/gcn/{name}")
    ctx = context(dataset, name, params)
    assert ctx.dataset.name == dataset.name
    with watched() as seen:
        operator.resolve_placement(ctx)
        operator.resolve_input(ctx)
    return sum(seen.values())


def test_all_operators_are_here() -> None:
    import fiftyone.operators as foo

    uris = [operator.uri for operator in foo.list_operators(type="operator")]
    own = {uri.split("/")[-1] for uri in uris if uri.startswith("@autolabel/gcn/")}
    assert own == set(NAMES)


def test_a_scan_would_be_noticed(both: tuple["fo.Dataset", "fo.Dataset"]) -> None:
    for dataset, number in zip(both, (SMALL, LARGE), strict=True):
        with watched() as seen:
            dataset.count_values("cluster.confirmed")
        assert seen[dataset._sample_collection_name] >= number


@pytest.mark.parametrize("name", NAMES)
def test_a_form_costs_the_same_on_a_dataset_ten_times_as_large(
    both: tuple["fo.Dataset", "fo.Dataset"], name: str
) -> None:
    small, large = (looked_at(dataset, name) for dataset in both)
    assert large <= small + SLACK


@pytest.mark.parametrize("typed", ["trut", "truth"])
def test_typing_the_field_of_true_labels_costs_the_same_on_a_dataset_ten_times_as_large(
    both: tuple["fo.Dataset", "fo.Dataset"], typed: str
) -> None:
    small, large = (looked_at(one, "review_progress", ground_truth=typed) for one in both)
    assert large <= small + SLACK


def test_typing_a_new_field_for_labels_costs_the_same_on_a_dataset_ten_times_as_large(
    both: tuple["fo.Dataset", "fo.Dataset"], plugin_part: Callable[[str], ModuleType]
) -> None:
    notice_labels = plugin_part("operators.corrections.writes.outside").notice_labels
    for dataset in both:
        plugin_part("operators.correcting").confirm_clusters(dataset, ["c00000"], name="Tom")
        notice_labels(dataset)  # until the panel is drawn anew, a form looks at what this changed
    small, large = (looked_at(one, "apply_labels", label_field="kind") for one in both)
    assert large <= small + SLACK


def test_no_images_of_clusters_are_read_for_true_labels_that_do_not_exist(
    both: tuple["fo.Dataset", "fo.Dataset"], reads: ModuleType
) -> None:
    dataset = both[0]
    with watched() as seen:
        reads.review_progress(dataset, ground_truth="truth")
    assert seen["autolabel_gcn.members"]
    with watched() as seen, pytest.raises(ValueError, match="There is no field 'trut'"):
        reads.review_progress(dataset, ground_truth="trut")
    assert "autolabel_gcn.members" not in seen
