from pathlib import Path

import numpy as np
import pytest

from benchmarks.doubt import Doubt, main, summary


def test_the_summary_counts_warnings_of_bad_and_of_good_sets() -> None:
    found = [
        Doubt("a", 0.5, 0.30, 0.2, warned=True),
        Doubt("b", 0.7, 0.44, 0.3, warned=False),
        Doubt("c", 0.7, 0.50, 0.4, warned=False),
        Doubt("d", 0.6, 0.60, 0.7, warned=True),
    ]
    assert summary(found) == [
        "warned of 1 of 2 sets with F below 0.45, and of 1 of 1 with F of 0.6 or more",
        "mean F of the 2 warned of: 0.450",
        "mean F of the 2 others: 0.470",
    ]


def test_groups_are_not_warned_of_and_noise_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(20), 15)
    centers = rng.normal(size=(20, 64))
    groups, noise = tmp_path / "groups", tmp_path / "noise"
    groups.mkdir()
    noise.mkdir()
    features = centers[labels] + 0.3 * rng.normal(size=(300, 64))
    np.savez(groups / "groups.npz", features=features, labels=labels)
    np.savez(noise / "noise.npz", features=rng.normal(size=(300, 64)), labels=labels)
    main(["--data", str(groups), str(noise)])
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert not lines["groups"].endswith("warned")
    assert lines["noise"].endswith("warned")
