"""Compiles kernels once for all processes: their machine code is kept beside their modules.

Without that every process compiles for ten seconds before it clusters anything. Numba's own cache
does the keeping; what it leaves open is closed here: it looks only at the file of a kernel, not at
those that the kernel takes functions and constants from; it may mix up two processes that save at
the same moment; and it fails where the disk is full or cannot be written.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from numba import config, njit  # pyright: ignore[reportMissingTypeStubs]

from .source_hash import source_hash

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_FOLDER = Path(__file__).parents[1] / "__pycache__"
_PREFIX = "kernels-"
_UNUSED_SECONDS = 30 * 86_400
_SETTING = Lock()


def compiled(**options: Any) -> Callable[[Kernel], Kernel]:
    """Decorates a function that is compiled when it is first called, or read from the disk.

    Args:
        **options: Of `numba.njit`.

    Returns:
        The decorator. Where machine code cannot be kept, each process compiles its own.
    """

    def decorate(function: Kernel) -> Kernel:
        folder = kernel_folder()
        # Numba keeps by path, and one folder of plugins after another may link to this code.
        code = function.__code__
        function.__code__ = code.replace(co_filename=os.path.realpath(code.co_filename))
        kernel: Any = njit(**options)(function)
        if folder is not None and kernel is not function:  # which it is where numba is turned off
            _keep(kernel, folder)
        return kernel

    return decorate


def _keep(kernel: Any, folder: Path) -> None:
    """Gives a kernel a cache in `folder`, which numba would choose by itself otherwise."""
    settings: Any = config
    with _SETTING:  # threads may import modules of this package at once
        usual, settings.CACHE_DIR = settings.CACHE_DIR, str(folder)
        try:
            kernel.enable_caching()
        except RuntimeError:  # neither there nor elsewhere is a place that can be written
            return
        finally:
            settings.CACHE_DIR = usual
    if Path(kernel.stats.cache_path).parent == folder:
        kernel._cache = _SharedCache(kernel._cache, folder / "lock")
    else:  # it could not be written, and numba chose a place that other code may share
        kernel._cache.disable()


@cache
def kernel_folder() -> Path | None:
    """The folder of this very code, made if need be; None where nothing can be written."""
    # Types of the package are kept by name, which is another one inside the plugin.
    package = hashlib.sha256(str(__package__).encode()).hexdigest()[:8]
    folder = _FOLDER / f"{_PREFIX}{source_hash()}-{package}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lock").touch()  # also tells when it was last used
        _remove_unused(folder)
    except OSError:
        return None
    return folder


def _remove_unused(folder: Path) -> None:
    """Removes what code that nobody has run for a month left."""
    for other in folder.parent.glob(f"{_PREFIX}*"):
        used = (other / "lock").stat().st_mtime if (other / "lock").exists() else 0.0
        if other != folder and time.time() - used > _UNUSED_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


class _SharedCache:
    """Numba's cache of one kernel; without it, or with a damaged one, the kernel is compiled."""

    def __init__(self, kept: Any, lock: Path) -> None:
        self._kept = kept
        self._lock = lock

    def load_overload(self, signature: Any, target: Any) -> Any:
        """What was compiled for a signature, or None."""
        try:
            return self._kept.load_overload(signature, target)
        except Exception:  # whatever unpickling what is not whole may raise
            self._alone(self._kept.flush)
            return None

    def save_overload(self, signature: Any, machine_code: Any) -> None:
        """Keeps what was compiled, if there is room for it."""
        self._alone(self._kept.save_overload, signature, machine_code)

    def _alone(self, write: Callable[..., None], *args: Any) -> None:
        """Writes while no other process does: two new signatures would take the same file."""
        with suppress(OSError), self._lock.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            write(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)
