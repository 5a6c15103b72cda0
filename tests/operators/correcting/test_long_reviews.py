"""Reviews of many steps of all kinds, drawn at random: what is kept of them agrees at each step."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
Columns = dict[str, tuple[str | None, str | None, bool]]
STEPS = 20
NEW = 2


class Walk:
    """A review that goes on by one random step at a time."""

    def __init__(
        self, dataset: "fo.Dataset", operators: ModuleType, refused: type[Exception], seed: int
    ) -> None:
        self.dataset = dataset
        self.operators = operators
        self.refused = refused
        self.rng = np.random.default_rng(seed)
        self.root = "objects.detections." if dataset.has_field("objects") else ""
        self.done: list[str] = []

    def columns(self) -> Columns:
        """Label, id and state of each item that is there."""
        self.dataset.reload()
        names = ("cluster", "cluster_id", "cluster_confirmed")
        if not self.root:
            names = ("cluster.label", "cluster.cluster_id", "cluster.confirmed")
        paths = [f"{self.root}{name}" for name in ("id", *names)]
        ids, labels, keys, flags = self.dataset.values(paths, unwind=bool(self.root))
        rows = zip(labels, keys, map(bool, flags), strict=True)
        return dict(zip(ids, rows, strict=True))

    def step(self) -> None:
        """Does something, or is refused with a sentence."""
        columns = self.columns()
        kinds = [name for name in dir(self) if name.startswith("do_")]
        kind = str(self.rng.choice(kinds))
        try:
            getattr(self, kind)(columns, self._samples())
        except self.refused:
            return
        self.done.append(kind)

    def _samples(self) -> Any:
        """The dataset, or some view of it: corrections are of the run, however it is looked at."""
        views = [lambda: self.dataset, lambda: self.dataset.take(3), lambda: self.dataset.limit(1)]
        if self.root:
            views.append(lambda: self.dataset.to_patches("objects").take(4))
        return views[int(self.rng.integers(len(views)))]()

    def _items(self, columns: Columns, most: int = 4) -> list[str]:
        number = int(self.rng.integers(1, most))
        return self.rng.choice(sorted(columns), number, replace=False).tolist()

    def _key(self, columns: Columns) -> str:
        keys = sorted({key for _, key, _ in columns.values() if key and key != "noise"})
        return str(self.rng.choice(keys))

    def do_move(self, columns: Columns, samples: Any) -> None:
        self.operators.move_to_cluster(samples, self._items(columns), self._key(columns))

    def do_move_to_new(self, columns: Columns, samples: Any) -> None:
        self.operators.move_to_cluster(samples, self._items(columns))

    def do_merge(self, columns: Columns, samples: Any) -> None:
        self.operators.merge_clusters(samples, [self._key(columns), self._key(columns)])

    def do_split(self, columns: Columns, samples: Any) -> None:
        self.operators.split_cluster(samples, self._key(columns), by="parts")

    def do_split_images(self, columns: Columns, samples: Any) -> None:
        key = self._key(columns)
        items = sorted(item for item, row in columns.items() if row[1] == key)
        self.operators.split_cluster(samples, key, by="images", items=items[:2])

    def do_rename(self, columns: Columns, samples: Any) -> None:
        choice = str(self.rng.choice(["merge", "keep"]))
        name = f"name {self.rng.integers(6)}"
        self.operators.rename_cluster(samples, self._key(columns), name, if_exists=choice)

    def do_confirm(self, columns: Columns, samples: Any) -> None:
        self.operators.confirm_clusters(samples, [self._key(columns)])

    def do_confirm_together(self, columns: Columns, samples: Any) -> None:
        keys = [self._key(columns), self._key(columns)]
        out = self._items(columns)
        self.operators.confirm_clusters(samples, keys, together=True, without=out, name="both")

    def do_unconfirm(self, columns: Columns, samples: Any) -> None:
        self.operators.confirm_clusters(samples, [self._key(columns)], unconfirm=True)

    def do_noise(self, columns: Columns, samples: Any) -> None:
        self.operators.mark_noise(samples, items=self._items(columns))

    def do_restore(self, columns: Columns, samples: Any) -> None:
        noise = [item for item, row in columns.items() if row[1] == "noise"]
        self.operators.mark_noise(samples, items=noise[:2], restore=True)

    def do_answer(self, columns: Columns, samples: Any) -> None:
        pair = self._key(columns), self._key(columns)
        self.operators.answer_pair(samples, *pair, str(self.rng.choice(["different", "same"])))

    def do_undo(self, columns: Columns, samples: Any) -> None:
        self.operators.undo_correction(samples)

    def do_redo(self, columns: Columns, samples: Any) -> None:
        self.operators.redo_correction(samples)

    def do_undo_many(self, columns: Columns, samples: Any) -> None:
        number = self.operators.review_progress(samples)["seq"]
        self.operators.undo_correction(samples, to=int(self.rng.integers(number + 1)))

    def do_apply(self, columns: Columns, samples: Any) -> None:
        self.operators.apply_labels(samples, "kind", on_conflict="overwrite")

    def do_label_by_hand(self, columns: Columns, samples: Any) -> None:
        item, label = self._items(columns, 2)[0], f"name {self.rng.integers(6)}"
        if self.root:
            self.dataset.set_label_values(f"{self.root}cluster", {item: label})
        else:
            self.dataset.set_values("cluster.label", {item: label}, key_field="id")
        self.operators.apply_labels(samples, "kind", on_conflict="overwrite")
        assert columns[item][1] is None or self.columns()[item][0] == label

    def do_load(self, columns: Columns, samples: Any) -> None:
        self.operators.load_run(samples, "cluster")
        assert self.columns() == columns

    def do_exchange(self, columns: Columns, samples: Any) -> None:
        log = self.operators.export_corrections(samples)
        self.operators.load_run(samples, "cluster", corrections=False)
        self.operators.import_corrections(samples, lines=log["lines"])
        assert self.columns() == columns

    def do_rename_run(self, columns: Columns, samples: Any) -> None:
        self.operators.rename_run(samples, "cluster", "other")
        self.operators.rename_run(samples, "other", "cluster")
        assert self.columns() == columns

    def do_delete(self, columns: Columns, samples: Any) -> None:
        if len(self.dataset) > 10:
            self.dataset.delete_samples(self.dataset.take(1, seed=int(self.rng.integers(99))))
            self.operators.load_run(self.dataset, "cluster")  # the rest is noticed when it is met

    def do_assign(self, columns: Columns, samples: Any) -> None:
        copies = []
        for sample in self.dataset.take(NEW, seed=int(self.rng.integers(99))):
            copy = sample.copy()
            copy.filepath = f"{copy.filepath}.{self.rng.integers(10**9)}.png"
            if self.root:
                copy["objects"] = copy["objects"].copy()
                for label in copy["objects"].detections:
                    for name in (
                        "cluster",
                        "cluster_id",
                        "cluster_confirmed",
                        "cluster_confidence",
                    ):
                        label[name] = None
            else:
                copy["cluster"] = None
            copies.append(copy)
        self.dataset.add_samples(copies)
        self.operators.assign_new_images(self.dataset)

    def do_cluster(self, columns: Columns, samples: Any) -> None:
        patches = "objects" if self.root else None
        self.operators.cluster_images(
            self.dataset,
            patches_field=patches,
            embeddings_field="vectors",
            run_key="cluster",
            overwrite=True,
        )
        after = self.columns()
        confirmed = sorted(item for item, row in columns.items() if row[2])
        assert sorted(item for item, row in after.items() if row[2]) == confirmed
        for item in confirmed:
            name = str(columns[item][0])
            assert after[item][0] == name or name.startswith("c0")
        for one in confirmed:
            for two in confirmed:
                if columns[one][0] == columns[two][0]:
                    assert after[one][0] == after[two][0]
                else:
                    assert after[one][0] != after[two][0]


@pytest.mark.parametrize("seed", [0, 4])
def test_all_that_is_kept_agrees_after_any_steps(
    plugin_part: Part, either: "fo.Dataset", check: Callable[["fo.Dataset"], None], seed: int
) -> None:
    refused = plugin_part("operators.base.params").ParameterError
    walk = Walk(either, plugin_part("operators"), refused, seed)
    for _ in range(STEPS):
        walk.step()
        check(either)
        _compare_progress(walk)


def _compare_progress(walk: Walk) -> None:
    progress, rows = walk.operators.review_progress(walk.dataset), walk.columns().values()
    assert progress["images"] == sum(row[1] is not None for row in rows)
    assert progress["confirmed"] == sum(row[2] for row in rows)
    assert progress["noise"] == sum(row[1] == "noise" for row in rows)
    clusters = {row[1] for row in rows if row[1] not in (None, "noise")}
    assert progress["clusters"] == len(clusters)
