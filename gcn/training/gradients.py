"""Gradients as training needs them, whatever mode of torch the caller is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def with_gradients() -> Iterator[None]:
    """Sets aside `torch.inference_mode`, `no_grad` and `autocast` of the calling thread.

    Yields:
        Nothing; in the end the modes are what they were.
    """
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast("cpu", enabled=False):
        yield
