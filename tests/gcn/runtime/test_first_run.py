"""What is said on the first run of a computer: by processes over a copy of the code."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gcn.runtime import atomic, compiled, first_run, progress, source_hash

RUN = """
from package.runtime.first_run import note_run, tell_first_run

tell_first_run(lambda done, what: print(done, what))(0.5, "First look")
note_run()
tell_first_run(lambda done, what: print(done, what))(0.5, "First look")
"""
SAID = "0.5 First look (the first run prepares itself, once: up to a minute more)"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    (folder / "runtime").mkdir(parents=True)
    for module in (atomic, compiled, first_run, progress, source_hash):
        shutil.copy(str(module.__file__), folder / "runtime")
    for each in (folder, folder / "runtime"):
        (each / "__init__.py").touch()
    return folder


def told(package: Path) -> list[str]:
    command = [sys.executable, "-c", RUN]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_first_run_says_why_it_takes_long_and_no_later_one_does(package: Path) -> None:
    assert told(package) == [SAID, "0.5 First look"]
    assert told(package) == ["0.5 First look", "0.5 First look"]


def test_other_code_has_a_first_run_of_its_own(package: Path) -> None:
    told(package)
    (package / "kernel.py").write_text("FACTOR = 3")
    assert told(package)[0] == SAID


def test_where_nothing_can_be_kept_each_process_says_it_once(package: Path) -> None:
    (package / "__pycache__").write_text("no folder")
    assert told(package) == [SAID, "0.5 First look"]
    assert told(package) == [SAID, "0.5 First look"]
