"""Classes that are known show what varies inside the others: of a model, and of must-links."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gcn import Model, assign, cluster, evaluate, load_model
from gcn.clustering.advice import space_advice
from gcn.graph.class_scatter import class_scatter
from gcn.graph.knn_graph import unit_rows

from ..conftest import Blobs, set_with_modes

NUM_KNOWN = 20


def trained_on(x: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> Model:
    scatter = class_scatter(x, np.where(labels < NUM_KNOWN, labels, -1))
    assert scatter is not None
    return replace(load_model(), class_scatter=scatter)


def links(labels: npt.NDArray[np.int64], num_classes: int) -> npt.NDArray[np.int64]:
    """Each image of a class to the first of it."""
    rows = [np.flatnonzero(labels == c) for c in range(num_classes)]
    return np.concatenate([np.stack([np.full(len(r) - 1, r[0]), r[1:]], 1) for r in rows])


@pytest.fixture(scope="module")
def modes() -> Blobs:
    return set_with_modes()


@pytest.fixture(scope="module")
def others(modes: Blobs) -> npt.NDArray[np.bool_]:
    return modes.labels >= NUM_KNOWN


def f_of(labels: npt.NDArray[np.int64], found: npt.NDArray[np.int64]) -> float:
    return evaluate(labels, found).mean_f


def test_without_known_classes_the_modes_hide_all_of_them(modes: Blobs) -> None:
    assert f_of(modes.labels, cluster(modes.embeddings).labels) < 0.2


def test_a_model_that_has_learned_from_some_classes_finds_others(
    modes: Blobs, others: npt.NDArray[np.bool_]
) -> None:
    model = trained_on(*modes)
    result = cluster(modes.embeddings[others], model)
    assert f_of(modes.labels[others], result.labels) > 0.95
    assert result.stages[0].counts["known_classes"] == NUM_KNOWN
    assert not result.warnings


def test_what_must_be_together_helps_the_rest(modes: Blobs, others: npt.NDArray[np.bool_]) -> None:
    must = links(modes.labels, NUM_KNOWN)
    labels = cluster(modes.embeddings, must_link=must).labels
    assert f_of(modes.labels[others], labels[others]) > 0.95


def test_a_few_links_change_little(make_clear: Blobs) -> None:
    before = cluster(make_clear.embeddings)
    after = cluster(make_clear.embeddings, must_link=links(make_clear.labels, 3))
    assert f_of(before.labels, after.labels) > 0.98


@pytest.fixture(scope="module")
def make_clear() -> Blobs:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(20), 15)
    x = rng.normal(size=(20, 48))[labels] + 0.4 * rng.normal(size=(300, 48))
    return Blobs(unit_rows(x), labels)


@pytest.mark.parametrize("other", ["dimensions", "network"])
def test_a_model_of_another_network_works_as_if_it_had_learned_no_space_and_says_so(
    other: str, modes: Blobs, make_clear: Blobs
) -> None:
    model = trained_on(*modes)
    x = make_clear.embeddings if other == "dimensions" else unit_rows(make_clear.embeddings[:, :32])
    result = cluster(x, model)
    np.testing.assert_array_equal(result.labels, cluster(x).labels)
    assert "known_classes" not in result.stages[0].counts
    (warning,) = [text for text in result.warnings if "another network" in text]
    assert "32 dimensions" in warning


def test_no_advice_without_a_learned_space() -> None:
    assert space_advice({"images": 4, "dimensions": 8}) == ()


def test_new_images_are_placed_in_the_space_that_the_model_has_learned(
    modes: Blobs, others: npt.NDArray[np.bool_]
) -> None:
    x, labels = modes.embeddings[others], modes.labels[others]
    is_new = np.arange(len(x)) >= 12
    args = x[~is_new], np.arange(12), x[is_new]  # single old images tell nothing of classes
    plain, learned = (
        f_of(labels[is_new], assign(*args, model=model).labels)
        for model in (load_model(), trained_on(*modes))
    )
    assert plain < 0.5
    assert learned > 0.95


def test_other_links_are_no_reason_to_take_the_neighbors_of_a_work_directory(
    modes: Blobs, tmp_path: Path
) -> None:
    cluster(modes.embeddings, work_dir=tmp_path)
    must = links(modes.labels, NUM_KNOWN)
    again = cluster(modes.embeddings, must_link=must, work_dir=tmp_path)
    np.testing.assert_array_equal(again.labels, cluster(modes.embeddings, must_link=must).labels)
    resumed = cluster(modes.embeddings, must_link=must, work_dir=tmp_path)
    np.testing.assert_array_equal(resumed.labels, again.labels)
    assert any("resumed" in stage.counts for stage in resumed.stages)
