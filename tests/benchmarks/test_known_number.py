"""What the number of classes is worth."""

from pathlib import Path

import numpy as np
import pytest

import gcn
from benchmarks.known_number import group_of, main, methods, mixtures, score, table
from benchmarks.sets import BenchmarkSet


def views(num_classes: int, images: int) -> BenchmarkSet:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(num_classes), images)
    x = rng.normal(size=(num_classes, 32))[labels] + 0.2 * rng.normal(size=(len(labels), 32))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return BenchmarkSet("views", x.astype(np.float32), labels)


@pytest.mark.parametrize("name", list(methods(gcn.load_model())))
def test_each_method_makes_as_many_clusters_as_it_is_told(name: str) -> None:
    data = views(6, 20)
    method = methods(gcn.load_model())[name]
    found = list(method(data, [2, 6]))
    assert [len(np.unique(labels)) for labels in found] == [2, 6]
    assert gcn.evaluate(data.labels, found[1]).mean_f == 1.0


def test_all_numbers_are_scored_and_none() -> None:
    scores = score(views(5, 20), gcn.load_model(), methods(gcn.load_model()))
    assert scores["ours, no number"] == scores["ours, the true number"] == 1.0
    assert scores["k-means, half as many"] < 1.0
    assert len(scores) == 16


@pytest.mark.parametrize(("num", "group"), [(12, "to 12"), (13, "to 60"), (61, "to 300")])
def test_sets_are_grouped_by_their_classes(num: int, group: str) -> None:
    assert group_of(views(num, 2)) == group


def test_a_mixture_is_a_class_and_the_one_most_like_it() -> None:
    labels = np.repeat([0, 1, 2, 3], [10, 10, 10, 4])
    means = np.array([[1.0, 0.0, 0.0], [0.9, 0.3, 0.0], [0.0, 0.0, 1.0], [0.95, 0.0, 0.1]])
    data = BenchmarkSet("three", means[labels].astype(np.float32), labels)
    found = {tuple(np.unique(each.labels)) for each in mixtures(data, np.random.default_rng(0))}
    assert found in ({(0, 1), (0, 2)}, {(0, 1), (1, 2)})
    assert all(len(each.labels) == 20 for each in mixtures(data, np.random.default_rng(0)))


def test_the_table_has_means_by_column_and_of_all() -> None:
    found = {"to 12": [{"ours": 0.5}, {"ours": 0.7}], "small, 4": [{"ours": 0.3}]}
    lines = [line.split() for line in table(found).splitlines()]
    assert lines[1] == ["ours", "0.600", "0.300", "0.500"]
    assert lines[2] == ["sets", "2", "1", "3"]


def test_sets_and_what_is_drawn_from_them_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = views(14, 14)
    np.savez(tmp_path / "views.npz", features=data.embeddings, labels=data.labels)
    main(["--data", str(tmp_path), "--no-peers"])
    first, heading, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("views: 14 classes, 1.000, told 1.000")
    assert heading.split() == "classes to 60 small, 2 small, 4 small, 12 all".split()
    assert last.split() == ["sets", "1", "12", "2", "2", "17"]
    with pytest.raises(SystemExit, match="no set has at most 300 classes"):
        main(["--data", str(_many(tmp_path / "many"))])


def _many(folder: Path) -> Path:
    folder.mkdir()
    np.savez(folder / "many.npz", features=np.eye(301, dtype=np.float32), labels=np.arange(301))
    return folder
