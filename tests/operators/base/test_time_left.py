import itertools
import time
from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def time_left(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.base.time_left")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "about 5 seconds"),
        (7, "about 5 seconds"),
        (42, "about 40 seconds"),
        (58, "about 1 minute"),
        (149, "about 2 minutes"),
        (3_580, "about 1 hour"),
        (7_700, "about 2 hours 10 minutes"),
        (86_400, "about 24 hours"),
    ],
)
def test_time_is_worded_no_more_exactly_than_it_is_known(
    time_left: ModuleType, seconds: float, text: str
) -> None:
    assert time_left.time_text(seconds) == text


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_left_is_what_the_speed_so_far_promises(
    time_left: ModuleType, monkeypatch: pytest.MonkeyPatch, start: float
) -> None:
    clock = itertools.count(100, 10)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    told: list[str] = []
    report = time_left.with_time_left(lambda share, label: told.append(label))
    for share in (start, start + 0.1, start + 0.2, 1.0):
        report(share, "Working")
    left = [90, 80] if start == 0 else [40, 30]
    texts = [f"Working, {time_left.time_text(seconds)} left" for seconds in left]
    assert told == ["Working", *texts, "Working"]


def test_nothing_is_promised_before_anything_is_known(time_left: ModuleType) -> None:
    told: list[tuple[float, str]] = []
    report = time_left.with_time_left(lambda share, label: told.append((share, label)))
    for share in (0.0, 0.1, 0.9):
        report(share, "Working")
    assert told == [(0.0, "Working"), (0.1, "Working"), (0.9, "Working")]
