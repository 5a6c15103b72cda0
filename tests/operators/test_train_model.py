"""The operator `train_model`: its result, its form, and its model in the form of others."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import gcn

if TYPE_CHECKING:
    import fiftyone as fo

URI = "@autolabel/gcn/train_model"
Run = Callable[..., dict[str, Any]]
Form = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture
def form(plugin: ModuleType) -> Form:
    """Resolves a form as the App does: `form(dataset, seed=-1)`, its inputs by name."""
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext

    def resolve(samples: Any, operator: str = "train_model", **params: object) -> dict[str, Any]:
        uri = f"@autolabel/gcn/{operator}"
        request = {"dataset_name": samples._root_dataset.name, "params": params}
        ctx = ExecutionContext(request_params=request, operator_uri=uri)
        return foo.get_operator(uri).resolve_type(ctx, "inputs").to_json()["type"]["properties"]

    return resolve


def errors(inputs: dict[str, Any]) -> dict[str, str]:
    return {name: prop["error_message"] for name, prop in inputs.items() if prop["invalid"]}


@pytest.mark.slow
def test_call_returns_report_summary_and_plots(run: Run, labeled: "fo.Dataset") -> None:
    vectors = {"embeddings_field": "vectors", "label_field": "kind"}
    result = run("train_model", labeled, name="mine", **vectors)
    assert result["summary"].startswith(f"**{result['advice']}**")
    assert "Learned from 84 images of 12 classes in `kind`" in result["summary"]
    assert "| Score on validation classes | mine (trained) | shipped model |" in result["summary"]
    assert "Note: There are only 12 classes" in result["summary"]
    assert "Your trained models: `mine`" in result["summary"]
    scores, losses, precision = result["plots"]
    assert [bar["name"] for bar in scores["data"]] == ["mine (trained)", "shipped model"]
    assert len(losses["data"]) == 4
    assert len(precision["data"]) == 2
    result = run("cluster_images", labeled, embeddings_field="vectors", checkpoint="mine")
    assert result["counts"]["clustered"] == 96


@pytest.mark.slow
def test_a_delegated_training_is_stored(run: Run, models: ModuleType, labeled: Any) -> None:
    from bson import ObjectId
    from fiftyone.operators.delegated import DelegatedOperationService

    vectors = {"embeddings_field": "vectors", "label_field": "kind"}
    queued = run("train_model", labeled, delegate=True, name="later", **vectors)
    service = DelegatedOperationService()
    service.execute_queued_operations(operator=URI)
    done = service.get(ObjectId(str(queued["id"])))
    assert done.run_state == "completed", done.result and done.result.error
    assert done.result.result["name"] == "later"
    assert models.list_models() == ["later"]
    schema = json.dumps(done.metadata["outputs_schema"])
    assert "MarkdownView" in schema
    assert schema.count("PlotlyView") == 3


def test_wrong_call_ends_in_one_sentence(run: Run, labeled: "fo.Dataset") -> None:
    from fiftyone.operators.executor import ExecutionError

    with pytest.raises(ExecutionError) as caught:
        run("train_model", labeled, label_field="kind", nane="x")
    last = str(caught.value).strip().splitlines()[-1]
    assert "'nane' is not a parameter of this operator; did you mean 'name'?" in last


def test_form_offers_classes_vectors_and_beginnings(
    form: Form, models: ModuleType, labeled: "fo.Dataset"
) -> None:
    models.save_model(gcn.load_model(), "older", overwrite=False)
    inputs = form(labeled, label_field="kind")
    assert errors(inputs) == {}
    assert "view_target" in inputs
    assert inputs["label_field"]["type"]["values"] == ["ground_truth", "kind"]
    assert inputs["embeddings_field"]["type"]["values"] == ["vectors"]
    assert inputs["base"]["type"]["values"] == ["shipped", "scratch", "older"]
    assert f"'{labeled.name}' when empty" in inputs["name"]["view"]["description"]
    assert "seed" not in inputs
    assert {"seed", "batch_size"} <= set(form(labeled, advanced=True))


@pytest.mark.parametrize(
    ("params", "name", "message"),
    [
        ({"label_field": "kinds"}, "label_field", "did you mean 'kind'"),
        ({"base": "gone"}, "base", "no trained model of that name; there is only 'older'"),
        ({"name": "a/b"}, "name", "must start with a letter or digit"),
        ({"name": "older"}, "overwrite", "There is a model 'older' already"),
        ({"seed": -1}, "seed", "at least 0"),
        ({"embeddings_field": "vector"}, "embeddings_field", "did you mean 'vectors'"),
        ({"typo": 1}, "problem", "is not a parameter of this operator"),
    ],
)
def test_form_shows_what_is_wrong(
    form: Form,
    models: ModuleType,
    labeled: "fo.Dataset",
    params: dict[str, Any],
    name: str,
    message: str,
) -> None:
    models.save_model(gcn.load_model(), "older", overwrite=False)
    found = errors(form(labeled, **params))
    assert list(found) == [name]
    assert message in found[name]


def test_cluster_images_offers_trained_models(
    form: Form, models: ModuleType, labeled: "fo.Dataset"
) -> None:
    assert "checkpoint" not in form(labeled, "cluster_images")
    models.save_model(gcn.load_model(), "older", overwrite=False)
    inputs = form(labeled, "cluster_images", checkpoint="older")
    assert inputs["checkpoint"]["type"]["values"] == ["older"]
    assert errors(inputs) == {}
    assert (
        "no trained model"
        in errors(form(labeled, "cluster_images", checkpoint="old"))["checkpoint"]
    )
