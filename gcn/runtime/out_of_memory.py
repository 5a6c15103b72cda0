"""What is said when memory runs out in spite of the estimate, on the CPU or on a device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_CPU_ALLOCATOR = "DefaultCPUAllocator"
"""Torch has an exception class of its own for devices only; on the CPU just the text tells."""
_SENTENCES = 3


@contextmanager
def told_what_to_change(task: str, change: str) -> Iterator[None]:
    """Turns any failure to get memory into one sentence.

    Args:
        task: What was being done, with its sizes.
        change: What to change.

    Raises:
        MemoryError: Memory ran out inside.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _is_want_of_memory(error):
            raise
        raise MemoryError(f"memory ran out while {task}{_details(error)}; {change}") from error


def _is_want_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or _CPU_ALLOCATOR in str(error)


def _details(error: Exception) -> str:
    """The first sentences of torch's text say how much was asked for and free; the rest is long."""
    text = str(error).split(f"{_CPU_ALLOCATOR}: ")[-1].split("\n")[0]
    text = ". ".join(text.split(". ")[:_SENTENCES]).rstrip(".")
    return f" ({text})" if text else ""
