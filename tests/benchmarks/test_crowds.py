import numpy as np
import pytest

from benchmarks.crowds import Crowd, gaussian_classes, main


def test_classes_are_as_many_and_as_large_as_asked() -> None:
    data = gaussian_classes(Crowd(30, 4, 16, 2.0))
    assert np.bincount(data.labels).tolist() == [30] * 4
    assert data.embeddings.shape == (120, 16)


def test_a_larger_distance_leaves_fewer_neighbors_of_other_classes() -> None:
    shares: list[float] = []
    for distance in (0.2, 0.6, 2.0):
        data = gaussian_classes(Crowd(100, 5, 32, distance))
        near = data.graph.neighbors[:, :10]
        shares.append(float((data.labels[near] == data.labels[:, None]).mean()))
    assert shares == sorted(shares)
    assert shares[-1] > 0.99


def test_prints_a_line_for_each_set(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--first", "1"])
    heading, line = capsys.readouterr().out.splitlines()
    assert len(heading) == len(line)
    assert line.split()[:4] == ["100", "100", "256", "1.0"]
    assert 0.99 <= float(line.split()[6]) <= 1.0
