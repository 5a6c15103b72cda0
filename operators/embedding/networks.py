"""Networks as streams: vectors arrive while the rest of the items are still being read."""

from collections.abc import Callable, Generator
from contextlib import closing

import numpy as np

from ..base.operator_params import DEFAULT_BACKBONE, ComputeEmbeddingsParams
from ..data.fields import BATCH, Image, read_images
from ..data.items import Items
from ..data.targets import Target
from .zoo import embed_with_zoo, load_zoo_model

# Items that a zoo model gets at a time: the share done is known after each.
ZOO_CHUNK = 128

# Vectors by item id, and the reasons of what failed by item id.
Embedded = tuple[dict[str, np.ndarray], dict[str, str]]
Network = Callable[[Target, Items, ComputeEmbeddingsParams], Generator[Embedded, None, None]]


def network_of(params: ComputeEmbeddingsParams) -> Network:
    """Chooses the network. It is loaded when its first vectors are asked for.

    Args:
        params: The parameters, with `backbone`.

    Returns:
        A function of target, items and parameters. Its generator gives the items in order, some at
        a time and each once, either with a vector or with the reason of its failure. Close it.
    """
    return _default_network if params.backbone == DEFAULT_BACKBONE else _zoo_network


def _default_network(
    target: Target, items: Items, params: ComputeEmbeddingsParams
) -> Generator[Embedded, None, None]:
    from ...gcn import embed_batches

    images: dict[str, Image] = {}
    for chunk in items.chunks(BATCH):
        images |= read_images(target, chunk)
    gone = {item: "the sample was deleted" for item in items.ids if item not in images}
    if gone:
        yield {}, gone
    present = [item for item in items.ids if item in images]
    sources = [images[item] for item in present]
    with closing(embed_batches(sources, params.batch_size)) as batches:
        for batch in batches:
            ids = [present[row] for row in batch.positions]
            vectors = dict(zip(ids, batch.embeddings, strict=True))
            yield vectors, {present[row]: reason for row, reason in batch.errors.items()}


def _zoo_network(
    target: Target, items: Items, params: ComputeEmbeddingsParams
) -> Generator[Embedded, None, None]:
    model = load_zoo_model(params.backbone)
    for chunk in items.chunks(ZOO_CHUNK):
        yield embed_with_zoo(target, chunk, model, params.batch_size)
