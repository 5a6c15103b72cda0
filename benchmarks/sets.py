"""Labeled sets of embeddings on disk, whole and in parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gcn.graph.knn_graph import KNNGraph, knn_graph_of_unit_rows, unit_rows

MAX_K = 80
"""Neighbors per image in the graph that all methods share."""


_HALVES = ("-train", "-val")


class BenchmarkSet:
    """Unit-length embeddings with classes, and what several methods need of them.

    Attributes:
        name: In tables.
        embeddings: Unit rows, shape (N, D), float32.
        labels: Class of each image, all known, shape (N,), int64.
    """

    def __init__(self, name: str, embeddings: NDArray[np.float32], labels: NDArray[np.int64]):
        self.name = name
        self.embeddings = embeddings
        self.labels = labels

    @cached_property
    def graph(self) -> KNNGraph:
        """The kNN graph at `MAX_K`, or at N - 1 where there are fewer images."""
        return knn_graph_of_unit_rows(self.embeddings, min(MAX_K, len(self.labels) - 1))

    @cached_property
    def digest(self) -> str:
        """Hash of embeddings and labels: another set, another digest."""
        content = hashlib.sha256(np.ascontiguousarray(self.embeddings).tobytes())
        content.update(np.ascontiguousarray(self.labels).tobytes())
        return content.hexdigest()[:16]


class SetPaths:
    """Where one set lies.

    Attributes:
        name: The file's or files' common name, without `-train` and `-val`.
        train, val: Files of the two halves, or None.
        whole: The one file of a set without halves, or None.
    """

    def __init__(self, folder: Path, name: str):
        """Looks for the files.

        Raises:
            ValueError: There are none.
        """
        self.name = name
        halves = [folder / f"{name}-{half}.npz" for half in ("train", "val")]
        singles = [folder / f"{name}.npz", folder / "extra" / f"{name}.npz"]
        self.train, self.val = (path if path.is_file() else None for path in halves)
        self.whole = next((path for path in singles if path.is_file()), None)
        if not (self.train or self.val or self.whole):
            raise ValueError(
                f"no set '{name}' in {folder} (looked for {name}-train.npz, {name}-val.npz,"
                f" {name}.npz and extra/{name}.npz); name another one with --sets"
            )

    def parts(self) -> dict[str, BenchmarkSet]:
        """Reads the set: "all", and "train" and "val" where it has both halves."""
        if self.whole is not None:
            return {"all": load_set(self.whole, self.name)}
        found = {
            half: load_set(path, self.name)
            for half, path in (("train", self.train), ("val", self.val))
            if path is not None
        }
        return {"all": join_sets(self.name, list(found.values())), **found}


def load_set(path: Path, name: str) -> BenchmarkSet:
    """Reads one .npz file of `features` (N, D) and `labels` (N,)."""
    with np.load(path, allow_pickle=False) as file:
        return BenchmarkSet(name, unit_rows(file["features"]), file["labels"].astype(np.int64))


def join_sets(name: str, parts: Sequence[BenchmarkSet]) -> BenchmarkSet:
    """Puts sets of different classes and the same embedding together."""
    labels: list[NDArray[np.int64]] = []
    used = 0
    for part in parts:
        _, numbered = np.unique(part.labels, return_inverse=True)
        labels.append(numbered.astype(np.int64) + used)
        used += int(numbered.max()) + 1
    embeddings = np.concatenate([part.embeddings for part in parts])
    return BenchmarkSet(name, embeddings, np.concatenate(labels))


def find_sets(folder: Path, names: Sequence[str] | None = None) -> list[SetPaths]:
    """Locates the named sets; if none is named, all: those of two halves, whole ones, `extra`.

    Raises:
        ValueError: A named set, or any set, is missing.
    """
    if names is None:
        halves = sorted(path.stem.removesuffix("-val") for path in folder.glob("*-val.npz"))
        wholes = [path for path in folder.glob("*.npz") if not path.stem.endswith(_HALVES)]
        extra = (folder / "extra").glob("*.npz")
        names = [*halves, *sorted(p.stem for p in wholes), *sorted(p.stem for p in extra)]
    if not names:
        raise ValueError(f"no <set>-val.npz, <set>.npz or extra/<set>.npz in {folder}; give --data")
    return [SetPaths(folder, name) for name in names]


def whole_sets(folders: Sequence[Path]) -> Iterator[BenchmarkSet]:
    """Reads every set of some folders, both halves together, one after the other."""
    for folder in folders:
        for paths in find_sets(folder):
            yield paths.parts()["all"]
