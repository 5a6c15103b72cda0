"""The function `train_model`: real training on small sets."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import gcn

if TYPE_CHECKING:
    import fiftyone as fo

Train = Callable[..., Any]
State = Callable[["fo.Dataset"], dict[str, Any]]


@pytest.fixture
def train(models: ModuleType, plugin_part: Callable[[str], ModuleType]) -> Train:
    """Trains on the vectors of `labeled`: `train(dataset, name="mine")`."""
    function = plugin_part("operators.training.training").train_model

    def call(samples: Any, **params: Any) -> Any:
        return function(samples, **{"embeddings_field": "vectors", "label_field": "kind", **params})

    return call


@pytest.mark.slow
def test_a_trained_model_clusters_by_its_name(
    train: Train, models: ModuleType, plugin_part: Callable[[str], ModuleType], labeled: Any
) -> None:
    seen: list[tuple[float, str]] = []
    report = train(labeled, name="mine", progress=lambda share, label: seen.append((share, label)))
    assert report.name == "mine"
    assert report.models == models.list_models() == ["mine"]
    model = gcn.load_model(report.path)
    assert model.card["trained_on"]["label_field"] == "kind"
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    assert {"Trains GCN-V", "Trains GCN-C", "Writing the model"} <= {label for _, label in seen}
    cluster_images = plugin_part("operators.runs.clustering").cluster_images
    cluster_images(labeled, embeddings_field="vectors", checkpoint="mine")
    used = labeled.get_run_info("cluster").config.checkpoint
    assert used == {"path": "mine", "sha256": model.sha256}


@pytest.mark.slow
def test_the_report_compares_with_the_shipped_model_on_the_same_classes(
    train: Train, labeled: Any
) -> None:
    report = train(labeled)
    trained, shipped = report.scores
    card = gcn.load_model(report.path).card
    assert [row["role"] for row in report.scores] == ["trained", "shipped"]
    assert trained["n_classes"] == shipped["n_classes"] == report.counts["validation_classes"]
    assert trained["bcubed_f"] == card["validation"][0]["bcubed_f"]
    assert shipped["bcubed_f"] == card["base_validation"][0]["bcubed_f"]
    assert trained["mean_f"] == pytest.approx((trained["bcubed_f"] + trained["pairwise_f"]) / 2)
    assert report.kept == card["kept"]
    assert (report.kept == "base") == (
        gcn.load_model(report.path).sha256 == gcn.load_model().sha256
    )
    is_better = report.kept == "trained" and trained["mean_f"] - shipped["mean_f"] >= 0.01
    assert report.recommended == (report.name if is_better else "shipped")
    assert f"{trained['mean_f']:.2f}, the shipped one {shipped['mean_f']:.2f}" in report.advice
    assert {row["network"] for row in report.losses} == {"GCN-V", "GCN-C"}
    assert report.counts["items"] == 96
    assert report.counts["labeled"] == 84
    assert report.counts["classes"] == 12
    assert report.warnings[0].split(":")[0] == "There are only 12 classes"
    json.dumps(report.as_dict(), allow_nan=False)
    assert report.name.startswith("test-")  # the name of the dataset
    assert train(labeled).name == f"{report.name}-2"


@pytest.mark.slow
def test_other_beginnings_are_compared_with_the_shipped_model_too(
    train: Train, labeled: Any
) -> None:
    shipped = train(labeled, name="first").scores[-1]
    scratch = train(labeled, name="new", base="scratch")
    assert [row["role"] for row in scratch.scores] == ["trained", "shipped"]
    assert scratch.kept == "trained"
    assert scratch.scores[-1] == shipped
    further = train(labeled, name="further", base="new")
    assert [row["model"] for row in further.scores] == ["further", "new", "shipped"]
    assert further.scores[-1] == shipped
    if further.kept == "base":
        hashes = {gcn.load_model(report.path).sha256 for report in (scratch, further)}
        assert len(hashes) == 1
    again = train(labeled, name="new", base="scratch", overwrite=True)
    assert gcn.load_model(again.path).sha256 == gcn.load_model(scratch.path).sha256


@pytest.mark.slow
def test_patches_are_learned_from(
    train: Train, make_dataset: Callable[..., "fo.Dataset"], learnable: tuple[Any, Any]
) -> None:
    import fiftyone as fo

    vectors, classes = learnable
    objects = [
        fo.Detection(label=label or "", bounding_box=[0, 0, 1, 1], vectors=vector)
        for vector, label in zip(vectors, classes, strict=True)
    ]
    pairs = [fo.Detections(detections=objects[row : row + 2]) for row in range(0, 96, 2)]
    dataset = make_dataset(48, objects=pairs)
    dataset.add_sample_field("objects.detections.vectors", fo.VectorField)
    report = train(dataset, patches_field="objects", label_field=None, name="patches")
    assert report.label_field == "objects"
    assert (report.counts["labeled"], report.counts["classes"]) == (84, 12)
    found = train(dataset.to_patches("objects"), label_field=None, name="view")
    assert found.scores[0]["bcubed_f"] == report.scores[0]["bcubed_f"]


@pytest.mark.slow
def test_images_without_an_embedding_are_left_out(train: Train, labeled: Any) -> None:
    labeled[:5].set_values("vectors", [None] * 5)
    report = train(labeled, name="mine")
    assert report.counts["items"] == 96
    assert report.counts["without_embedding"] == 5
    assert report.counts["labeled"] == 79


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["Reading", "Trains GCN-V", "Trains GCN-C", "Writing the model"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_cancelled_training_leaves_nothing(
    train: Train,
    models: ModuleType,
    labeled: Any,
    state_of: State,
    stage: str,
    error: type[BaseException],
) -> None:
    def cancel(share: float, label: str) -> None:
        if label.startswith(stage):
            raise error(label)

    before = state_of(labeled)
    with pytest.raises(error, match=stage):
        train(labeled, progress=cancel)
    folder: Path = models.models_folder()
    assert not folder.exists() or list(folder.iterdir()) == []
    assert state_of(labeled) == before


BAD = [
    ({"label_field": "kinds"}, "has no field 'kinds' with classes; did you mean 'kind'?"),
    ({"label_field": "vectors"}, r"'vectors' \(\w+\) does not hold one class per image"),
    ({"label_field": "same"}, r"at least 4 classes .*got 1: 'same' has 96 labels of 1 class"),
    ({"label_field": "empty"}, r"at least 4 classes .*got 0: 'empty' has 0 labels of 0 classes"),
    ({"label_field": "unique"}, r"at least 4 classes .*got 0: 'unique' has 96 labels of 96 clas"),
    ({"base": "mien"}, "There is no file 'mien' and no trained model of that name; there are none"),
    ({"name": "../mine"}, "'name' must start with a letter or digit"),
    ({"seed": -1}, "'seed' must be a whole number of at least 0"),
    ({"embeddings_field": "vector"}, "did you mean 'vectors'"),
    ({"brain_key": "index"}, r"similarity index \(brain key\), or an embeddings field"),
    ({"patches_field": "boxes"}, "has no field 'boxes'"),
]


@pytest.mark.parametrize(("params", "sentence"), BAD)
def test_bad_input_is_refused_in_one_sentence_and_changes_nothing(
    train: Train,
    models: ModuleType,
    labeled: Any,
    state_of: State,
    params: dict[str, Any],
    sentence: str,
) -> None:
    import fiftyone as fo

    labeled.add_sample_field("empty", fo.StringField)
    labeled.set_values("same", ["a"] * 96)
    labeled.set_values("unique", [f"u{number}" for number in range(96)])
    before = state_of(labeled)
    with pytest.raises(ValueError, match=sentence) as caught:
        train(labeled, **params)
    assert "\n" not in str(caught.value)
    assert state_of(labeled) == before
    assert models.list_models() == []


def test_classes_are_checked_before_hours_of_embedding(train: Train, labeled: Any) -> None:
    labeled.set_values("kind", ["a"] * 96)
    with pytest.raises(ValueError, match="at least 4 classes"):
        train(labeled, embeddings_field=None)
    assert "gcn_embedding" not in labeled.get_field_schema()


def test_unconfirmed_clusters_are_no_classes(train: Train, graded: Any) -> None:
    with pytest.raises(ValueError, match=r"0 confirmed labels .*; confirm more clusters"):
        train(graded, label_field="cluster")


def test_a_file_that_is_no_model_is_refused(train: Train, labeled: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(3))
    with pytest.raises(ValueError, match="is not a readable checkpoint"):
        train(labeled, base=str(tmp_path / "x.npy"))


def test_an_empty_view_is_refused(train: Train, labeled: Any) -> None:
    with pytest.raises(ValueError, match="There are no images"):
        train(labeled.limit(0))
