from pathlib import Path

import numpy as np
import pytest

from benchmarks.own_labels import Gain, halves, main, summary
from benchmarks.sets import SetPaths


def save_set(folder: Path, name: str, num_classes: int = 24) -> None:
    """Classes in eight modes that are the same in all."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(num_classes), 12)
    x = rng.normal(size=(num_classes, 32))[labels] / np.sqrt(32)
    x[:, :3] += 0.7 * rng.choice([-1, 1], size=(len(labels), 3))
    x += 0.3 * rng.normal(size=x.shape) / np.sqrt(32)
    np.savez(folder / f"{name}.npz", features=x, labels=labels)


def test_the_halves_share_no_class_and_no_image(tmp_path: Path) -> None:
    save_set(tmp_path, "modes", 25)
    labeled, new = halves(SetPaths(tmp_path, "modes"))
    assert len(np.unique(labeled.labels)) == 12
    assert len(np.unique(new.labels)) == 13
    assert len(labeled.labels) + len(new.labels) == 300


def test_a_set_of_two_files_is_divided_as_it_is(tmp_path: Path) -> None:
    save_set(tmp_path, "modes-train", 8)
    save_set(tmp_path, "modes-val", 5)
    labeled, new = halves(SetPaths(tmp_path, "modes"))
    assert [len(np.unique(part.labels)) for part in (labeled, new)] == [8, 5]


def test_the_summary_divides_sets_by_their_labeled_classes() -> None:
    found = [
        Gain("a", 30, 9, 0.50, 0.60, "networks"),
        Gain("b", 90, 9, 0.70, 0.68, "networks, directions"),
        Gain("c", 5, 9, 0.50, 0.50, "nothing"),
    ]
    assert summary(found) == [
        "30 labeled classes or more: 2 sets, shipped 0.600, trained 0.640; better on 1, the same"
        " on 0, worse on 1 (by 0.020 at most)",
        "fewer: 1 sets, shipped 0.500, trained 0.500; better on 0, the same on 1, worse on 0"
        " (by 0.000 at most)",
    ]


@pytest.mark.slow
def test_classes_that_only_labels_show_are_found_after_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_set(tmp_path, "modes", 60)
    main(["--data", str(tmp_path)])
    line = capsys.readouterr().out.splitlines()[1].split()
    assert line[:3] == ["modes", "30", "30"]
    assert float(line[3]) < 0.5
    assert float(line[4]) > 0.9
    assert "directions" in line
