from pathlib import Path

import numpy as np
import pytest

from benchmarks.sets import BenchmarkSet, find_sets, join_sets, load_set


def test_halves_and_whole_sets_are_found(folder: Path) -> None:
    found = find_sets(folder)
    assert [paths.name for paths in found] == ["pair", "single"]
    pair, single = (paths.parts() for paths in found)
    assert {part: len(data.labels) for part, data in pair.items()} == {
        "all": 120,
        "train": 60,
        "val": 60,
    }
    assert list(single) == ["all"]


def test_joined_halves_share_no_class_even_if_their_labels_do(folder: Path) -> None:
    parts = find_sets(folder, ["pair"])[0].parts()
    assert len(np.unique(parts["all"].labels)) == 10
    assert set(parts["all"].labels[:60]).isdisjoint(parts["all"].labels[60:])
    assert (parts["all"].embeddings[60:] == parts["val"].embeddings).all()


def test_embeddings_are_unit_rows(folder: Path) -> None:
    data = load_set(folder / "pair-val.npz", "pair")
    assert data.embeddings.dtype == np.float32
    assert np.linalg.norm(data.embeddings, axis=1) == pytest.approx(1.0, abs=1e-6)


def test_another_set_has_another_digest(blobs: BenchmarkSet) -> None:
    same = BenchmarkSet("other name", blobs.embeddings.copy(), blobs.labels.copy())
    relabeled = BenchmarkSet("blobs", blobs.embeddings, blobs.labels[::-1].copy())
    assert same.digest == blobs.digest
    assert relabeled.digest != blobs.digest
    assert join_sets("both", [blobs, blobs]).digest != blobs.digest


def test_a_missing_set_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no set 'nowhere' in .* name another one with --sets"):
        find_sets(folder, ["nowhere"])
    with pytest.raises(ValueError, match="give --data"):
        find_sets(tmp_path)
