"""The table of poolings: the plugin's own embeddings are among the rows, and means are of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import pooling
from gcn.images.embedding import embed_images


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Parts of two photographs, in a folder each."""
    from sklearn.datasets import load_sample_images

    folder = tmp_path / "photographs"
    for label, photograph in enumerate(load_sample_images().images):
        (folder / str(label)).mkdir(parents=True)
        for number in range(12):
            left, top = 20 * number, 10 * number
            part = Image.fromarray(photograph).crop((left, top, left + 300, top + 240))
            part.save(folder / str(label) / f"{number}.png")
    return folder


def test_both_is_what_the_plugin_embeds(classes: Path) -> None:
    pictures = pooling.photographs(classes)
    found = pooling.embed(pictures.pixels)
    files = [str(file) for file in sorted(classes.glob("*/*"))]
    np.testing.assert_allclose(found["both"], embed_images(files).embeddings, atol=1e-4)
    mean = embed_images(files, pooling="mean").embeddings
    np.testing.assert_allclose(found["mean"], mean, atol=1e-4)
    assert pictures.labels.tolist() == [0] * 12 + [1] * 12


def test_each_part_of_the_pooling_by_itself() -> None:
    features = torch.tensor([[[[3.0, 0.0]], [[4.0, 0.0]]]])  # one place of length 5, one empty
    torch.testing.assert_close(pooling.by_weights(features), torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(pooling.by_squares(features), torch.tensor([[3.0, 4.0]]) / 2**0.5)


def test_rows_and_means_are_printed_and_kept(
    classes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pooling.main(["--images", str(classes), "--json", str(tmp_path / "rows.json")])
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["pooling"] for row in rows] == list(pooling.WAYS)
    assert all(row["recall@1"] == 1.0 and row["ours"] > 0.5 for row in rows)
    printed = capsys.readouterr().out
    for row in rows:
        assert f"mean of 1: {row['pooling']:8} ours {row['ours']:.3f}" in printed


def test_bad_names_and_folders_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=str(tmp_path)):
        pooling.main(["--images", str(tmp_path)])
    with pytest.raises(SystemExit):
        pooling.main(["--images", str(tmp_path), "--sets", "nothing"])
    assert "no such pictures: nothing" in capsys.readouterr().err
