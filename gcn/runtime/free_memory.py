"""How much memory this process can still get: of the machine, or of its container."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import psutil

_CONTROLLERS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_VERSION_2 = ("memory.max", "memory.current", "inactive_file")
_VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def free_bytes(controllers: Path = _CONTROLLERS, own_groups: Path = _OWN_GROUPS) -> int:
    """Memory that can be had without swapping, in bytes.

    A container, or a job of a cluster, may hold less than the machine it runs on: Linux ends what
    grows beyond the limit of its control group, or of a group around that, without a word.

    Args:
        controllers: Where the system shows the limits of control groups.
        own_groups: Where it says which groups this process is in.
    """
    free = psutil.virtual_memory().available
    return max(0, min([free, *_left_in_groups(controllers, own_groups)]))


def _left_in_groups(controllers: Path, own_groups: Path) -> Iterator[int]:
    try:
        lines = own_groups.read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if not names:
            root, files = controllers, _VERSION_2
        elif "memory" in names.split(","):
            root, files = controllers / "memory", _VERSION_1
        else:
            continue
        # A container may see itself as the root, though its path is that of the machine's tree.
        for group in (PurePosixPath(path), *PurePosixPath(path).parents):
            left = _left(root / group.relative_to("/"), *files)
            if left is not None:
                yield left


def _left(group: Path, limit: str, usage: str, reclaimable: str) -> int | None:
    """What a group has left, with cached files that give way; None where nothing limits it."""
    try:
        most, used = int((group / limit).read_text()), int((group / usage).read_text())
        rows = (line.split() for line in (group / "memory.stat").read_text().splitlines())
        cached = sum(int(row[1]) for row in rows if row[0] == reclaimable)
    except (OSError, ValueError, IndexError):  # no such group, or "max"
        return None
    return most - used + cached
