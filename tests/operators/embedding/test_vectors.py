from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def vectors(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.embedding.vectors")


@pytest.fixture
def resolve(plugin_part: Part) -> Callable[..., Any]:
    return plugin_part("operators.data.targets").resolve_target


def silent(share: float, label: str) -> None:
    assert 0 <= share <= 1


def test_only_fields_with_vectors_are_offered(
    vectors: ModuleType, resolve: Callable[..., Any], with_objects: "fo.Dataset"
) -> None:
    import fiftyone as fo

    with_objects.add_sample_field("names", fo.ListField, subfield=fo.StringField)
    assert vectors.list_vector_fields(resolve(with_objects)) == []
    assert vectors.list_vector_fields(resolve(with_objects, "objects")) == ["vectors"]


def test_missing_vectors_are_left_out_and_listed(
    vectors: ModuleType, resolve: Callable[..., Any], embedded: "fo.Dataset", blobs: np.ndarray
) -> None:
    ids = embedded.values("id")
    embedded.set_values("vectors", {ids[4]: None, ids[9]: None}, key_field="id")
    target = resolve(embedded)
    table = vectors.vectors_of_field(target, target.items(), "vectors", silent)
    assert table.missing == (ids[4], ids[9])
    assert table.items.ids == tuple(i for i in ids if i not in table.missing)
    np.testing.assert_array_equal(table.embeddings, np.delete(blobs, [4, 9], axis=0))
    assert table.source["dimension"] == 16


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.full(16, np.nan), "holds 2 vectors with NaN or infinite numbers, for example"),
        (np.zeros(16), "holds 2 vectors of nothing but zeros, for example"),
        (np.ones(7), "different lengths: 2 are not 16 long"),
    ],
    ids=["nan", "zero", "mixed"],
)
def test_vectors_that_cannot_be_clustered_are_counted_with_an_example(
    vectors: ModuleType,
    resolve: Callable[..., Any],
    embedded: "fo.Dataset",
    bad: np.ndarray,
    message: str,
) -> None:
    ids = embedded.values("id")
    embedded.set_values("vectors", {ids[4]: bad, ids[9]: bad}, key_field="id")
    target = resolve(embedded)
    with pytest.raises(ValueError, match=message) as caught:
        vectors.vectors_of_field(target, target.items(), "vectors", silent)
    assert ids[4] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_field_without_any_vector_is_refused(
    vectors: ModuleType, resolve: Callable[..., Any], embedded: "fo.Dataset"
) -> None:
    embedded.clear_sample_field("vectors")
    target = resolve(embedded)
    with pytest.raises(ValueError, match=r"'vectors' has no embeddings for any .*; compute them"):
        vectors.vectors_of_field(target, target.items(), "vectors", silent)


def test_unknown_field_and_field_of_another_type_are_refused(
    vectors: ModuleType, resolve: Callable[..., Any], embedded: "fo.Dataset"
) -> None:
    with pytest.raises(ValueError, match=r"no field 'vector' with.*did you mean 'vectors'"):
        vectors.check_vector_field(resolve(embedded), "vector")
    with pytest.raises(ValueError, match=r"'ground_truth' holds no vectors \(Classification\)"):
        vectors.check_vector_field(resolve(embedded), "ground_truth")


def test_vectors_of_objects_that_nobody_declared_are_to_be_declared(
    vectors: ModuleType, resolve: Callable[..., Any], with_objects: "fo.Dataset", blobs: np.ndarray
) -> None:
    import fiftyone as fo

    for number, sample in enumerate(with_objects):
        for place, label in enumerate(sample["objects"].detections):
            label["own"] = blobs[2 * number + place].tolist()
        sample.save()
    target = resolve(with_objects, "objects")
    path = "objects.detections.own"
    with pytest.raises(ValueError, match=f"There is no field '{path}' with .* there is") as caught:
        vectors.check_vector_field(target, "own")
    call = f"dataset.add_sample_field('{path}', fo.VectorField)"
    assert str(caught.value).endswith(
        f"; if the objects have such an attribute, declare it: {call}"
    )
    with_objects.add_sample_field(path, fo.VectorField)
    vectors.check_vector_field(target, "own")
    table = vectors.vectors_of_field(target, target.items(), "own", silent)
    np.testing.assert_array_equal(table.embeddings, blobs)


def test_lists_of_whole_numbers_are_vectors(
    vectors: ModuleType, resolve: Callable[..., Any], make_dataset: Callable[..., "fo.Dataset"]
) -> None:
    numbers = [[number, 1, 2] for number in range(4)]
    target = resolve(make_dataset(4, codes=numbers, flags=[[True]] * 4))
    assert vectors.list_vector_fields(target) == ["codes"]
    vectors.check_vector_field(target, "codes")
    table = vectors.vectors_of_field(target, target.items(), "codes", silent)
    np.testing.assert_array_equal(table.embeddings, numbers)


def test_brain_index_is_joined_by_id(
    vectors: ModuleType, resolve: Callable[..., Any], embedded: "fo.Dataset", blobs: np.ndarray
) -> None:
    import fiftyone.brain as fob

    part = embedded.sort_by("filepath", reverse=True).limit(20)
    part_of = np.stack(part.values("vectors"))
    fob.compute_similarity(part, embeddings=part_of, brain_key="index", backend="sklearn")
    target = resolve(embedded)
    vectors.check_brain_key(target, "index")
    table = vectors.vectors_of_brain_run(target, target.items(), "index")
    rows = [i for i, item in enumerate(embedded.values("id")) if item in set(part.values("id"))]
    assert table.items.ids == tuple(np.array(embedded.values("id"))[rows])
    np.testing.assert_allclose(table.embeddings, blobs[rows], atol=1e-6)
    assert len(table.missing) == 10


def test_brain_run_of_another_kind_is_refused(
    vectors: ModuleType, resolve: Callable[..., Any], with_objects: "fo.Dataset", blobs: np.ndarray
) -> None:
    import fiftyone.brain as fob

    points = np.arange(30, dtype=float).reshape(15, 2)
    fob.compute_visualization(with_objects, points=points, brain_key="plot")
    fob.compute_similarity(
        with_objects, patches_field="objects", embeddings="vectors", brain_key="patches"
    )
    with pytest.raises(ValueError, match="'plot' is not a similarity run"):
        vectors.check_brain_key(resolve(with_objects), "plot")
    with pytest.raises(ValueError, match="'patches' is about objects, not your target"):
        vectors.check_brain_key(resolve(with_objects), "patches")
    with pytest.raises(ValueError, match="no brain run 'patch'; did you mean 'patches'"):
        vectors.check_brain_key(resolve(with_objects, "objects"), "patch")
    target = resolve(with_objects, "objects")
    table = vectors.vectors_of_brain_run(target, target.items(), "patches")
    np.testing.assert_allclose(table.embeddings, blobs, atol=1e-6)
