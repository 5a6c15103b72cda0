import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

URI = "@autolabel/gcn/cluster_images"
Run = Callable[..., dict[str, Any]]
Form = Callable[..., dict[str, Any]]


@pytest.fixture
def form(plugin: ModuleType) -> Form:
    """Resolves a form as the App does: `form(dataset, {"k": 0})`, its inputs by name."""
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext

    def resolve(samples: Any, params: dict[str, Any], **request: object) -> dict[str, Any]:
        request_params = {
            "dataset_name": samples._root_dataset.name,
            "view": samples.view()._serialize(),
            "params": params,
            **request,
        }
        ctx = ExecutionContext(request_params=request_params, operator_uri=URI)
        return foo.get_operator(URI).resolve_type(ctx, "inputs").to_json()["type"]["properties"]

    return resolve


def errors(inputs: dict[str, Any]) -> dict[str, str]:
    return {name: prop["error_message"] for name, prop in inputs.items() if prop["invalid"]}


def test_call_returns_the_report(run: Run, embedded: "fo.Dataset") -> None:
    result = run("cluster_images", embedded, embeddings_field="vectors")
    assert result["counts"]["clusters"] == 3
    assert embedded.count("cluster") == 30


def test_call_on_a_view_clusters_that_view(run: Run, embedded: "fo.Dataset") -> None:
    run("cluster_images", embedded.limit(12), embeddings_field="vectors")
    assert embedded.count("cluster") == 12


def test_selection_is_clustered(run: Run, embedded: "fo.Dataset") -> None:
    import fiftyone.operators as foo

    chosen = embedded.values("id")[5:17]
    params = {"embeddings_field": "vectors", "view_target": "SELECTED_SAMPLES"}
    foo.execute_operator(URI, dataset=embedded, selected=chosen, params=params)
    assert embedded.exists("cluster").values("id") == chosen


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"k": "many"}, "Path: k. Reason: 'Neighbors (k)' must be a whole number"),
        ({"clustr_field": "a"}, "'clustr_field' is not a parameter of this operator; did you mean"),
        ({"checkpoint": "gone.pt"}, "There is no file 'gone.pt'"),
    ],
)
def test_wrong_call_ends_in_one_sentence(
    run: Run, embedded: "fo.Dataset", params: dict[str, Any], sentence: str
) -> None:
    from fiftyone.operators.executor import ExecutionError

    with pytest.raises(ExecutionError) as caught:
        run("cluster_images", embedded, embeddings_field="vectors", **params)
    assert sentence in str(caught.value).strip().splitlines()[-1]


def test_delegated_run_stores_plain_results(run: Run, embedded: "fo.Dataset") -> None:
    from bson import ObjectId
    from fiftyone.operators.delegated import DelegatedOperationService

    queued = run("cluster_images", embedded, embeddings_field="vectors", delegate=True)
    service = DelegatedOperationService()
    service.execute_queued_operations(operator=URI)
    done = service.get(ObjectId(str(queued["id"])))
    assert done.run_state == "completed", done.result and done.result.error
    assert done.result.result["counts"]["clustered"] == 30
    assert "3 clusters" in done.result.result["summary"]
    assert "MarkdownView" in json.dumps(done.metadata["outputs_schema"])
    embedded.reload()
    assert embedded.count("cluster") == 30


def test_calls_take_values_of_numpy(run: Run, embedded: "fo.Dataset") -> None:
    import fiftyone.operators as foo
    from bson import ObjectId
    from fiftyone.operators.delegated import DelegatedOperationService

    values = {"embeddings_field": "vectors", "k": np.int64(5), "save_view": np.bool_(False)}
    queued = run("cluster_images", embedded, delegate=True, **values)
    service = DelegatedOperationService()
    service.execute_queued_operations(operator=URI)
    done = service.get(ObjectId(str(queued["id"])))
    assert done.run_state == "completed", done.result and done.result.error
    assert run("cluster_images", embedded, overwrite=True, **values)["counts"]["clustered"] == 30
    ids = np.array(embedded.values("id"))
    report = foo.get_operator("@autolabel/gcn/mark_noise")(embedded, items=ids[28:])
    assert report.result["images"] == 2


def test_form_is_fine_as_it_opens(form: Form, embedded: "fo.Dataset") -> None:
    inputs = form(embedded, {})
    assert errors(inputs) == {}
    assert {"view_target", "embeddings_field", "backbone", "cluster_field"} <= set(inputs)
    assert "just press Execute" in inputs["note"]["view"]["label"]
    assert "patches_field" not in inputs
    assert "overwrite" not in inputs


def test_form_asks_for_a_number_only_of_those_who_know_it(
    form: Form, embedded: "fo.Dataset"
) -> None:
    number = form(embedded, {})["num_clusters"]
    assert "only if you know it" in number["view"]["description"]
    assert not number["required"]
    assert errors(form(embedded, {"num_clusters": 30})) == {}


def test_form_asks_for_known_labels_where_there_are_any(form: Form, embedded: "fo.Dataset") -> None:
    offered = form(embedded, {})["label_field"]
    assert [choice["value"] for choice in offered["view"]["choices"]] == ["ground_truth"]
    assert "compared with" in offered["view"]["description"]
    assert errors(form(embedded, {"label_field": "ground_truth"})) == {}
    wrong = errors(form(embedded, {"label_field": "vectors"}))
    assert "does not hold one class per image" in wrong["label_field"]
    embedded.delete_sample_field("ground_truth")
    assert "label_field" not in form(embedded, {})


def test_summary_says_what_was_known(run: Run, embedded: "fo.Dataset") -> None:
    embedded.set_values("person", ["Tom"] * 5 + ["noise"] + ["Ann"] + [None] * 23)
    params = {"embeddings_field": "vectors", "label_field": "person", "overwrite": True}
    summary = run("cluster_images", embedded, **params)["summary"]
    assert "Known from `person`: 6 images confirmed, 2 new names; 1 with a label that" in summary
    assert "Kept from the review" not in summary
    again = run("cluster_images", embedded, **params)["summary"]
    assert "Known from `person`: 0 images confirmed; 1 with a label" in again
    assert "Kept from the review: 6 images confirmed, 2 names" in again


def test_number_of_clusters_is_made(run: Run, embedded: "fo.Dataset") -> None:
    report = run("cluster_images", embedded, embeddings_field="vectors", num_clusters=2)
    assert "**2 clusters in 30 images**" in report["summary"]


def test_form_says_what_to_decide_where_the_field_has_clusters(
    run: Run, form: Form, embedded: "fo.Dataset"
) -> None:
    run("cluster_images", embedded, embeddings_field="vectors")
    inputs = form(embedded, {"cluster_field": "cluster"})
    assert "note" not in inputs
    assert set(errors(inputs)) == {"overwrite"}
    assert "type another cluster field" in inputs["overwrite"]["view"]["description"]
    assert "keep_corrections" not in inputs
    agreed = form(embedded, {"cluster_field": "cluster", "overwrite": True})
    assert errors(agreed) == {}
    assert "stays together" in agreed["keep_corrections"]["view"]["description"]
    assert "just press Execute" in agreed["note"]["view"]["label"]


def test_advanced_settings_show_on_request_or_when_they_were_set(
    form: Form, embedded: "fo.Dataset"
) -> None:
    names = {"k", "seed", "checkpoint", "batch_size"}
    defaults = {"advanced": False, "seed": 0, "k": None, "checkpoint": ""}
    assert not names & set(form(embedded, defaults))
    assert names <= set(form(embedded, {"advanced": True}))
    assert names & set(form(embedded, {"seed": 3, "k": 5})) == {"seed", "k"}
    assert "batch_size" not in form(embedded, {"advanced": True, "embeddings_field": "vectors"})


def test_switch_is_no_parameter_of_the_run(run: Run, embedded: "fo.Dataset") -> None:
    run("cluster_images", embedded, embeddings_field="vectors", advanced=True)
    assert "advanced" not in embedded.get_run_info("cluster").config.params


def test_summary_says_what_was_found_and_where_to_look(run: Run, embedded: "fo.Dataset") -> None:
    lines = run("cluster_images", embedded, embeddings_field="vectors")["summary"].splitlines()
    assert lines[0] == "**3 clusters in 30 images**, in the field `cluster` (run `cluster`)"
    assert "open **cluster: one tile per cluster** in the list of saved views" in lines[2]
    assert "| c00000 | 10 |" in lines
    assert lines[-1].endswith(" seconds")


@pytest.fixture
def noisy(make_dataset: Callable[..., "fo.Dataset"]) -> "fo.Dataset":
    """120 images with embeddings that say nothing."""
    vectors = np.random.default_rng(0).normal(size=(120, 64)).astype(np.float32)
    return make_dataset(120, vectors=list(vectors))


def test_warnings_come_before_the_result_and_are_said_once(
    run: Run, plugin_part: Callable[[str], ModuleType], noisy: "fo.Dataset"
) -> None:
    result = run("cluster_images", noisy, embeddings_field="vectors")
    (sentence,) = result["warnings"]
    assert f"Note: {sentence}" in result["summary"]  # Python has no other place for it
    form = plugin_part("operators.app.result_forms").summary_form(result, "Result").to_json()
    fields = form["type"]["properties"]
    assert list(fields) == ["warning_0", "shown", "next", "behind"]
    assert fields["warning_0"]["view"]["name"] == "Warning"
    assert fields["warning_0"]["view"]["label"] == sentence
    assert sentence not in result["shown"]
    assert "**120 clusters in 120 images**" in result["shown"]


def test_clusters_of_one_are_not_listed(run: Run, noisy: "fo.Dataset") -> None:
    result = run("cluster_images", noisy, embeddings_field="vectors")
    assert "; 120 clusters of one" in result["summary"]
    assert "Largest clusters" not in result["summary"]


def test_summary_of_objects_counts_patches_and_names_exceptions(
    run: Run, with_objects: "fo.Dataset"
) -> None:
    ids = with_objects.values("objects.detections.id", unwind=True)
    labels = [{"label_id": item, "value": None} for item in ids[:2]]
    for label, sample in zip(labels, [with_objects.first().id] * 2, strict=True):
        label["sample_id"] = sample
    with_objects.set_label_values("objects.detections.vectors", labels)
    summary = run(
        "cluster_images",
        with_objects,
        patches_field="objects",
        embeddings_field="vectors",
        save_view=False,
    )["summary"]
    assert summary.startswith("**3 clusters in 28 patches**")
    assert "2 without embedding" in summary
    assert "saved views" not in summary


def test_form_offers_objects_and_their_vectors(form: Form, with_objects: "fo.Dataset") -> None:
    inputs = form(with_objects, {"patches_field": "objects"})
    assert inputs["patches_field"]["type"]["values"] == ["objects"]
    assert inputs["embeddings_field"]["type"]["values"] == ["vectors"]


@pytest.mark.parametrize(
    ("params", "name", "message"),
    [
        ({"k": 30}, "k", "'Neighbors (k)' must be smaller than the number of images (got 30 "),
        ({"k": -1}, "k", "at least 1"),
        ({"num_clusters": 31}, "num_clusters", "'Number of clusters' must be at most the number"),
        ({"num_clusters": 0}, "num_clusters", "at least 1"),
        ({"cluster_field": "ground_truth"}, "cluster_field", "was not written by this plugin"),
        ({"run_key": "no key"}, "run_key", "letters, digits and underscores"),
        ({"embeddings_field": "vector"}, "embeddings_field", "did you mean 'vectors'"),
        ({"checkpoint": "gone.pt"}, "checkpoint", "There is no file"),
        ({"batch_size": 0, "advanced": False}, "batch_size", "at least 1"),
        ({"batch_size": 0, "embeddings_field": "vectors"}, "batch_size", "at least 1"),
        ({"typo": 1}, "problem", "is not a parameter of this operator"),
    ],
)
def test_form_shows_what_is_wrong(
    form: Form, embedded: "fo.Dataset", params: dict[str, Any], name: str, message: str
) -> None:
    found = errors(form(embedded, params))
    assert list(found) == [name]
    assert message in found[name]


def test_form_refuses_an_empty_target(form: Form, embedded: "fo.Dataset") -> None:
    assert "There are no images" in errors(form(embedded.limit(0), {}))["problem"]


def test_form_asks_before_overwriting(form: Form, run: Run, embedded: "fo.Dataset") -> None:
    run("cluster_images", embedded, embeddings_field="vectors")
    found = errors(form(embedded, {"embeddings_field": "vectors"}))
    assert "The run 'cluster' exists" in found["overwrite"]
    inputs = form(embedded, {"embeddings_field": "vectors", "overwrite": True})
    assert errors(inputs) == {}


def test_button_is_in_the_grid(plugin: ModuleType) -> None:
    import fiftyone.operators as foo

    placement = foo.get_operator(URI).resolve_placement(None).to_json()
    assert placement["place"] == "samples-grid-actions"
    assert placement["view"]["icon"] == "bubble_chart"


def test_summary_says_how_many_corrections_were_kept_and_lost(
    run: Run, plugin_part: Callable[[str], ModuleType], embedded: "fo.Dataset"
) -> None:
    write = plugin_part("operators.correcting")
    params = {"embeddings_field": "vectors", "overwrite": True}
    run("cluster_images", embedded, **params)
    for name, row in (("a", 0), ("b", 10), ("c", 20)):
        key = embedded.skip(row).first().cluster.cluster_id
        write.confirm_clusters(embedded, [key], name=name)
    embedded.delete_samples(embedded.skip(20))
    summary = run("cluster_images", embedded.limit(12), **params)["summary"]
    assert "Kept from the review: 20 images confirmed (8 of them were not clustered" in summary
    assert "2 names, 0 answers;" in summary
    assert "Lost: 10 confirmed images (no longer in the dataset) and 1 name (no con" in summary


def test_noise_is_counted_apart_from_the_confirmed_as_in_the_panel(
    run: Run, plugin_part: Callable[[str], ModuleType], embedded: "fo.Dataset"
) -> None:
    write, reads = plugin_part("operators.correcting"), plugin_part("operators.corrections.reads")
    params = {"embeddings_field": "vectors", "overwrite": True}
    run("cluster_images", embedded, **params)
    write.mark_noise(embedded, items=embedded.limit(3).values("id"))
    write.confirm_clusters(embedded, [embedded.skip(3).first().cluster.cluster_id])
    summary = run("cluster_images", embedded, **params)["summary"]
    told = reads.review_progress(embedded)["text"]
    assert "Kept from the review: 7 images confirmed, 3 noise, " in summary
    assert told.startswith("7 of 30 images confirmed, 3 noise")


def test_form_says_what_clustering_a_part_again_takes_from_the_rest(
    form: Form, run: Run, embedded: "fo.Dataset"
) -> None:
    run("cluster_images", embedded, embeddings_field="vectors")
    inputs = form(embedded.limit(12), {"embeddings_field": "vectors", "overwrite": True})
    assert errors(inputs) == {}
    assert "and 18 others that are not confirmed will" in inputs["left_out"]["view"]["label"]
    assert "note" not in inputs
    chosen = {"embeddings_field": "vectors", "overwrite": True, "view_target": "DATASET"}
    assert "left_out" not in form(embedded.limit(12), chosen)
