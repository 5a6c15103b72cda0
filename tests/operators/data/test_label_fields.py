from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.mark.parametrize("name", ["objects.detections.label", "many.classifications.label"])
def test_labels_in_a_list_are_no_class_of_an_image(
    plugin_part: Part, with_objects: "fo.Dataset", name: str
) -> None:
    import fiftyone as fo

    both = [fo.Classification(label="a"), fo.Classification(label="b")]
    with_objects.set_values("many", [fo.Classifications(classifications=both)] * 15)
    target = plugin_part("operators.data.targets").resolve_target(with_objects)
    resolve = plugin_part("operators.data.label_fields").resolve_label_field
    with pytest.raises(ValueError, match=f"^'{name}' .StringField. does not hold one class per"):
        resolve(target, name)


def test_texts_in_a_list_are_no_class_of_an_object(
    plugin_part: Part, with_objects: "fo.Dataset"
) -> None:
    import fiftyone as fo

    path = "objects.detections.seen"
    with_objects.add_sample_field(
        path, fo.ListField, subfield=fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification
    )
    target = plugin_part("operators.data.targets").resolve_target(with_objects, "objects")
    resolve = plugin_part("operators.data.label_fields").resolve_label_field
    for name in ("seen.label", f"{path}.label"):
        with pytest.raises(ValueError, match="does not hold one class per object"):
            resolve(target, name)
    assert resolve(target, "objects.detections.label").value == "label"
