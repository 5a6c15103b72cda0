import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gcn.runtime import compiled, source_hash

KERNEL = """
from .runtime.compiled import compiled
from .factor import FACTOR

@compiled(nogil=True)
def scaled(value):
    return FACTOR * value
"""
CALL = """
import sys
from package.kernel import scaled

result = scaled(eval(sys.argv[1]))
print(result, sum(scaled.stats.cache_hits.values()))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with one kernel, which takes a constant from another module."""
    folder = tmp_path / "package"
    (folder / "runtime").mkdir(parents=True)
    for module in (compiled, source_hash):
        shutil.copy(str(module.__file__), folder / "runtime")
    for each in (folder, folder / "runtime"):
        (each / "__init__.py").touch()
    (folder / "kernel.py").write_text(KERNEL)
    (folder / "factor.py").write_text("FACTOR = 3")
    return folder


def begin(
    package: Path, value: str, before: Callable[[], None] | None = None
) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CALL, value]
    return subprocess.Popen(
        command, cwd=package.parent, stdout=subprocess.PIPE, text=True, preexec_fn=before
    )


def call(package: Path, value: str, before: Callable[[], None] | None = None) -> tuple[str, int]:
    """Calls the kernel in another process: the result, and how often it was on the disk."""
    process = begin(package, value, before)
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    result, hits = printed.split()
    return result, int(hits)


def kept(package: Path, name: str) -> list[Path]:
    return sorted((package / "__pycache__").glob(f"kernels-*/**/{name}"))


def test_the_next_process_does_not_compile(package: Path) -> None:
    assert call(package, "2") == ("6", 0)
    assert call(package, "4") == ("12", 1)
    assert call(package, "0.5") == ("1.5", 0)  # another signature
    assert call(package, "1.5") == ("4.5", 1)


def test_what_was_compiled_serves_every_link_to_the_code(package: Path, tmp_path: Path) -> None:
    call(package, "2")
    link = tmp_path / "plugins" / "package"
    link.parent.mkdir()
    link.symlink_to(package)
    assert call(link, "4") == ("12", 1)


def test_what_other_code_compiled_is_not_used(package: Path) -> None:
    call(package, "2")
    # The file of the kernel stays as it is. Of another size, since within a second Python itself
    # goes by that.
    (package / "factor.py").write_text("FACTOR = 2 + 3")
    assert call(package, "2") == ("10", 0)


@pytest.mark.parametrize("name", ["*.nbc", "*.nbi"])
def test_what_is_damaged_is_compiled_again(package: Path, name: str) -> None:
    call(package, "2")
    files = kept(package, name)
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[:100])
    assert call(package, "2") == ("6", 0)


def test_a_full_disk_is_no_reason_to_fail(package: Path) -> None:
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    assert call(package, "2", no_room) == ("6", 0)
    assert call(package, "2") == ("6", 0)


def test_a_folder_that_cannot_be_made_is_no_reason_to_fail(package: Path) -> None:
    (package / "__pycache__").write_text("in the way")
    assert call(package, "2") == ("6", 0)
    assert call(package, "2") == ("6", 0)


def test_no_place_to_write_at_all_is_no_reason_to_fail(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(package, "2")
    (place,) = {file.parent for file in kept(package, "*.nbi")}
    shutil.rmtree(place)
    place.write_text("in the way")
    assert call(package, "2") == ("6", 0)  # numba would keep it where other code does
    monkeypatch.setenv("NUMBA_CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator")
    assert call(package, "2") == ("6", 0)


def test_numba_may_be_turned_off(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # as who looks for a fault in a kernel does
    printed = subprocess.run(
        [sys.executable, "-c", "from package.kernel import scaled; print(scaled(2))"],
        cwd=package.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    assert printed == "6\n"


def test_processes_that_save_at_once_do_not_mix_up(package: Path) -> None:
    values = {"2": "6", "0.5": "1.5", "2j": "6j", "True": "3"}
    processes = [begin(package, value) for value in values]
    for process, result in zip(processes, values.values(), strict=True):
        assert process.communicate(timeout=120)[0].split()[0] == result
    for value, result in values.items():
        assert call(package, value) == (result, 1)


def test_what_nobody_used_for_long_is_removed(package: Path) -> None:
    old, recent = (package / "__pycache__" / f"kernels-{name}" for name in ("old", "recent"))
    for folder in (old, recent):
        folder.mkdir(parents=True)
        (folder / "lock").touch()
    os.utime(old / "lock", (0, 0))
    call(package, "2")
    assert recent.is_dir()
    assert not old.exists()
