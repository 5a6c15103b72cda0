"""Writes vectors every few seconds while a network makes them."""

import time
from collections.abc import Mapping
from types import TracebackType

import numpy as np

from ..base.operator_params import ComputeEmbeddingsParams
from ..base.reloading import reload_dataset
from ..data.fields import add_vector_field
from ..data.items import Items
from ..data.stored_values import stored_vector, write_stored
from ..data.targets import Target

# A write costs a round trip to the database, and a killed program loses what it has not written.
ITEMS, SECONDS = 512, 2.0


class VectorWriter:
    """Fills a vector field. Use it in a `with` block: leaving it writes what is left.

    That is so when the block fails, too: what was computed before an interruption is kept.

    Attributes:
        dimension: Length of a vector; None before the first.
        done: Items that were given, failed ones included.
        failed: Reason by id of the items that have no vector.
    """

    def __init__(
        self,
        target: Target,
        items: Items,
        params: ComputeEmbeddingsParams,
        pooling: str | None = None,
    ) -> None:
        self._target = target
        self._params = params
        self._pooling = pooling
        self._samples = dict(zip(items.ids, items.sample_ids, strict=True))
        self._rows: dict[str, np.ndarray | None] = {}
        self._written = time.monotonic()
        self.dimension: int | None = None
        self.done = 0
        self.failed: dict[str, str] = {}

    def __enter__(self) -> "VectorWriter":
        """Gives itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Writes the rest."""
        self._flush()

    def add(self, vectors: Mapping[str, np.ndarray], reasons: Mapping[str, str]) -> None:
        """Takes some items, each with its vector or with the reason why it has none.

        Args:
            vectors: Vectors by item id, shape (D,).
            reasons: Reasons by item id; an old vector of such an item goes, unless all items fail:
                then it is their place that cannot be read.
        """
        for vector in list(vectors.values())[:1]:
            self.dimension = len(vector)
        self._rows |= vectors
        self._rows |= dict.fromkeys(reasons)
        self.failed |= reasons
        self.done += len(vectors) + len(reasons)
        if len(self._rows) >= ITEMS or time.monotonic() - self._written >= SECONDS:
            self._flush()

    def _flush(self) -> None:
        if self.dimension is None:
            return
        # Emptied first, so that a failed write is not tried again on the way out.
        rows, self._rows = self._rows, {}
        self._written = time.monotonic()
        name, dataset = self._params.embeddings_field, self._target.dataset
        reload_dataset(dataset)  # somebody may have deleted the field in the meantime
        if rows and dataset.get_field(self._target.path(name)) is None:
            backbone, dimension = self._params.backbone, self.dimension
            add_vector_field(self._target, name, backbone, dimension, self._pooling)
        if rows and dataset.get_field(self._target.path(name)) is not None:
            samples = tuple(self._samples[item] for item in rows)
            stored = [{name: None if v is None else stored_vector(v)} for v in rows.values()]
            write_stored(self._target, Items(tuple(rows), samples), stored)
