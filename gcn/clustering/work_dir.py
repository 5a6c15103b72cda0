"""A folder with the results of finished stages, from which an interrupted run goes on."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..graph.relevant_components import MAX_DIMENSIONS
from ..runtime.atomic import replacing, write_array
from ..runtime.fixed_point import Rows
from ..runtime.source_hash import source_hash

Arrays = dict[str, NDArray[Any]]

_ADVICE = "free some and run again with the same work directory: the stages before are kept"
_BYTES = 1 << 24
_ABOUT, _LOCK = "work.json", "lock"


class Saved(NamedTuple):
    """What one stage left.

    Attributes:
        arrays: By name.
        numbers: Plain numbers beside them.
        hashes: Of the arrays, by name.
    """

    arrays: Arrays
    numbers: dict[str, Any]
    hashes: dict[str, str]


class WorkDir:
    """Stage files of one clustering; opened by `open_work_dir`.

    Args:
        folder: Exists and is locked.
        key: Hash of what the first stage depends on.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._key = key

    def load(self, stage: str, depends_on: str = "") -> Saved | None:
        """What a finished stage left; None if it did not finish, or under other settings.

        Args:
            stage: Its name.
            depends_on: Hash of what it depends on beside the work directory's own key.

        Raises:
            ValueError: A file has changed since it was written.
        """
        manifest = self._folder / f"{stage}.json"
        if not manifest.is_file():
            return None
        try:
            saved = json.loads(manifest.read_text())
            files, numbers, key = saved["files"], saved["numbers"], saved["key"]
            if saved["digest"] != _digest(files, numbers):
                raise ValueError("changed by hand")
        except (ValueError, LookupError, TypeError) as error:
            raise ValueError(self._damaged(manifest)) from error
        if key != self._stage_key(depends_on):
            return None
        arrays = {
            name: self._read(self._folder / f"{stage}-{name}.npy", files[name]) for name in files
        }
        return Saved(arrays, numbers, files)

    def save(
        self, stage: str, arrays: Mapping[str, NDArray[Any]], depends_on: str = "", **numbers: Any
    ) -> dict[str, str]:
        """Writes what a stage found; it counts as finished only once all is on the disk.

        Returns:
            Hashes of the arrays, by name.

        Raises:
            OSError: The disk is full or cannot be written.
        """
        (self._folder / f"{stage}.json").unlink(missing_ok=True)
        files: dict[str, str] = {}
        for name, values in arrays.items():
            with replacing(self._folder / f"{stage}-{name}.npy", _ADVICE) as file:
                write_array(file, values)
            files[name] = hash_array(values)
        manifest = {
            "key": self._stage_key(depends_on),
            "files": files,
            "numbers": numbers,
            "digest": _digest(files, numbers),
        }
        with replacing(self._folder / f"{stage}.json", _ADVICE) as file:
            file.write(json.dumps(manifest, indent=1).encode())
        return files

    def _stage_key(self, depends_on: str) -> str:
        return hashlib.sha256(f"{self._key} {depends_on}".encode()).hexdigest()

    def _read(self, path: Path, digest: str) -> NDArray[Any]:
        try:
            values = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise ValueError(self._damaged(path)) from error
        if hash_array(values) != digest:
            raise ValueError(self._damaged(path))
        return values

    def _damaged(self, path: Path) -> str:
        return f"'{path}' is damaged or has been changed; empty '{self._folder}' and run again"


@contextmanager
def open_work_dir(folder: str | os.PathLike[str], x: Rows, k: int) -> Iterator[WorkDir]:
    """Opens a work directory for one clustering, alone, making it if need be.

    Args:
        folder: A folder of earlier stages of the same clustering, a new one or an empty one.
        x: Unit rows in fixed point, shape (N, D).
        k: Neighbors per row.

    Yields:
        The work directory.

    Raises:
        ValueError: It holds other embeddings, another k, what other code found, or other files,
            or a run is using it.
        OSError: It cannot be made, locked or written, or the disk is too small.
    """
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(
            f"'{path}' is no folder; name a new or an empty one for the stages"
        )
    path.mkdir(parents=True, exist_ok=True)
    _refuse_foreign(path)
    with (path / _LOCK).open("ab") as lock:
        _lock(lock.fileno(), path)
        key = f"code {source_hash()}, k {k}, rows {hash_array(x)}"
        _refuse_other(path, key)
        for unfinished in path.glob(".*.tmp"):
            unfinished.unlink()
        _refuse_full(path, x.shape[0] * (13 * k + 2 * min(x.shape[1], MAX_DIMENSIONS)))
        yield WorkDir(path, key)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ValueError(
            f"another run is using '{path}'; wait for it, or give this one a work directory of its"
            " own"
        ) from error
    except OSError as error:
        raise OSError(
            f"'{path}' cannot be kept from other runs, as its file system knows no locks"
            f" ({error.strerror or error}); use a work directory on a local disk"
        ) from error


def hash_array(values: NDArray[Any]) -> str:
    """Hash of an array's type, shape and bytes, in hex."""
    digest = hashlib.sha256(f"{values.dtype} {values.shape}".encode())
    raw = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    for start in range(0, len(raw), _BYTES):
        digest.update(raw[start : start + _BYTES].data)
    return digest.hexdigest()


def _digest(files: Mapping[str, str], numbers: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([files, numbers], sort_keys=True).encode()).hexdigest()


def _refuse_foreign(path: Path) -> None:
    """Refuses a folder of something else before anything in it is made or removed."""
    if (path / _ABOUT).is_file():
        return
    for entry in path.iterdir():
        if entry.name not in (_LOCK, _ABOUT) and not entry.match(f".{_ABOUT}.*.tmp"):
            raise ValueError(f"'{path}' holds files of something else; name a new or empty folder")


def _refuse_other(path: Path, key: str) -> None:
    about = path / _ABOUT
    if about.is_file():
        try:
            known = json.loads(about.read_text()).get("key")
        except (ValueError, AttributeError):
            known = None
        if known != key:
            raise ValueError(
                f"'{path}' holds the stages of other embeddings, of another 'k' or of another"
                " version of this program; use another work directory, or delete this one"
            )
        return
    with replacing(about, _ADVICE) as file:
        file.write(json.dumps({"key": key}).encode())


def _refuse_full(path: Path, needed: int) -> None:
    found = sum(entry.stat().st_size for entry in path.iterdir())
    volume = os.statvfs(path)
    free = volume.f_bavail * volume.f_frsize
    if free + found < needed:
        raise OSError(
            f"the stages need about {needed / 1e9:.1f} GB in '{path}' and {free / 1e9:.1f} GB are"
            " free; free some, or leave the work directory out"
        )
