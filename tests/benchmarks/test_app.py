import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.app_browser import Exchange
from benchmarks.app_events import row_of
from benchmarks.app_rows import Row, against, table

ROOT = Path(__file__).resolve().parents[2]


def test_ratios_are_taken_round_by_round() -> None:
    row = against("writing / bare", [100.0, 300.0], [50.0, 100.0], 1.5)
    assert row.values == [2, 3]
    assert row.median == 2.5
    assert row.is_missed


@pytest.mark.parametrize(
    ("values", "budget", "missed"),
    [([299.0], 300.0, False), ([301.0], 300.0, True), ([9e9], None, False)],
)
def test_budget_is_for_the_median(values: list[float], budget: float | None, missed: bool) -> None:
    assert Row("x", values, budget).is_missed is missed
    assert Row("x", [0, *values, 1e12], budget).is_missed is missed


@pytest.mark.parametrize(("sent", "missed"), [(99.0, False), (101.0, True)])
def test_an_event_may_send_100_kb(sent: float, missed: bool) -> None:
    assert Row("x", [5.0], None, sent=sent).is_missed is missed
    assert Row("x", [5.0], 300.0, sent=sent, received=900.0).is_missed is missed


def test_a_row_of_events_tells_the_most_that_was_sent_and_received() -> None:
    row = row_of("x", [Exchange(10.0, 1_000, 200_000), Exchange(30.0, 3_000, 100_000)], 300.0)
    assert (row.median, row.sent, row.received) == (20, 3, 200)


def test_table_states_budgets_with_their_unit_and_what_is_missed() -> None:
    lines = table(
        [
            Row("page", [1_200.0, 800.0], 1_000.0),
            Row("ratio", [2.0], 1.5, "x"),
            Row("free", [5.0]),
            Row("event", [5.0], 300.0, sent=2.0, received=40.0),
        ]
    ).splitlines()
    assert lines[1].split() == ["page", "1,000", "ms", "1,200", "ms", "1,000", "ms", "holds"]
    assert lines[2].split() == ["ratio", "2.00", "x", "2.00", "x", "1.50", "x", "missed"]
    assert lines[3].split() == ["free", "5", "ms", "5", "ms"]
    assert lines[4].split()[-5:] == ["2", "kB", "40", "kB", "holds"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_command_measures_everything_in_a_real_database(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.app", "--images", "12000", "--clusters", "1100"]
    options = ["--dimension", "32", "--repeats", "1", "--json", str(tmp_path / "app.json")]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False, timeout=580
    )
    # With so few images the fixed costs may well exceed a ratio, which it must then say.
    assert done.returncode == 0 or "Over budget: " in done.stderr, done.stderr
    rows = {
        row["what"].strip(): row for row in json.loads((tmp_path / "app.json").read_text())["rows"]
    }
    assert rows["write clusters / bare set_values()"]["budget"] == 1.5
    assert rows["rename the largest"]["budget"] == 300
    assert rows["page of the largest cluster"]["budget"] == 1_000
    assert max(row["sent"] or 0 for row in rows.values()) < 100
    assert all(min(row["values"]) >= 0 for row in rows.values())
    assert len(rows) > 85
