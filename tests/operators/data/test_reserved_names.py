from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.operators.conftest import State

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]

TAKEN = "^'{1}' is a name that FiftyOne's {0} need themselves"


@pytest.mark.parametrize("name", ["to_dict", "field_names", "reload", "slice", "pk"])
def test_images_get_no_field_that_hides_what_a_sample_can_do(
    plugin_part: Part, embedded: "fo.Dataset", state_of: State, name: str
) -> None:
    before = state_of(embedded)
    refused = TAKEN.format("samples", name)
    with pytest.raises(ValueError, match=refused):
        plugin_part("operators").cluster_images(
            embedded, embeddings_field="vectors", cluster_field=name
        )
    with pytest.raises(ValueError, match=refused):
        plugin_part("operators").compute_embeddings(embedded, embeddings_field=name)
    assert state_of(embedded) == before


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("validate", "validate"), ("has_mask", "has_mask"), ("instance", "instance"), ("pk", "pk")],
)
def test_objects_get_no_attribute_that_hides_what_an_object_can_do(
    plugin_part: Part, with_objects: "fo.Dataset", state_of: State, name: str, hidden: str
) -> None:
    before = state_of(with_objects)
    with pytest.raises(ValueError, match=TAKEN.format("objects", hidden)):
        plugin_part("operators").cluster_images(
            with_objects,
            patches_field="objects",
            embeddings_field="vectors",
            cluster_field=name,
        )
    assert state_of(with_objects) == before


def test_labels_go_to_no_field_that_hides_what_a_sample_can_do(
    write: ModuleType, clustered: "fo.Dataset", state_of: State
) -> None:
    write.confirm_clusters(clustered, ["c00000"], name="cat")
    before = state_of(clustered)
    with pytest.raises(ValueError, match=TAKEN.format("samples", "to_dict")):
        write.apply_labels(clustered, "to_dict")
    assert state_of(clustered) == before


@pytest.mark.parametrize("name", ["instance", "pk"])
def test_labels_of_objects_go_to_no_attribute_that_fiftyone_uses(
    write: ModuleType, objects: "fo.Dataset", state_of: State, name: str
) -> None:
    write.confirm_clusters(objects, ["c00000"], name="cat")
    before = state_of(objects)
    with pytest.raises(ValueError, match=TAKEN.format("objects", name)):
        write.apply_labels(objects, name)
    assert state_of(objects) == before
