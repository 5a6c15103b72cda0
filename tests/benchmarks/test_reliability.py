from pathlib import Path

import numpy as np
import pytest

from benchmarks.reliability import NUM_BINS, curve, heading, is_right, main, reliability


def test_an_image_is_right_among_the_commonest_class_or_alone_as_the_only_one() -> None:
    classes = np.array([0, 0, 0, 1, 1, 2, 3])
    clusters = np.array([0, 0, 1, 0, 2, 3, 4])
    # In cluster 0 the class 0 is the commonest; 1 and 2 hold one image of a class of several.
    assert is_right(classes, clusters).tolist() == [True, True, False, False, False, True, True]


def test_confidence_that_is_the_share_of_right_ones_has_no_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(200_000).astype(np.float32)
    right = (rng.random(len(confidence)) < confidence).astype(np.float32)
    ones = np.ones_like(right)
    found = reliability("x", "images", confidence, right, ones)
    assert found.error < 0.01
    np.testing.assert_allclose(found.right, (np.arange(NUM_BINS) + 0.5) / NUM_BINS, atol=0.02)
    assert found.share.sum() == pytest.approx(1.0)
    sure = reliability("x", "images", np.full_like(right, 0.99), right, ones)
    assert sure.error == pytest.approx(0.49, abs=0.01)


def test_empty_bins_are_left_empty() -> None:
    one = np.ones(3, np.float32)
    found = reliability("x", "clusters", one, one, one)
    assert np.isnan(found.right[:-1]).all()
    assert found.right[-1] == 1.0
    assert curve(found).count("-") == NUM_BINS - 1
    assert len(curve(found)) == len(heading())


def test_prints_a_curve_for_each_half_and_saves_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    for half in ("train", "val"):
        centers = rng.normal(size=(5, 16))
        labels = np.repeat(np.arange(5), 12)
        features = centers[labels] + 0.2 * rng.normal(size=(60, 16))
        np.savez(tmp_path / f"blobs-{half}.npz", features=features, labels=labels)
    main(["--data", str(tmp_path), "--json", str(tmp_path / "curves.json")])
    printed = capsys.readouterr().out
    assert "blobs all" in printed
    assert "blobs val" in printed
    assert "NaN" not in (tmp_path / "curves.json").read_text()
