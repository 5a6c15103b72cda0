"""Files that are whole or not there."""

from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gcn.atomic import replacing, write_array


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
