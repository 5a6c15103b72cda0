from pathlib import Path

import numpy as np
import pytest

from benchmarks.confirmed import Rest, links_of, main, summary


def test_links_bind_each_class_and_keep_classes_apart() -> None:
    labels = np.array([0, 1, 0, 2, 1, 0, 2])
    must, cannot = links_of(labels, np.array([0, 1]))
    assert must.tolist() == [[0, 2], [2, 5], [1, 4]]
    assert cannot.tolist() == [[0, 1]]


def test_the_summary_tells_gains_from_losses() -> None:
    found = [Rest("a", 9, 3, 0.5, 0.7), Rest("b", 9, 3, 0.6, 0.55), Rest("c", 9, 3, 0.4, 0.4)]
    assert summary(found) == (
        "3 sets: before 0.500, after 0.550; better on 1, worse on 1 (by 0.050 at most)"
    )


def test_classes_that_only_confirmed_ones_show_are_found_after_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(60), 12)
    x = rng.normal(size=(60, 32))[labels] / np.sqrt(32)
    x[:, :3] += 0.7 * rng.choice([-1, 1], size=(len(labels), 3))  # modes, the same in all
    np.savez(tmp_path / "modes.npz", features=x + 0.05 * rng.normal(size=x.shape), labels=labels)
    main(["--data", str(tmp_path)])
    line = capsys.readouterr().out.splitlines()[1].split()
    assert line[:3] == ["modes", "60", "20"]
    assert float(line[3]) < 0.5
    assert float(line[4]) > 0.9
