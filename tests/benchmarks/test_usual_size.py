from pathlib import Path

import numpy as np
import pytest

from benchmarks.sets import BenchmarkSet
from benchmarks.usual_size import SizeRow, cut_evenly, main, summary


def test_a_set_is_cut_to_as_many_images_of_each_class() -> None:
    sizes = (5, 9, *range(10, 40), 300)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    data = BenchmarkSet(
        "uneven", np.arange(2 * len(labels), dtype=np.float32).reshape(-1, 2), labels
    )
    found = cut_evenly(data)
    assert found is not None
    cut, number = found
    assert set(np.unique(cut.labels, return_counts=True)[1].tolist()) == {number}
    # No other number would keep more images.
    kept = [size * sum(each >= size for each in sizes) for size in range(5, 25)]
    assert len(cut.labels) == max(kept)
    np.testing.assert_array_equal(labels[(cut.embeddings[:, 0] / 2).astype(int)], cut.labels)
    few = labels < 14
    assert cut_evenly(BenchmarkSet("few", data.embeddings[few], labels[few])) is None


def test_the_summary_counts_what_changed() -> None:
    rows = [
        SizeRow("a", 0, 0.5, 3, 0.70, 0.74),
        SizeRow("b", 20, 0.4, 1, 0.70, 0.69),
        SizeRow("c", 0, 0.1, 0, 0.50, 0.50),
    ]
    assert summary(rows) == (
        "of 3 sets 2 changed, 1 for the better, by +0.015 in the mean, -0.010 at worst"
    )
    assert summary(rows[2:]) == "of 1 sets 0 changed, 0 for the better"


def test_all_sets_of_a_folder_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(20), 6)
    features = rng.normal(size=(20, 32))[labels] + 0.3 * rng.normal(size=(120, 32))
    np.savez(tmp_path / "views.npz", features=features, labels=labels)
    main(["--data", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["views", "as"], ["views", "6"]]
    assert lines[-1].startswith("of 2 sets 0 changed")
