"""Exact nearest neighbors on a torch device that holds all rows.

Every row is compared with every other in half precision, which such devices multiply ten times as
fast and move in half of the time. The best of those, some more than are wanted, are compared again
in full precision. What half precision may be off by is known for each row, and so is whether a
neighbor can have been missed; rows of which that is not sure are compared in full precision.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..runtime.parallel import row_slices
from ..runtime.progress import Progress, tell

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

GROUP = 64
"""Columns of which only the largest is looked at first: sorting reads everything several times."""
_FURTHER = 48
"""Candidates beyond the neighbors that are wanted."""
_BLOCK_SCORES, _BLOCK_NUMBERS = 400_000_000, 200_000_000
"""Similarities, and numbers of candidates' rows, that are on the device at once."""
_ROUNDED_ROWS = 65_536
_MIN_SHARE = 4
"""Half precision pays where there are so many times more rows than are compared twice."""
_ROUNDED = 4 * 2.0**-11
"""How far a sum of products of unit rows may be off, beside what the rows are: it is rounded once,
and where it is added up from parts those are too."""
_NOBODY = -2.0
"""Below every cosine."""


class DeviceSearch:
    """Finds neighbors among rows that are on a device.

    Args:
        x: Unit rows, shape (N, D), float32, C-contiguous.
        k: Neighbors per row; below N.
        device: Of torch.
    """

    def __init__(self, x: Float32, k: int, device: str) -> None:
        self._k, self._num_rows = k, len(x)
        self._wanted = k + _FURTHER
        self._full = torch.from_numpy(x).to(device)
        columns = -(-len(x) // GROUP) * GROUP
        self.rows_per_block = max(1, _BLOCK_SCORES // columns)
        self._in_half = columns > _MIN_SHARE * GROUP * self._wanted
        if self._in_half:
            fit = max(1, _BLOCK_NUMBERS // (self._wanted * x.shape[1]))
            self.rows_per_block = min(self.rows_per_block, fit)
            self._half = torch.zeros((columns, x.shape[1]), dtype=torch.float16, device=device)
            self._half[: len(x)] = self._full
            off = torch.cat([self._rounding(rows) for rows in row_slices(len(x), _ROUNDED_ROWS)])
            self._error = off + (off.max() + _ROUNDED)
            self._scores = self._half.new_empty((min(self.rows_per_block, len(x)), columns))

    def nearest(self, rows: Int64) -> tuple[Int32, Float32]:
        """The `k` most similar others of at most `rows_per_block` rows.

        Args:
            rows: Row numbers, shape (R,).

        Returns:
            Row numbers, shape (R, k), int32, and their similarity, falling, float32.
        """
        asked = torch.from_numpy(rows).to(self._full.device)
        if self._in_half:
            ids, similarity, sure = self._nearest_in_half(asked)
            doubtful = torch.nonzero(~sure)[:, 0]
            if len(doubtful):
                ids[doubtful], similarity[doubtful] = self._nearest_in_full(asked[doubtful])
        else:
            ids, similarity = self._nearest_in_full(asked)
        return ids.to(torch.int32).cpu().numpy(), similarity.cpu().numpy()

    def _rounding(self, rows: slice) -> Tensor:
        """Length of what half precision took from some rows, shape (R,)."""
        return torch.linalg.vector_norm(self._half[rows].float() - self._full[rows], dim=1)

    def _nearest_in_full(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        scores = torch.mm(self._full[rows], self._full.T)
        scores.scatter_(1, rows[:, None], _NOBODY)  # a row is no neighbor of itself
        found = scores.topk(self._k)
        return found.indices, found.values

    def _nearest_in_half(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Neighbors, their similarity, and of which rows it is sure that there are no nearer."""
        scores = torch.mm(self._half[rows], self._half.T, out=self._scores[: len(rows)])
        scores[:, self._num_rows :] = _NOBODY
        scores.scatter_(1, rows[:, None], _NOBODY)
        candidates, least = _largest(scores, self._wanted)
        pairs = self._full[candidates.reshape(-1)].view(*candidates.shape, -1)
        # Not a product of matrices, which some devices round, if they are told to hurry.
        similarity = pairs.mul_(self._full[rows][:, None]).sum(2)
        found = similarity.topk(self._k)
        # No other row is as similar as the last candidate in half precision.
        sure = found.values[:, -1] >= least + self._error[rows]
        return candidates.gather(1, found.indices), found.values, sure


def _largest(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Columns of the largest scores of each row, shape (R, count), and the least of these, (R,).

    The largest are in the groups whose largest are largest, as many groups as are wanted.
    """
    groups = scores.view(len(scores), -1, GROUP)
    best = groups.amax(2).topk(count, sorted=False).indices
    inside = groups.gather(1, best[:, :, None].expand(-1, -1, GROUP)).view(len(scores), -1)
    found = inside.topk(count)
    columns = best.gather(1, found.indices // GROUP) * GROUP + found.indices % GROUP
    return columns, found.values[:, -1].float()


def exact_on_device(
    x: Float32, rows: Int64, k: int, device: str, progress: Progress | None = None
) -> tuple[Int32, Float32]:
    """The `k` most similar others of some rows, as `exact.exact_neighbors`.

    Args:
        x: Unit rows, shape (N, D), float32, C-contiguous.
        rows: Row numbers, shape (R,).
        k: Neighbors per row; below N.
        device: Of torch.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Row numbers, shape (R, k), int32, and their similarity, falling, float32.
    """
    search = DeviceSearch(x, k, device)
    ids, similarity = np.empty((len(rows), k), np.int32), np.empty((len(rows), k), np.float32)
    for start in range(0, len(rows), search.rows_per_block):
        tell(progress, start / len(rows), "Nearest neighbors")
        block = slice(start, start + search.rows_per_block)
        ids[block], similarity[block] = search.nearest(rows[block])
    return ids, similarity
