"""Files that are whole or not there."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Barrier

import numpy as np
import numpy.typing as npt
import pytest

from gcn.runtime.atomic import replacing, write_array

KILLED = """
import os, pathlib, signal, sys
from gcn.runtime.atomic import replacing
with replacing(pathlib.Path(sys.argv[1])) as file:
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with replacing(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_what_fails_leaves_the_old_file(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def fail() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_of_the_same_number_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], cwd=Path(__file__).parents[3]
    )
    assert killed.wait() == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    # In a container the next process often has the number of the last one.
    left.rename(left.with_name(left.name.replace(str(killed.pid), str(os.getpid()))))
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_of_two_that_write_at_once_the_last_stays_whole(tmp_path: Path) -> None:
    path, both_write = tmp_path / "a.txt", Barrier(2)

    def write(content: bytes) -> None:
        with replacing(path) as file:
            file.write(content)
            both_write.wait(10)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, [b"one", b"other"]))
    assert path.read_bytes() in (b"one", b"other")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "values",
    [
        np.arange(12).reshape(3, 4),
        np.zeros((0, 5), np.float32),
        np.array([1, np.nan], np.float16),
        np.array([True, False]),
        np.arange(12).reshape(3, 4).T,
        np.array(3.5),
    ],
    ids=["2-D", "empty", "half", "bool", "transposed", "scalar"],
)
def test_an_array_reads_back_as_numpy_saves_it(values: npt.NDArray[np.generic]) -> None:
    file = BytesIO()
    write_array(file, values)
    file.seek(0)
    found = np.load(file)
    assert (found.dtype, found.shape) == (values.dtype, values.shape)
    np.testing.assert_array_equal(found, values)
