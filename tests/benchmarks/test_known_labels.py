from pathlib import Path

import numpy as np
import pytest

from benchmarks.known_labels import Rest, labeled_images, main, names_of, summary


def test_a_tenth_of_two_thirds_of_the_classes_is_labeled() -> None:
    labels = np.repeat(np.arange(30), 200)
    known = labeled_images(labels)
    told = np.unique(known[known >= 0])
    assert len(told) == 20
    assert (known[known >= 0] == labels[known >= 0]).all()
    assert (known[np.isin(labels, told)] >= 0).mean() == pytest.approx(0.1, abs=0.02)
    np.testing.assert_array_equal(known, labeled_images(labels))


def test_a_cluster_is_called_what_its_labeled_images_are() -> None:
    clusters = np.array([0, 0, 1, 1, 2, 0])
    known = np.array([7, -1, -1, 4, -1, 7])
    assert names_of(clusters, known).tolist() == [7, 7, 4, 4, -1, 7]


def test_the_summary_compares_with_the_nearest_labeled_images() -> None:
    found = [
        Rest("a", 9, 6, 0.5, 0.7, 0.0, 0.5, 0.8, 0.3),
        Rest("b", 9, 6, 0.6, 0.55, 1.5, 1.0, 0.6, 0.5),
    ]
    assert summary(found) == (
        "2 sets: before 0.550, after 0.625; better on 1, worse on 1 (by 0.050 at most); named right"
        " 0.500 of all, by the nearest labeled images 0.400"
    )


def test_crowds_are_found_once_some_images_are_labeled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 200)
    centers = np.linalg.qr(rng.normal(size=(48, 5)))[0].T
    x = centers[labels] + 2.0 * rng.normal(size=(1000, 48)) / np.sqrt(48)
    np.savez(tmp_path / "crowds.npz", features=x, labels=labels)
    main(["--data", str(tmp_path)])
    name, classes, labeled, before, after, shift, named, right, _, nearest = (
        capsys.readouterr().out.splitlines()[1].split()
    )
    assert (name, classes, labeled) == ("crowds", "5", "3")
    assert float(after) > float(before) + 0.3
    assert float(shift) > 0.0
    assert float(named) * float(right) > float(nearest)
