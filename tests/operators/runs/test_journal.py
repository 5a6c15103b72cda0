import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.operators.dying import run_until_killed

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
State = Callable[["fo.Dataset"], dict[str, Any]]

# Writes half of a first run to one dataset, half of a run that replaces another to a second one,
# and is killed.
KILLED = """
targets = part("data.targets")
clusters = part("data.clusters")
journal = part("runs.journal")
for name in sys.argv[1:]:
    target = targets.resolve_target(fo.load_dataset(name))
    writer = journal.Journal(target, "cluster", "cluster")
    writer.begin()
    half = target.items().keep(list(range(10)))
    writer.write(half, [clusters.new_cluster(0, 0.5, 5)] * 10)
die()
"""


@pytest.fixture
def journal(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.runs.journal")


@pytest.fixture
def write(plugin_part: Part, journal: ModuleType) -> Callable[..., None]:
    """Writes a run in which all items are in one cluster; `stop` is called before the commit."""
    clusters = plugin_part("operators.data.clusters")
    resolve = plugin_part("operators.data.targets").resolve_target

    def run(samples: object, number: int = 0, stop: Callable[[], None] = lambda: None) -> None:
        target = resolve(samples)
        items = target.items()
        results = {
            "ids": list(items.ids),
            "sample_ids": None,
            "labels": [number] * len(items),
            "confidence": [0.5] * len(items),
            "parts": [0] * len(items),
        }
        with journal.Journal(target, "cluster", "cluster") as writer:
            writer.begin()
            for _, chunk, found in clusters.cluster_batches(results):
                writer.write(chunk, found)
            stop()
            writer.commit({"counts": {}}, results, with_view=True)

    return run


class Boom(Exception):  # noqa: N818
    pass


def boom() -> None:
    raise Boom


def test_finished_run_is_complete_and_has_its_view(
    write: Callable[..., None], plugin_part: Part, dataset: "fo.Dataset"
) -> None:
    write(dataset)
    record = plugin_part("operators.data.records").read_record(dataset, "cluster")
    assert record.status == "complete"
    assert dataset.list_saved_views() == ["cluster: one tile per cluster"]
    indexes = {"cluster.label_1_cluster.confidence_-1", "cluster.confidence", "cluster.cluster_id"}
    assert indexes <= set(dataset.list_indexes())
    assert dataset.load_run_results("cluster", cache=False).labels == [0] * 30


def test_failed_first_run_leaves_nothing(
    write: Callable[..., None], state_of: State, dataset: "fo.Dataset"
) -> None:
    before = state_of(dataset)
    with pytest.raises(Boom):
        write(dataset, stop=boom)
    assert state_of(dataset) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, ValueError])
def test_failed_replacement_puts_everything_back(
    write: Callable[..., None], state_of: State, dataset: "fo.Dataset", error: type[BaseException]
) -> None:
    write(dataset)
    sample = dataset.skip(3).first()
    sample.cluster.label, sample.cluster.confirmed = "tea pot", True
    sample.save()
    dataset.skip(5).first().clear_field("cluster")
    before = state_of(dataset)

    def stop() -> None:
        raise error

    with pytest.raises(error):
        write(dataset, number=1, stop=stop)
    assert state_of(dataset) == before
    assert dataset.load_run_results("cluster", cache=False).labels == [0] * 30


def test_replacement_leaves_no_backup_behind(
    write: Callable[..., None], dataset: "fo.Dataset"
) -> None:
    from fiftyone.operators.store import ExecutionStore

    write(dataset)
    write(dataset.limit(12), number=1)
    assert dataset.list_runs() == ["cluster"]
    assert dataset.count_values("cluster.label") == {"c00001": 12, None: 18}
    assert ExecutionStore.create("any", dataset._doc.id).list_stores() == []


def test_backup_goes_through_the_json_of_fiftyones_server(
    write: Callable[..., None], dataset: "fo.Dataset"
) -> None:
    from fiftyone.operators.store import ExecutionStore

    def check() -> None:
        (name,) = ExecutionStore.create("any", dataset._doc.id).list_stores()
        store = ExecutionStore.create(name, dataset._doc.id)
        assert json.dumps([store.get(key) for key in store.list_keys()]) != "[]"

    write(dataset)
    write(dataset, number=1, stop=check)


def test_run_deleted_by_somebody_else_stops_the_writing(
    write: Callable[..., None], journal: ModuleType, plugin_part: Part, dataset: "fo.Dataset"
) -> None:
    target = plugin_part("operators.data.targets").resolve_target(dataset)
    new = plugin_part("operators.data.clusters").new_cluster(0, 0.5, 5)
    delete_run = plugin_part("operators.runs.run_deletion").delete_run

    def delete_and_write() -> None:
        with journal.Journal(target, "cluster", "cluster") as writer:
            writer.begin()
            delete_run(dataset, "cluster")
            writer.write(target.items(), [new] * 30)

    with pytest.raises(RuntimeError, match="was deleted or replaced while the clusters were being"):
        delete_and_write()
    assert not dataset.has_field("cluster")


def test_field_deleted_by_somebody_else_stops_the_writing(
    journal: ModuleType, plugin_part: Part, state_of: State, dataset: "fo.Dataset"
) -> None:
    target = plugin_part("operators.data.targets").resolve_target(dataset)
    new = plugin_part("operators.data.clusters").new_cluster(0, 0.5, 5)
    before = state_of(dataset)

    def delete_and_write() -> None:
        with journal.Journal(target, "cluster", "cluster") as writer:
            writer.begin()
            writer.write(target.items().keep([0, 1]), [new] * 2)
            dataset.delete_sample_field("cluster")
            writer.write(target.items(), [new] * 30)

    with pytest.raises(RuntimeError, match="The field 'cluster' was deleted while the clusters"):
        delete_and_write()
    assert state_of(dataset) == before


def test_dataset_deleted_in_mid_run_stops_the_writing(
    write: Callable[..., None], make_dataset: Callable[..., "fo.Dataset"]
) -> None:
    dataset = make_dataset(4)
    clone = dataset.clone(persistent=False)

    def writes_after_the_end() -> None:
        clone.delete()

    with pytest.raises(RuntimeError, match="was deleted or replaced while the clusters were"):
        write(clone, stop=writes_after_the_end)


def test_killed_process_leaves_incomplete_runs_that_one_call_removes(
    write: Callable[..., None],
    plugin_part: Part,
    state_of: State,
    make_dataset: Callable[..., "fo.Dataset"],
) -> None:
    runs, deletion = plugin_part("operators"), plugin_part("operators.runs.run_deletion")
    first, second = make_dataset(20), make_dataset(20)
    write(second, number=7)
    before = state_of(first), state_of(second)
    names = [first.name, second.name]
    run_until_killed(KILLED, *names)

    for dataset, key in ((first, "cluster"), (second, "cluster_incomplete")):
        dataset.reload()
        assert dataset.count_values("cluster.label") == {"c00000": 10, None: 10}
        assert {run.run_key: run.status for run in runs.list_runs(dataset)}[key] == "incomplete"
        with pytest.raises(ValueError, match="interrupted; it can only be deleted"):
            runs.load_run(dataset, key)
        assert deletion.delete_run(dataset, key)["deleted"][0] == f"run '{key}'"
    assert (state_of(first), state_of(second)) == before


def test_what_a_killed_process_left_in_a_clone_does_not_pretend_to_be_put_back(
    write: Callable[..., None], plugin_part: Part, make_dataset: Callable[..., "fo.Dataset"]
) -> None:
    operators = plugin_part("operators")
    first, second = make_dataset(20), make_dataset(20)
    write(second, number=7)
    run_until_killed(KILLED, first.name, second.name)
    second.reload()
    clone = second.clone()
    deleted = operators.delete_run(clone, "cluster_incomplete")["deleted"]
    assert deleted[1].endswith("not kept in this copy of the dataset; load the run 'cluster'")
    assert clone.count("cluster") == 0
    assert operators.load_run(clone, "cluster")["restored"] == 20
    assert operators.delete_run(second, "cluster_incomplete")["deleted"][1].endswith("put back")
    clone.delete()


def test_numbers_of_numpy_are_stored_as_plain_ones(
    journal: ModuleType, plugin_part: Part, dataset: "fo.Dataset"
) -> None:
    target = plugin_part("operators.data.targets").resolve_target(dataset)
    with journal.Journal(target, "cluster", "cluster") as writer:
        writer.begin()
        found = plugin_part("operators.data.clusters").new_cluster(3, float(np.float32(0.25)), 5)
        writer.write(target.items(), [found] * 30)
        columns = {"ids": list(target.items().ids), "sample_ids": None, "labels": [3] * 30}
        writer.commit({}, columns | {"confidence": [0.25] * 30, "parts": [0] * 30}, False)
    assert dataset.bounds("cluster.confidence") == (0.25, 0.25)


def test_run_that_is_being_replaced_cannot_be_deleted(
    write: Callable[..., None], plugin_part: Part, state_of: State, dataset: "fo.Dataset"
) -> None:
    runs, deletion = plugin_part("operators"), plugin_part("operators.runs.run_deletion")
    record = plugin_part("operators.data.records").read_record
    params = plugin_part("operators.base.operator_params").DeleteRunParams("cluster")
    write(dataset)
    refused = "The run 'cluster' is being clustered again, so nothing was changed"

    def delete() -> None:
        before = state_of(dataset)
        with pytest.raises(ValueError, match=refused):
            deletion.delete_run(dataset, "cluster", delete_embeddings=True)
        with pytest.raises(ValueError, match=refused):
            deletion.what_goes(dataset, record(dataset, "cluster"), params)
        assert state_of(dataset) == before

    write(dataset, number=1, stop=delete)
    (summary,) = runs.list_runs(dataset)
    assert (summary.run_key, summary.status) == ("cluster", "complete")
    assert dataset.count_values("cluster.label") == {"c00001": 30}
    assert deletion.delete_run(dataset, "cluster")["deleted"][0] == "run 'cluster'"
    assert not dataset.has_field("cluster")


def test_run_that_fiftyone_deleted_is_replaced_all_the_same(
    write: Callable[..., None], plugin_part: Part, dataset: "fo.Dataset"
) -> None:
    from fiftyone.operators.store import ExecutionStore

    write(dataset)
    write(dataset, number=1, stop=lambda: dataset.delete_run("cluster"))
    (summary,) = plugin_part("operators").list_runs(dataset)
    assert (summary.run_key, summary.status) == ("cluster", "complete")
    assert dataset.count_values("cluster.label") == {"c00001": 30}
    assert dataset.load_run_results("cluster", cache=False).labels == [1] * 30
    assert ExecutionStore.create("any", dataset._doc.id).list_stores() == []


def test_field_that_is_gone_at_the_end_undoes_the_replacement(
    write: Callable[..., None], state_of: State, dataset: "fo.Dataset"
) -> None:
    write(dataset)
    before = state_of(dataset)
    with pytest.raises(RuntimeError, match="The field 'cluster' was deleted while the clusters"):
        write(dataset, number=1, stop=lambda: dataset.delete_sample_field("cluster"))
    assert state_of(dataset) == before


def test_what_fails_after_the_last_step_undoes_nothing(
    write: Callable[..., None],
    journal: ModuleType,
    plugin_part: Part,
    dataset: "fo.Dataset",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(dataset)
    monkeypatch.setattr(journal, "forget_review", lambda *_: boom())
    with pytest.raises(Boom):
        write(dataset, number=1)
    (summary,) = plugin_part("operators").list_runs(dataset)
    assert (summary.run_key, summary.status) == ("cluster", "complete")
    assert dataset.count_values("cluster.label") == {"c00001": 30}


def test_view_that_somebody_saved_meanwhile_stays(
    write: Callable[..., None], dataset: "fo.Dataset"
) -> None:
    name = "cluster: one tile per cluster"
    write(dataset, stop=lambda: dataset.save_view(name, dataset.limit(3)))
    assert len(dataset.load_saved_view(name)) == 3
    assert dataset.list_runs() == ["cluster"]
