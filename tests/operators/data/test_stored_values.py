"""What is stored directly is what FiftyOne's own `set_values` stores."""

import zlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def stored_values(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.data.stored_values")


@pytest.fixture
def resolve(plugin_part: Part) -> Callable[..., Any]:
    return plugin_part("operators.data.targets").resolve_target


def documents(dataset: "fo.Dataset", field: str) -> list[Any]:
    """The raw documents of a field, labels without their ids."""
    raw = [doc.get(field) for doc in dataset._sample_collection.find().sort("_id", 1)]
    return [{k: v for k, v in d.items() if k != "_id"} if isinstance(d, dict) else d for d in raw]


def test_labels_are_stored_as_by_set_values(
    stored_values: ModuleType, resolve: Callable[..., Any], dataset: "fo.Dataset"
) -> None:
    import fiftyone as fo

    values = [
        {"label": f"c{i:05d}", "confidence": i / 30, "cluster_id": f"c{i:05d}", "confirmed": i > 9}
        for i in range(30)
    ]
    for field in ("theirs", "ours"):
        dataset.add_sample_field(
            field, fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification
        )
    dataset.set_values("theirs", [fo.Classification(**value) for value in values])
    target = resolve(dataset)
    rows = [{"ours": label} for label in stored_values.stored_labels(values)]
    stored_values.write_stored(target, target.items(), rows)
    assert documents(dataset, "ours") == documents(dataset, "theirs")
    assert len(set(dataset.values("ours.id"))) == 30
    assert dataset.last()["ours"].confirmed is True


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_vectors_are_read_as_they_were(
    stored_values: ModuleType, resolve: Callable[..., Any], dataset: "fo.Dataset", dtype: type
) -> None:
    import fiftyone as fo

    dataset.add_sample_field("vectors", fo.VectorField)
    vectors = np.random.default_rng(3).normal(size=(30, 40)).astype(dtype)
    target = resolve(dataset)
    rows = [{"vectors": stored_values.stored_vector(vector)} for vector in vectors]
    stored_values.write_stored(target, target.items(), rows)
    read = dataset.values("vectors")
    np.testing.assert_array_equal(np.stack(read), vectors)
    assert read[0].dtype == dtype


def test_each_object_gets_its_own_values_and_the_rest_stays(
    stored_values: ModuleType, resolve: Callable[..., Any], with_objects: "fo.Dataset"
) -> None:
    import fiftyone as fo

    for name, kind in (("a", fo.StringField), ("b", fo.IntField)):
        with_objects.add_sample_field(f"objects.detections.{name}", kind)
    target = resolve(with_objects, "objects")
    items = target.items().keep(list(range(1, 30, 2)))
    boxes = with_objects.values("objects.detections.bounding_box")
    rows = [{"a": f"x{i}", "b": i} for i in range(15)]
    stored_values.write_stored(target, items, rows)
    assert with_objects.values("objects.detections.a") == [[None, f"x{i}"] for i in range(15)]
    assert with_objects.values("objects.detections.b") == [[None, i] for i in range(15)]
    assert with_objects.values("objects.detections.bounding_box") == boxes


def test_samples_in_memory_follow_and_their_time_of_change_moves(
    stored_values: ModuleType, resolve: Callable[..., Any], dataset: "fo.Dataset"
) -> None:
    import fiftyone as fo

    dataset.add_sample_field("note", fo.StringField)
    sample = dataset.first()
    before = sample.last_modified_at
    target = resolve(dataset.limit(1))
    stored_values.write_stored(target, target.items(), [{"note": "new"}])
    assert sample["note"] == "new"
    assert sample.last_modified_at > before


def test_items_that_are_gone_are_passed_over(
    stored_values: ModuleType, resolve: Callable[..., Any], dataset: "fo.Dataset"
) -> None:
    import fiftyone as fo

    dataset.add_sample_field("note", fo.StringField)
    target = resolve(dataset)
    items = target.items()
    dataset.delete_samples(list(items.ids[:10]))
    stored_values.write_stored(target, items, [{"note": "x"}] * 30)
    assert dataset.values("note") == ["x"] * 20
    assert len(dataset) == 20


def test_vectors_are_unpacked_as_fiftyone_does(stored_values: ModuleType) -> None:
    from fiftyone.core.utils import deserialize_numpy_array, serialize_numpy_array

    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((6, 7))
    plain = [None, [0.5, 2.0], drawn[0].astype(np.float32), drawn[1].astype(np.float32)]
    others = [
        drawn[2],
        drawn[3, :3],
        drawn[4:, :3],
        np.asfortranarray(drawn),
        np.arange(7),
        drawn[5],
    ]
    last = [np.empty(0), drawn[0].astype(np.float32), drawn[1].astype(">f4"), drawn[2:3], drawn[3]]
    for values in (plain, others, last, plain + others + last, [*reversed(last), *others, *plain]):
        stored = [serialize_numpy_array(v) if isinstance(v, np.ndarray) else v for v in values]
        found = list(stored_values.unpacked_vectors(stored))
        for value, one in zip(stored, found, strict=True):
            if isinstance(value, bytes):
                expected = deserialize_numpy_array(value)
                assert one.dtype == expected.dtype
                np.testing.assert_array_equal(one, expected, strict=True)
            else:
                assert one is value
    text = serialize_numpy_array(drawn[0], ascii=True)
    np.testing.assert_array_equal(next(stored_values.unpacked_vectors([text])), drawn[0])


def test_vectors_that_this_plugin_packed_are_looked_at_where_they_lie(
    stored_values: ModuleType,
) -> None:
    from fiftyone.core.utils import deserialize_numpy_array

    rng = np.random.default_rng(0)
    vectors = [rng.standard_normal(n, dtype=np.float32) for n in (3, 3, 0, 16_000, 40_000)]
    packed = [stored_values.stored_vector(vector) for vector in vectors]
    for vector, stored, one in zip(
        vectors, packed, stored_values.unpacked_vectors(packed), strict=True
    ):
        np.testing.assert_array_equal(one, vector, strict=True)
        np.testing.assert_array_equal(one, deserialize_numpy_array(stored), strict=True)
    second = list(stored_values.unpacked_vectors(packed[:2]))[1]
    assert np.shares_memory(second, np.frombuffer(packed[1], np.uint8))
    cut_short = packed[0][:-5]
    with pytest.raises(zlib.error):
        list(stored_values.unpacked_vectors([cut_short]))
