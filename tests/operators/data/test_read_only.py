"""Objects of a read-only field: FiftyOne refuses new attributes only when they are written."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.operators.conftest import State

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]

REFUSED = r"^The field 'objects' is read-only, so nothing can be written to its objects; set"


def set_read_only(dataset: "fo.Dataset", is_read_only: bool) -> None:
    field = dataset.get_field("objects")
    field.read_only = is_read_only
    field.save()


def test_objects_of_a_read_only_field_are_refused_before_work_begins(
    plugin_part: Part, with_objects: "fo.Dataset", state_of: State
) -> None:
    operators = plugin_part("operators")
    set_read_only(with_objects, True)
    before = state_of(with_objects)
    with pytest.raises(ValueError, match=REFUSED):
        operators.cluster_images(with_objects, "objects", embeddings_field="vectors")
    with pytest.raises(ValueError, match=REFUSED):
        operators.compute_embeddings(with_objects, "objects")
    assert state_of(with_objects) == before
    set_read_only(with_objects, False)
    report = operators.cluster_images(with_objects, "objects", embeddings_field="vectors")
    assert report.counts["clustered"] == 30


def test_run_on_a_field_that_became_read_only_is_refused_whatever_would_be_written(
    plugin_part: Part, with_objects: "fo.Dataset", state_of: State
) -> None:
    operators = plugin_part("operators")
    operators.cluster_images(with_objects, "objects", embeddings_field="vectors")
    operators.confirm_clusters(with_objects, ["c00000"], name="cat")
    set_read_only(with_objects, True)
    before = state_of(with_objects)
    calls = (
        lambda: operators.rename_cluster(with_objects, "c00001", "dog"),
        lambda: operators.apply_labels(with_objects, "species"),
        lambda: operators.load_run(with_objects, "objects_cluster"),
        lambda: operators.rename_run(with_objects, "objects_cluster", "other"),
        lambda: operators.delete_run(with_objects, "objects_cluster"),
    )
    for call in calls:
        with pytest.raises(ValueError, match=REFUSED):
            call()
    assert state_of(with_objects) == before


def test_a_read_only_part_of_a_field_is_never_written(
    plugin_part: Part, embedded: "fo.Dataset", state_of: State
) -> None:
    """FiftyOne refuses to write to such a part, but not to write the whole over it."""
    operators = plugin_part("operators")
    operators.cluster_images(embedded, embeddings_field="vectors")
    operators.confirm_clusters(embedded, ["c00000"], name="cat")
    embedded.reload()
    for path in ("cluster.label", "ground_truth.label"):
        field = embedded.get_field(path)
        field.read_only = True
        field.save()
    before = state_of(embedded)
    overwritten = {"embeddings_field": "vectors", "overwrite": True}
    calls = (
        lambda: operators.rename_cluster(embedded, "c00001", "dog"),
        lambda: operators.load_run(embedded, "cluster"),
        lambda: operators.rename_run(embedded, "cluster", "other"),
        lambda: operators.delete_run(embedded, "cluster"),
        lambda: operators.cluster_images(embedded, **overwritten),
    )
    for call in calls:
        with pytest.raises(ValueError, match=r"^The field 'cluster.label' is read-only"):
            call()
    field = embedded.get_field("cluster.label")
    field.read_only = False
    field.save()
    with pytest.raises(ValueError, match=r"^'ground_truth.label' is read-only; choose another"):
        operators.apply_labels(embedded, "ground_truth", on_conflict="overwrite")
    assert state_of(embedded)["samples"] == before["samples"]
