"""Writes files that are either whole or not there."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_BYTES = 1 << 24
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replacing(path: Path, advice: str = "free some space and run again") -> Iterator[IO[bytes]]:
    """Opens a file that takes the place of `path` only once it is whole and on the disk.

    Args:
        path: In a folder that exists.
        advice: What to do when the disk is full.

    Raises:
        OSError: The disk is full or cannot be written; `path` is as it was.
    """
    # Not the number of the process: another thread has the same, and so may one before that died.
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        if error.errno in _FULL:
            raise OSError(f"there is no room on the disk for '{path}'; {advice}") from error
        raise
    finally:
        unfinished.unlink(missing_ok=True)


def write_array(file: IO[bytes], values: NDArray[Any]) -> None:
    """Writes an array as an .npy file; `numpy.save` does not say that a disk is full."""
    values = np.asarray(values, order="C")
    header = np.lib.format.header_data_from_array_1_0(values)
    np.lib.format.write_array_header_1_0(file, header)
    raw = values.reshape(-1).view(np.uint8)
    for start in range(0, len(raw), _BYTES):
        file.write(raw[start : start + _BYTES].data)
