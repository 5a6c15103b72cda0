"""Writes a clustering so that it is either there as a whole, or undone, or visibly incomplete.

The run is registered as incomplete before the first label is written. What an overwritten field
held is first copied to an execution store of the dataset; undoing puts it back. A run that is
recorded as complete is not undone any more: it takes the place of the run that it replaces, of
which something may be deleted already.
"""

import base64
import uuid
from collections.abc import Collection, Set
from types import TracebackType
from typing import Any

import bson
import fiftyone as fo
from fiftyone.operators.store import ExecutionStore
from pymongo.errors import ConnectionFailure

from ..base.params import ParameterError
from ..base.reloading import reload_dataset
from ..corrections.documents.tables import forget_review
from ..data import clusters, records
from ..data.cluster_indexes import add_cluster_indexes
from ..data.clusters import Cluster
from ..data.items import Items
from ..data.records import RunRecord
from ..data.targets import Target, target_of_record


class Journal:
    """Writes one run. Use it in a `with` block: leaving it by an exception undoes everything.

    Attributes:
        key: Key under which the run is registered until it is complete.
    """

    def __init__(self, target: Target, run_key: str, cluster_field: str) -> None:
        self._target = target
        self._dataset = target.dataset
        self._run_key = run_key
        self._field = cluster_field
        self._replaces = self._dataset.get_field(target.path(cluster_field)) is not None
        self._token = uuid.uuid4().hex
        self._is_announced = False
        self._is_final = False
        is_taken = run_key in self._dataset.list_runs()
        self.key = records.incomplete_key(run_key) if is_taken else run_key

    def __enter__(self) -> "Journal":
        """Gives itself; nothing is written before `announce`."""
        return self

    def announce(self) -> None:
        """Registers the run as incomplete: from now on nobody corrects one that it replaces."""
        config = {
            "status": records.INCOMPLETE,
            "token": self._token,
            "run_key": self._run_key,
            "cluster_field": self._field,
            "patches_field": self._target.patches_field,
            "path": self._target.path(self._field),
            "replaces": self._replaces,
            "is_backed_up": False,
        }
        records.register(self._dataset, self.key, config)
        self._is_announced = True

    def begin(self, ids: Collection[str] = ()) -> int:
        """Makes room in the field.

        Args:
            ids: The items that are going to be written.

        Returns:
            Number of other items that were in a cluster, and are in none now.
        """
        if not self._is_announced:
            self.announce()
        n_emptied = 0
        if self._replaces:
            n_emptied = _back_up(self._target, self._field, self._token, frozenset(ids))
            records.update(self._dataset, self.key, is_backed_up=True)
            clusters.clear_clusters(self._target, self._field)
        clusters.add_cluster_field(self._target, self._field, self._run_key)
        return n_emptied

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Undoes what was written if the block failed; without a database nobody can."""
        if kind is None or issubclass(kind, ConnectionFailure) or self._is_final:
            return
        if not self._is_ours():
            return
        undo(self._dataset, records.read_record(self._dataset, self.key))

    def write(self, items: Items, found: list[Cluster]) -> None:
        """Writes one batch, if the dataset and the run are still there.

        Args:
            items: The items of the batch.
            found: The cluster of each.

        Raises:
            RuntimeError: The dataset, the run or the field was deleted in the meantime.
        """
        self._check_there()
        clusters.write_clusters(self._target, items, self._field, found)

    def commit(
        self, config: dict[str, Any], results: dict[str, Any], with_view: bool
    ) -> str | None:
        """Completes the run: indexes, results, saved view, record; then it takes its place.

        Args:
            config: What to record about the run, in plain values.
            results: The original assignment, as columns.
            with_view: Whether to save a view with one tile per cluster.

        Returns:
            Name of the saved view, if there is one.

        Raises:
            RuntimeError: The dataset, the run or the field was deleted in the meantime.
        """
        self._check_there()
        dataset, key = self._dataset, self.key
        add_cluster_indexes(self._target, self._field)
        stored = dataset.init_run_results(key, **results)
        dataset.save_run_results(key, stored, cache=False)
        name = self._save_view() if with_view else None
        last = {"saved_view": name, "status": records.COMPLETE} | self._replaced()
        records.update(dataset, key, **config, **last)
        record = records.read_record(dataset, key)
        _take_place(dataset, record)
        self._is_final = True  # what fails from here on leaves something to clean up, no more
        self.key = self._run_key
        _clean_up(dataset, record)
        return name

    def _replaced(self) -> dict[str, str]:
        """Identity of the run that this one replaces, unless it was deleted in the meantime."""
        if self.key == self._run_key or self._run_key not in self._dataset.list_runs():
            return {}
        earlier = records.read_record(self._dataset, self._run_key)
        return {"replaced_token": earlier.config["token"]}

    def _check_there(self) -> None:
        if not self._is_ours():
            raise RuntimeError(
                f"The dataset '{self._dataset.name}' or its run '{self._run_key}' was deleted or "
                "replaced while the clusters were being written; nothing more is written"
            )
        path = self._target.path(self._field)
        if self._dataset.get_field(path) is None:
            raise RuntimeError(
                f"The field '{path}' was deleted while the clusters were being written; nothing "
                "more is written"
            )

    def _save_view(self) -> str | None:
        view = clusters.cluster_view(self._target, self._field)
        name = records.view_name(self._run_key)
        if records.view_in_the_way(self._dataset, name, self._run_key) is not None:
            return None  # somebody saved one since the run began
        return records.save_view(self._dataset, name, self._run_key, view)

    def _is_ours(self) -> bool:
        if self._dataset.deleted:
            return False
        try:
            reload_dataset(self._dataset)
            return records.read_record(self._dataset, self.key).config["token"] == self._token
        except (fo.DatasetNotFoundError, ParameterError):
            return False


def undo(dataset: fo.Dataset, record: RunRecord) -> list[str]:
    """Removes an incomplete run and brings back what its field held before.

    One that only has to take the place of an earlier run does so instead.

    Args:
        dataset: The dataset.
        record: The record of the incomplete run.

    Returns:
        What was done, in words.
    """
    if record.is_taking_place:
        _take_place(dataset, record)
        _clean_up(dataset, record)
        earlier = record.config["run_key"]
        return [f"what was left of the earlier run '{earlier}', whose place the new one has taken"]
    done = [f"run '{record.key}'"]
    store = _store(dataset, record.config["token"])
    target = target_if_there(dataset, record)
    if target is not None and not record.config["replaces"]:
        if clusters.delete_clusters(target, record.cluster_field):
            done.append(f"field '{target.path(record.cluster_field)}'")
    elif target is not None and record.config["is_backed_up"]:
        done.append(f"new contents of '{record.path}', {_restore(target, record, store)}")
    if record.key == record.config["run_key"]:
        done += [f"saved view '{name}'" for name in records.delete_views(dataset, record.key)]
    store.clear()
    dataset.delete_run(record.key)
    return done


def _take_place(dataset: fo.Dataset, record: RunRecord) -> None:
    """Gives a run the key of the one that it replaces, whose views go; may be repeated."""
    key = record.config["run_key"]
    for name in records.list_views(dataset, key):
        if name != record.config["saved_view"]:
            dataset.delete_saved_view(name)
    if not record.is_taking_place:
        return
    if key in dataset.list_runs():  # unless it was deleted in the meantime
        dataset.delete_run(key)
    dataset.rename_run(record.key, key)


def _clean_up(dataset: fo.Dataset, record: RunRecord) -> None:
    """Deletes what an earlier run left that a complete one has replaced."""
    replaced = record.config.get("replaced_token")
    if replaced:
        forget_review(dataset, replaced)
    _store(dataset, record.config["token"]).clear()


def target_if_there(dataset: fo.Dataset, record: RunRecord) -> Target | None:
    """Rebuilds the target of a run whose patches field may have been deleted.

    Args:
        dataset: The dataset.
        record: The run's record.

    Returns:
        The target; None if its patches field is gone.
    """
    try:
        return target_of_record(dataset, record.patches_field)
    except ParameterError:
        return None


def _store(dataset: fo.Dataset, token: str) -> ExecutionStore:
    return ExecutionStore.create(f"autolabel_gcn_{token}", dataset._doc.id)


def _back_up(target: Target, name: str, token: str, ids: Set[str]) -> int:
    """Copies a field; gives the number of items in a cluster that are not among `ids`."""
    store = _store(target.dataset, token)
    n_others = 0
    for number, rows in enumerate(clusters.read_contents(target, name)):
        store.set(f"{number:08d}", _packed(rows))
        n_others += sum(row[0] not in ids and clusters.is_in_cluster(row) for row in rows)
    return n_others


def _restore(target: Target, record: RunRecord, store: ExecutionStore) -> str:
    """Puts back what the field held; says whether that was there."""
    name, keys, earlier = record.cluster_field, sorted(store.list_keys()), record.config["run_key"]
    clusters.clear_clusters(target, name)
    # Somebody may have deleted the field: contents without a declared field cannot be read.
    clusters.add_cluster_field(target, name, record.config["run_key"])
    for key in keys:
        stored = store.get(key)
        if stored:
            clusters.write_contents(target, name, _unpacked(stored))
    add_cluster_indexes(target, name)
    if keys or record.key == earlier:
        return "old ones put back"
    # A clone has the runs of a dataset, and nothing of its execution stores.
    return f"old ones not kept in this copy of the dataset; load the run '{earlier}'"


def _packed(rows: list[list[Any]]) -> str:
    """Makes a text of one batch: FiftyOne's server sends all that is stored through JSON."""
    return base64.b64encode(bson.encode({"rows": rows})).decode()


def _unpacked(text: str) -> list[list[Any]]:
    return bson.decode(base64.b64decode(text))["rows"]
