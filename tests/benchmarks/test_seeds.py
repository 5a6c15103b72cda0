"""Sorting around chosen images, measured."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.seeds import main, nearest, score
from benchmarks.sets import BenchmarkSet


def views(noise: float) -> BenchmarkSet:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 20)
    x = np.eye(3)[labels] @ rng.normal(size=(3, 16)) + noise * rng.normal(size=(60, 16))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return BenchmarkSet("views", x.astype(np.float32), labels + 5)


def test_both_methods_sort_plain_classes() -> None:
    assert score(views(0.1), np.random.default_rng(0)) == (1.0, 1.0)


def test_the_nearest_seed_is_that_of_largest_cosine() -> None:
    data = views(1.0)
    found = nearest(data, np.array([3, 40]))
    cosines = data.embeddings @ data.embeddings[[3, 40]].T
    assert (found == (cosines[:, 1] > cosines[:, 0])).all()


def test_the_table_has_a_row_for_each_method(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = views(0.1)
    np.savez(tmp_path / "views.npz", features=data.embeddings, labels=data.labels)
    main(["--data", str(tmp_path)])
    heading, plain, kmeans, sets = capsys.readouterr().out.splitlines()
    assert heading.split() == ["look-alikes"]
    assert plain.split() == ["nearest", "seed", "1.000"]
    assert kmeans.split() == ["seeded", "k-means", "1.000"]
    assert sets.split() == ["sets", "3"]
    (tmp_path / "views.npz").unlink()
    np.savez(tmp_path / "one.npz", features=np.eye(4), labels=np.zeros(4, int))
    with pytest.raises(SystemExit, match="no set has two classes"):
        main(["--data", str(tmp_path)])
