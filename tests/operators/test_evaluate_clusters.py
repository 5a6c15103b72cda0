"""The operator `evaluate_clusters`: its result, its form, and bad input."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.conftest import CLASSES

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def evaluation(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.evaluation.evaluation")


def test_two_runs_are_shown_side_by_side(
    evaluation: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    run: Run,
    graded: "fo.Dataset",
) -> None:
    plugin_part("operators.runs.clustering").cluster_images(
        graded, embeddings_field="vectors", cluster_field="second"
    )
    graded.set_values("second.label", CLASSES)
    evaluation.evaluate_clusters(graded, "cluster", "kind")
    result = run("evaluate_clusters", graded, label_field="kind")
    assert result["run_key"] == "second"  # the newest
    assert [row["run_key"] for row in result["runs"]] == ["cluster", "second"]
    assert "| Score | second | cluster |" in result["summary"]
    first = result["runs"][0]["bcubed_f"]
    assert "| BCubed F (precision, recall) | 1.000 (1.000, 1.000) |" in result["summary"]
    assert f"| {first:.3f} (" in result["summary"]
    table = run("list_runs", graded)["summary"]
    assert f"| {result['runs'][0]['mean_f']:.3f} (kind) |" in table
    assert "| 1.000 (kind) |" in table


def test_the_summary_says_what_was_compared(run: Run, graded: "fo.Dataset") -> None:
    graded[:4].set_values("kind", [None] * 4)
    text = run("evaluate_clusters", graded, label_field="kind")["summary"]
    assert "26 images in 3 clusters against 3 classes of `kind`" in text
    assert "holds them now, corrections included" in text
    assert "Left out: 4 images without a class." in text
    assert "| c | 12 | 2 |" in text
    assert "**cluster: most split classes** and **cluster: most mixed clusters**" in text


def test_the_summary_counts_noise_in_words_that_fit_its_number(
    run: Run, graded: "fo.Dataset"
) -> None:
    graded[:1].set_values("cluster.label", ["noise"])
    text = run("evaluate_clusters", graded, label_field="kind")["summary"]
    assert "1 image of noise counts as a cluster of one." in text
    graded[:2].set_values("cluster.label", ["noise"] * 2)
    text = run("evaluate_clusters", graded, label_field="kind")["summary"]
    assert "2 images of noise count as clusters of one." in text


def test_a_class_may_have_any_name(run: Run, graded: "fo.Dataset") -> None:
    graded.set_values("kind.label", ["a|b\n<b>$x.y</b>" if c == "c" else c for c in CLASSES])
    result = run("evaluate_clusters", graded, label_field="kind")
    assert "| a\\|b <b>$x.y</b> | 12 | 2 |" in result["summary"]
    assert len(graded.load_saved_view(result["saved_views"][0])) == 12
    graded.set_values("kind.label", ["x" * 10_000 if c == "c" else c for c in CLASSES])
    result = run("evaluate_clusters", graded, label_field="kind")
    assert f"| {'x' * 59}… | 12 | 2 |" in result["summary"]


def test_a_delegated_evaluation_is_stored(run: Run, graded: "fo.Dataset") -> None:
    from bson import ObjectId
    from fiftyone.operators.delegated import DelegatedOperationService

    queued = run("evaluate_clusters", graded, delegate=True, label_field="kind")
    service = DelegatedOperationService()
    service.execute_queued_operations(operator="@autolabel/gcn/evaluate_clusters")
    done = service.get(ObjectId(queued["id"]))
    assert done.run_state == "completed"
    assert done.result.result["counts"]["evaluated"] == 30
    graded.reload()
    assert len(run("list_runs", graded)["runs"][0]["scores"]) == 1


BAD = [
    ({"run_key": "gone"}, "There is no clustering run 'gone'; there is only 'cluster'"),
    ({"label_field": "kinds"}, "has no field 'kinds' with classes; did you mean 'kind'?"),
    ({"label_field": "vectors"}, r"'vectors' \(\w+Field\) does not hold one class per image"),
    ({"label_field": "boxes"}, r"'boxes' \(Detections\) does not hold one class per image"),
    ({"label_field": "cluster"}, "holds the clusters of the run 'cluster' themselves"),
    ({"label_field": "empty"}, "No images have both a cluster and a class: 30 images in .* 0 im"),
    ({"label_field": 3}, "'label_field' must be a text"),
    ({"save_views": "yes"}, "'save_views' must be True or False"),
]


@pytest.mark.parametrize(("params", "sentence"), BAD)
def test_bad_input_is_refused_in_one_sentence_and_changes_nothing(
    evaluation: ModuleType,
    graded: "fo.Dataset",
    state_of: Callable[["fo.Dataset"], dict[str, Any]],
    params: dict[str, Any],
    sentence: str,
) -> None:
    import fiftyone as fo

    graded.add_sample_field("empty", fo.StringField)
    graded.add_sample_field("boxes", fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections)
    before = state_of(graded)
    with pytest.raises(ValueError, match=sentence) as caught:
        evaluation.evaluate_clusters(graded, **{"label_field": "kind", **params})
    assert "\n" not in str(caught.value)
    assert state_of(graded) == before


def test_without_a_finished_run_it_says_what_to_do(
    evaluation: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    embedded: "fo.Dataset",
    stop_at: Callable[[str], Callable[[float, str], None]],
) -> None:
    with pytest.raises(ValueError, match="no finished clustering run; cluster images first"):
        evaluation.evaluate_clusters(embedded)
    records = plugin_part("operators.data.records")
    records.register(embedded, "broken", {"status": "incomplete", "cluster_field": "cluster"})
    with pytest.raises(ValueError, match="'broken' is being written or was interrupted"):
        evaluation.evaluate_clusters(embedded, "broken")


def test_a_field_that_is_gone_or_somebody_elses_is_refused(
    evaluation: ModuleType, graded: "fo.Dataset"
) -> None:
    graded.delete_sample_field("cluster")
    with pytest.raises(ValueError, match="was deleted; load the run to bring it back"):
        evaluation.evaluate_clusters(graded, label_field="kind")
    graded.clone_sample_field("kind", "cluster")
    with pytest.raises(ValueError, match="is no longer that of the run 'cluster'"):
        evaluation.evaluate_clusters(graded, label_field="kind")


def test_labels_of_other_patches_are_refused(
    evaluation: ModuleType, graded_objects: "fo.Dataset"
) -> None:
    graded_objects.clone_sample_field("objects", "predictions")
    with pytest.raises(ValueError, match="classes cannot come from those of 'predictions'"):
        evaluation.evaluate_clusters(graded_objects, label_field="predictions")
    with pytest.raises(ValueError, match=r"has no field 'objects\.detections\.color'"):
        evaluation.evaluate_clusters(graded_objects, label_field="color")
    with pytest.raises(ValueError, match="does not hold one class per object"):
        evaluation.evaluate_clusters(graded_objects, label_field="vectors")
    graded_objects.delete_sample_field("objects")
    with pytest.raises(ValueError, match=r"^The patches of 'objects' were clustered"):
        evaluation.evaluate_clusters(graded_objects)


def test_the_form_offers_fields_and_shows_problems(graded: "fo.Dataset") -> None:
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext

    def inputs(**params: object) -> dict[str, Any]:
        operator = foo.get_operator("@autolabel/gcn/evaluate_clusters")
        ctx = ExecutionContext({"dataset_name": graded.name, "params": params})
        return operator.resolve_type(ctx, "inputs").to_json()["type"]["properties"]

    form = inputs()
    assert form["run_key"]["type"]["values"] == ["cluster"]
    assert form["label_field"]["type"]["values"] == ["ground_truth", "kind"]
    assert not any(prop["invalid"] for prop in form.values())
    assert inputs(run_key="gone")["run_key"]["invalid"]
    assert "there are" in inputs(label_field="what")["label_field"]["error_message"]
