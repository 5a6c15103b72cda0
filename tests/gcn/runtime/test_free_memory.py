"""Free memory: that of the machine, unless a control group around the process holds less."""

from pathlib import Path

import psutil
import pytest

from gcn.runtime.free_memory import free_bytes

LIMITED = 1_000_000


def group(folder: Path, limit: str, usage: str, cached: str, limit_is: int | str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / limit).write_text(f"{limit_is}\n")
    (folder / usage).write_text("900000\n")
    (folder / "memory.stat").write_text(f"anon 500000\n{cached} 300000\n")


def version_2(folder: Path, limit_is: int | str) -> None:
    group(folder, "memory.max", "memory.current", "inactive_file", limit_is)


def version_1(folder: Path, limit_is: int | str) -> None:
    names = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
    group(folder, *names, limit_is)


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_without_control_groups_it_is_what_the_machine_has(tmp_path: Path) -> None:
    available = psutil.virtual_memory().available
    free = free_bytes(tmp_path, tmp_path / "absent")
    assert free == pytest.approx(available, rel=0.2)


def test_the_real_files_of_this_machine_can_be_read() -> None:
    assert 0 < free_bytes() <= psutil.virtual_memory().total


@pytest.mark.parametrize("at", ["", "job", "job/step"])
def test_a_limit_counts_on_the_group_and_on_every_group_around_it(tmp_path: Path, at: str) -> None:
    for each in ("", "job", "job/step"):
        version_2(tmp_path / each, LIMITED if each == at else "max")
    own = written(tmp_path / "own", "0::/job/step\n")
    assert free_bytes(tmp_path, own) == LIMITED - 900_000 + 300_000


def test_a_container_that_sees_itself_as_the_root_is_limited_too(tmp_path: Path) -> None:
    version_2(tmp_path, LIMITED)
    own = written(tmp_path / "own", "0::/docker/0123456789ab\n")
    assert free_bytes(tmp_path, own) == 400_000


def test_the_older_layout_is_read_where_a_machine_has_both(tmp_path: Path) -> None:
    version_1(tmp_path / "memory" / "box", LIMITED)
    own = written(tmp_path / "own", "5:cpu,cpuacct:/box\n4:memory:/box\n0::/\n")
    assert free_bytes(tmp_path, own) == 400_000


def test_the_number_that_stands_for_no_limit_limits_nothing(tmp_path: Path) -> None:
    version_1(tmp_path / "memory", 9_223_372_036_854_771_712)
    own = written(tmp_path / "own", "4:memory:/\n")
    assert free_bytes(tmp_path, own) == pytest.approx(psutil.virtual_memory().available, rel=0.2)


def test_a_group_beyond_its_limit_has_nothing_free(tmp_path: Path) -> None:
    version_2(tmp_path, 100_000)
    own = written(tmp_path / "own", "0::/\n")
    assert free_bytes(tmp_path, own) == 0
