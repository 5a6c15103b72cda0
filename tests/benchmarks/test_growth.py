import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import growth
from benchmarks.synthetic import synthetic_set


@pytest.mark.parametrize("num_images", [2, 500, 7000])
def test_a_synthetic_set_has_the_size_asked_for(num_images: int) -> None:
    data = synthetic_set(num_images, seed=1)
    assert data.embeddings.shape == (num_images, 256)
    assert np.linalg.norm(data.embeddings, axis=1) == pytest.approx(1.0, abs=1e-5)
    sizes = np.bincount(data.labels)
    assert sizes.sum() == num_images
    assert sizes.min() >= 1
    assert sizes.max() <= 600


def test_the_same_seed_gives_the_same_set_and_classes_hang_together() -> None:
    data = synthetic_set(3000, seed=3)
    assert (data.embeddings == synthetic_set(3000, seed=3).embeddings).all()
    assert (data.embeddings != synthetic_set(3000, seed=4).embeddings).any()
    near = data.labels[data.graph.neighbors[:, 0]] == data.labels
    assert 0.7 < near.mean() < 1.0


def test_growth_prints_and_saves_a_row_per_size_and_method(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "growth.json"
    growth.main(["--sizes", "400", "200", "--json", str(out)])
    rows = json.loads(out.read_text())
    assert [(row["images"], row["method"]) for row in rows[::4]] == [(200, "ours"), (400, "ours")]
    assert len(rows) == 8
    assert rows[1]["setting"] == rows[5]["setting"]  # chosen at the smallest size
    assert len(capsys.readouterr().out.splitlines()) == 9
