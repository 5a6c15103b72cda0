"""Gets the embeddings that an operator works with: read from where they are, or computed first."""

import dataclasses

from ..base.operator_params import (
    DEFAULT_BACKBONE,
    DEFAULT_EMBEDDINGS_FIELD,
    ComputeEmbeddingsParams,
    SourceParams,
)
from ..base.params import ParameterError
from ..base.progress import Progress, part
from ..base.time_left import with_time_left
from ..data import fields
from ..data.items import Items
from ..data.targets import Target
from .embeddings import EmbeddingReport, check_embeddings_slot, fill_embeddings
from .vectors import (
    EmbeddingTable,
    check_brain_key,
    check_vector_field,
    vectors_of_brain_run,
    vectors_of_field,
)
from .zoo import check_backbone

# Share of the time that goes into computing; the rest is reading.
_COMPUTED = 5 / 6


def check_source(target: Target, params: SourceParams) -> None:
    """Checks that the embeddings can be read or computed. Cheap: reads no samples.

    Args:
        target: What is worked on.
        params: Where its embeddings come from.

    Raises:
        ParameterError: A parameter does not fit to the target.
    """
    _embeddings_to_compute(target, params)


def read_embeddings(
    target: Target, items: Items, params: SourceParams, progress: Progress
) -> tuple[EmbeddingTable, EmbeddingReport | None]:
    """Reads the embeddings of some items, after computing those that are missing.

    Args:
        target: What is worked on.
        items: The items.
        params: Where their embeddings come from, as `check_source` let it pass.
        progress: Told the share done.

    Returns:
        The embeddings, and the report on what was computed; None if they were only read.

    Raises:
        ParameterError: The embeddings cannot be used.
        ValueError: Not one item could be embedded.
    """
    if params.brain_key is not None:
        progress(_COMPUTED, f"Reading embeddings of the brain run '{params.brain_key}'")
        return vectors_of_brain_run(target, items, params.brain_key), None
    to_compute = _embeddings_to_compute(target, params)
    computed = None
    if to_compute is not None:
        computed = fill_embeddings(target, items, to_compute, part(progress, 0.0, _COMPUTED))
    name = to_compute.embeddings_field if to_compute else str(params.embeddings_field)
    table = vectors_of_field(target, items, name, with_time_left(part(progress, _COMPUTED, 1.0)))
    made_by = {"backbone": fields.backbone_of(target, name)}
    if pooling := fields.pooling_of(target, name):
        made_by["pooling"] = pooling
    return dataclasses.replace(table, source=table.source | made_by), computed


def _embeddings_to_compute(target: Target, params: SourceParams) -> ComputeEmbeddingsParams | None:
    """Works out whether embeddings are computed first; None if they are only read."""
    if params.brain_key is not None:
        if params.embeddings_field is not None or params.backbone is not None:
            raise ParameterError(
                "brain_key",
                "Choose a similarity index (brain key), or an embeddings field and backbone, not "
                "both",
            )
        check_brain_key(target, params.brain_key)
        return None
    if params.embeddings_field is not None and params.backbone is None:
        check_vector_field(target, params.embeddings_field)
        return None
    name = params.embeddings_field or DEFAULT_EMBEDDINGS_FIELD
    backbone = params.backbone or fields.backbone_of(target, name) or DEFAULT_BACKBONE
    check_backbone(backbone)
    check_embeddings_slot(target, name, backbone)
    return ComputeEmbeddingsParams(
        patches_field=params.patches_field,
        embeddings_field=name,
        backbone=backbone,
        batch_size=params.batch_size,
        only_missing=True,
    )
