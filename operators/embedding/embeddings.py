"""Computes embeddings of images or patches into a field, so that an interruption loses little."""

import dataclasses
import time
from contextlib import closing
from typing import Any

from fiftyone.core.collections import SampleCollection

from ..base.database import clear_connection_errors
from ..base.operator_params import (
    DEFAULT_BACKBONE,
    DEFAULT_EMBEDDINGS_FIELD,
    ComputeEmbeddingsParams,
)
from ..base.params import ParameterError, parse
from ..base.progress import Progress
from ..base.terminal import told
from ..base.time_left import with_time_left
from ..base.wording import count_text
from ..data.fields import backbone_of, delete_field, ids_with, pooling_of
from ..data.items import Items
from ..data.read_only import check_objects_writable, is_read_only
from ..data.reserved_names import check_not_reserved
from ..data.targets import Target, resolve_target
from .networks import POOLINGS, network_of, pooling_for
from .vector_writer import VectorWriter
from .vectors import list_vector_fields
from .zoo import check_backbone


@dataclasses.dataclass(frozen=True)
class EmbeddingReport:
    """What `compute_embeddings` did.

    Attributes:
        embeddings_field: Full path of the field.
        backbone: Name of the network.
        dimension: Length of a vector; None if none was computed.
        n_items: Images or patches in the target.
        n_computed: Items whose embedding was computed now.
        n_existing: Items that had one already (`only_missing`).
        failed: Reason by id of the items that could not be embedded.
        seconds: Time taken.
    """

    embeddings_field: str
    backbone: str
    dimension: int | None
    n_items: int
    n_computed: int
    n_existing: int
    failed: dict[str, str]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Gives the report in plain JSON types.

        Returns:
            The attributes by name, with `n_failed`; `failed` holds the first 100.
        """
        values = dataclasses.asdict(self)
        values["failed"] = dict(list(self.failed.items())[:100])
        return values | {"n_failed": len(self.failed)}


def compute_embeddings(
    samples: SampleCollection,
    patches_field: str | None = None,
    embeddings_field: str = DEFAULT_EMBEDDINGS_FIELD,
    backbone: str = DEFAULT_BACKBONE,
    batch_size: int | None = None,
    only_missing: bool = False,
    progress: Progress | None = None,
) -> EmbeddingReport:
    """Computes embeddings of images, or of image patches, into a vector field.

    Vectors are written while they are computed: after an interruption, `only_missing=True`
    continues where it stopped. Files that cannot be read are listed, and the rest goes on.

    Args:
        samples: A dataset or view; a patches view stands for its patches.
        patches_field: A Detections or Polylines field; its objects are embedded instead of whole
            images, and the vectors become an attribute of the objects.
        embeddings_field: Where the vectors go; created if needed.
        backbone: "efficientnet-lite0", which needs no download, or any model of FiftyOne's zoo
            that makes embeddings.
        batch_size: Images at a time in the network; at least 1; None lets it choose.
        only_missing: Whether items that have a vector keep it.
        progress: Called with the share done in [0, 1] and what is going on; may raise to cancel.

    Returns:
        What was done.

    Raises:
        ParameterError: A parameter does not fit; its message is one sentence.
        ValueError: Not one image could be embedded.
        ConnectionError: The database was lost.
    """
    params = parse(
        ComputeEmbeddingsParams,
        {
            "patches_field": patches_field,
            "embeddings_field": embeddings_field,
            "backbone": backbone,
            "batch_size": batch_size,
            "only_missing": only_missing,
        },
    )
    cure = "run it again with only missing ones ('only_missing') to continue"
    with clear_connection_errors("computing embeddings", cure), told(progress) as report:
        target = prepare_embeddings(samples, params)
        return fill_embeddings(target, target.items(), params, report)


def prepare_embeddings(samples: SampleCollection, params: ComputeEmbeddingsParams) -> Target:
    """Checks everything that can be known before work begins. Cheap: reads no samples.

    Args:
        samples: The dataset or view.
        params: The parameters.

    Returns:
        The target.

    Raises:
        ParameterError: The target is empty or unfit, or a parameter does not fit to it.
    """
    target = resolve_target(samples, params.patches_field)
    check_not_empty(target)
    check_backbone(params.backbone)
    check_embeddings_slot(target, params.embeddings_field, params.backbone)
    return target


def check_not_empty(target: Target) -> None:
    """Refuses an empty target.

    Args:
        target: What is worked on.

    Raises:
        ParameterError: It holds no images or patches.
    """
    if target.count_up_to(1) == 0:
        raise ParameterError(
            "view_target",
            f"There are no {target.noun} in this dataset or view; add some, or take another view",
        )


def check_embeddings_slot(target: Target, name: str, backbone: str) -> None:
    """Refuses to mix the vectors of two networks in one field, or to touch another's field.

    Args:
        target: What is worked on.
        name: Name of the field.
        backbone: Name of the network that would write to it.

    Raises:
        ParameterError: The field is taken, or nothing can be written to the objects.
    """
    path = target.path(name)
    check_not_reserved(target, "embeddings_field", [name])
    if target.dataset.get_field(path) is None:
        check_objects_writable(target, "patches_field")
        return
    made_by, pooling = backbone_of(target, name), pooling_of(target, name)
    if made_by == backbone and pooling in (None, *POOLINGS):
        return
    if name not in list_vector_fields(target):
        what = "is not a field for vectors"
    elif made_by is None:
        what = "holds vectors that this plugin did not compute"
    elif made_by == backbone:
        what = f"holds vectors that were pooled in a way unknown here ('{pooling}')"
    else:
        what = f"holds vectors of '{made_by}', which do not compare with those of '{backbone}'"
    raise ParameterError("embeddings_field", f"'{path}' {what}; choose another name")


def fill_embeddings(
    target: Target, items: Items, params: ComputeEmbeddingsParams, progress: Progress
) -> EmbeddingReport:
    """Computes and writes the embeddings of the items.

    Args:
        target: What is worked on, as `prepare_embeddings` gave it.
        items: The items.
        params: The parameters.
        progress: Told the share done.

    Returns:
        What was done.

    Raises:
        ParameterError: The field is read-only.
        ValueError: Not one item could be embedded.
    """
    start = time.perf_counter()
    name = params.embeddings_field
    is_new = target.dataset.get_field(target.path(name)) is None
    existing = set() if is_new or not params.only_missing else ids_with(target, name)
    left = items.keep([i for i, item in enumerate(items.ids) if item not in existing])
    if len(left):
        check_objects_writable(target, "patches_field")
    if len(left) and is_read_only(target, name):
        raise ParameterError(
            "embeddings_field",
            f"'{target.path(name)}' is read-only, so nothing can be computed into it; choose "
            "another name",
        )
    written = _write_stream(target, left, params, progress) if len(left) else None
    failed = written.failed if written else {}
    n_existing = len(items) - len(left)
    if failed and len(failed) == len(items):
        if is_new:
            delete_field(target, name)
        item, reason = next(iter(failed.items()))
        raise ValueError(
            f"None of {count_text(len(items), target.noun)} could be embedded; for example "
            f"'{item}': {reason}"
        )
    return EmbeddingReport(
        embeddings_field=target.path(name),
        backbone=params.backbone,
        dimension=written.dimension if written else None,
        n_items=len(items),
        n_computed=len(left) - len(failed),
        n_existing=n_existing,
        failed=failed,
        seconds=time.perf_counter() - start,
    )


def _write_stream(
    target: Target, items: Items, params: ComputeEmbeddingsParams, progress: Progress
) -> VectorWriter:
    total = count_text(len(items), target.noun)
    progress = with_time_left(progress)
    progress(0.0, f"Computing embeddings: 0 of {total}")
    pooling = pooling_for(target, params)
    stream = network_of(params)(target, items, params, pooling)
    with closing(stream), VectorWriter(target, items, params, pooling) as writer:
        for vectors, reasons in stream:
            writer.add(vectors, reasons)
            label = f"Computing embeddings: {writer.done:,} of {total}"
            progress(writer.done / len(items), label)
    return writer
