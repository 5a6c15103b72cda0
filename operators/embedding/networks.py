"""Networks as streams: vectors arrive while the rest of the items are still being read."""

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Literal, cast

import numpy as np

from ..base.operator_params import DEFAULT_BACKBONE, ComputeEmbeddingsParams
from ..data.fields import BATCH, Image, backbone_of, pooling_of, read_images
from ..data.items import Items
from ..data.targets import Target
from .zoo import embed_with_zoo, load_zoo_model

# Items that a zoo model gets at a time: the share done is known after each.
ZOO_CHUNK = 128

# Vectors by item id, and the reasons of what failed by item id.
Embedded = tuple[dict[str, np.ndarray], dict[str, str]]
Network = Callable[
    [Target, Items, ComputeEmbeddingsParams, str | None], Generator[Embedded, None, None]
]
POOLINGS = GENERALIZED, MEAN = "generalized", "mean"


def pooling_for(target: Target, params: ComputeEmbeddingsParams) -> str | None:
    """Chooses how features become one vector: vectors of one field must compare.

    Args:
        target: What is worked on.
        params: The parameters, with `backbone` and `embeddings_field`.

    Returns:
        The pooling of the vectors that are there: the mean, if the field does not say; None for a
        network that pools by itself.
    """
    if params.backbone != DEFAULT_BACKBONE:
        return None
    if backbone_of(target, params.embeddings_field) is None:
        return GENERALIZED
    return pooling_of(target, params.embeddings_field) or MEAN


def network_of(params: ComputeEmbeddingsParams) -> Network:
    """Chooses the network. It is loaded when its first vectors are asked for.

    Args:
        params: The parameters, with `backbone`.

    Returns:
        A function of target, items, parameters and `pooling_for` these. Its generator gives the
        items in order, some at a time and each once, either with a vector or with the reason of its
        failure. Close it.
    """
    return _default_network if params.backbone == DEFAULT_BACKBONE else _zoo_network


def _default_network(
    target: Target, items: Items, params: ComputeEmbeddingsParams, pooling: str | None
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
    way = cast(Literal["generalized", "mean"], pooling or GENERALIZED)
    with closing(embed_batches(sources, params.batch_size, pooling=way)) as batches:
        for batch in batches:
            ids = [present[row] for row in batch.positions]
            vectors = dict(zip(ids, batch.embeddings, strict=True))
            yield vectors, {present[row]: reason for row, reason in batch.errors.items()}


def _zoo_network(
    target: Target, items: Items, params: ComputeEmbeddingsParams, pooling: str | None
) -> Generator[Embedded, None, None]:
    model = load_zoo_model(params.backbone)
    for chunk in items.chunks(ZOO_CHUNK):
        yield embed_with_zoo(target, chunk, model, params.batch_size)
