"""The form of `apply_labels` says what will be written before anything is."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.operators.test_correction_operators import context, form, problems

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def reviewed(run: Run, embedded: "fo.Dataset") -> "fo.Dataset":
    """Ten images confirmed as Tom: one is labeled so already, two have another label."""
    import fiftyone as fo

    run("cluster_images", embedded, embeddings_field="vectors")
    run("confirm_clusters", embedded, clusters=["c00000"], name="Tom")
    labels = dict(zip(embedded.match({"cluster.label": "Tom"}).values("id"), "TCC", strict=False))
    words = {"T": fo.Classification(label="Tom"), "C": fo.Classification(label="cat")}
    embedded.add_sample_field("kind", fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification)
    embedded.set_values("kind", {i: words[one] for i, one in labels.items()}, key_field="id")
    return embedded


def note(dataset: "fo.Dataset", **params: Any) -> str:
    return form("apply_labels", dataset, label_field="kind", **params)["note"]["view"]["label"]


def test_other_labels_are_told_and_nothing_can_be_executed_until_one_chooses(
    run: Run, reviewed: "fo.Dataset"
) -> None:
    inputs = form("apply_labels", reviewed, label_field="kind")
    assert "note" not in inputs
    assert problems(inputs)["on_conflict"] == (
        "Nothing will be written: 2 other labels are in 'kind', for example 'cat' where 'Tom' is "
        "due; choose to leave or to replace them"
    )


@pytest.mark.parametrize(
    ("on_conflict", "words"),
    [
        ("skip", "2 other labels will be left in place, for example 'cat' where 'Tom' is due"),
        ("overwrite", "2 other labels among them will be replaced, for example 'cat' where 'Tom'"),
    ],
)
def test_what_is_foretold_is_what_is_written(
    run: Run, reviewed: "fo.Dataset", on_conflict: str, words: str
) -> None:
    before = reviewed.values("kind.label")
    told = note(reviewed, on_conflict=on_conflict)
    reviewed.reload()
    assert reviewed.values("kind.label") == before
    assert words in told
    assert "1 label is right already." in told
    run("apply_labels", reviewed, label_field="kind", on_conflict=on_conflict)
    reviewed.reload()
    changed = sum(a != b for a, b in zip(before, reviewed.values("kind.label"), strict=True))
    assert re.findall(r"^(\d+) labels will be written to 'kind'", told) == [str(changed)]


def test_a_new_field_is_simply_filled(reviewed: "fo.Dataset") -> None:
    told = form("apply_labels", reviewed, label_field="fresh")["note"]["view"]["label"]
    assert told == "10 labels will be written to 'fresh'."
    assert not reviewed.has_field("fresh")


@pytest.mark.parametrize(("field", "is_opened"), [("fresh", True), ("kind", True), ("kind", False)])
def test_labels_that_somebody_gave_by_hand_are_told_of(
    plugin_part: Callable[[str], ModuleType], reviewed: "fo.Dataset", field: str, is_opened: bool
) -> None:
    if is_opened:
        plugin_part("operators.corrections.writes.outside").notice_labels(reviewed)
    asked = {"label_field": field, "on_conflict": "skip"}
    assert "taken over" not in form("apply_labels", reviewed, **asked)["note"]["view"]["label"]
    outside = reviewed.match({"cluster.cluster_id": "c00001"}).limit(1)
    outside.set_values("cluster.label", ["Ann"])
    told = form("apply_labels", reviewed, **asked)["note"]["view"]["label"]
    which = "The label of 1 image that was labeled outside of the review"
    assert told.endswith(f". {which} is taken over first.")


def test_the_app_sends_the_name_of_the_field_as_it_is_typed(reviewed: "fo.Dataset") -> None:
    # What it sends when the cursor leaves the input takes the click on Execute with it.
    assert form("apply_labels", reviewed)["label_field"]["view"]["name"] != "LazyFieldView"


def test_what_a_new_field_gets_from_chosen_clusters_is_counted_and_refused_as_when_written(
    run: Run, reviewed: "fo.Dataset"
) -> None:
    chosen = {"label_field": "fresh", "clusters": ["c00000"]}
    told = form("apply_labels", reviewed, **chosen)["note"]["view"]["label"]
    assert told == "10 labels will be written to 'fresh'."
    found = problems(form("apply_labels", reviewed, label_field="fresh", clusters=["c00001"]))
    assert "'c00001' has no name or no confirmed images" in found["clusters"]
    assert "Name the field" in problems(form("apply_labels", reviewed))["problem"]


def test_clusters_left_empty_in_the_app_are_all_but_an_empty_list_from_python_is_none(
    run: Run, reviewed: "fo.Dataset"
) -> None:
    import fiftyone.operators as foo

    operator = foo.get_operator("@autolabel/gcn/apply_labels")
    params = {"label_field": "fresh", "clusters": []}
    inputs = {"operator_uri": operator.uri, "target": "inputs"}
    asked = operator.resolve_input(context(reviewed, params=params, **inputs))
    told = asked.to_json()["type"]["properties"]["note"]["view"]["label"]
    assert told == "10 labels will be written to 'fresh'."
    with pytest.raises(Exception, match="No cluster is chosen; name at least one"):
        run("apply_labels", reviewed, **params)
    assert operator.execute(context(reviewed, params=params, operator_uri=operator.uri))["written"]


def test_where_all_is_right_nothing_is_left_to_write(run: Run, reviewed: "fo.Dataset") -> None:
    run("apply_labels", reviewed, label_field="kind", on_conflict="overwrite")
    told = note(reviewed)
    assert told == "0 labels will be written to 'kind'. 10 labels are right already."


@pytest.mark.parametrize("label_field", ["kind", "another"])
def test_confirmed_images_without_a_name_are_told_of(
    run: Run, reviewed: "fo.Dataset", label_field: str
) -> None:
    run("confirm_clusters", reviewed, clusters=["c00001"])
    inputs = form("apply_labels", reviewed, label_field=label_field, on_conflict="skip")
    words = "10 confirmed images are in clusters without a name and get none"
    assert words in inputs["note"]["view"]["label"]
    result = run("apply_labels", reviewed, label_field=label_field, on_conflict="skip")
    assert result["unnamed"] == 10
    chosen = {"clusters": ["Tom"], "label_field": label_field, "on_conflict": "skip"}
    assert "without a name" not in str(form("apply_labels", reviewed, **chosen))


def test_of_objects_that_get_no_label_the_form_speaks_as_patches(
    run: Run, grouped: "fo.Dataset"
) -> None:
    run("cluster_images", grouped, patches_field="objects", embeddings_field="vectors")
    run("confirm_clusters", grouped, clusters=["c00000"], name="Tom")
    run("confirm_clusters", grouped, clusters=["c00001"])
    for label_field in ("fresh", "label"):
        params = {"label_field": label_field, "on_conflict": "skip"}
        told = form("apply_labels", grouped, **params)["note"]["view"]["label"]
        assert " confirmed patches are in clusters without a name and get none" in told


def test_the_form_says_what_a_label_field_is_where_images_and_where_objects_were_clustered(
    run: Run, reviewed: "fo.Dataset", grouped: "fo.Dataset"
) -> None:
    def where(dataset: "fo.Dataset") -> str:
        return form("apply_labels", dataset)["label_field"]["view"]["description"]

    assert where(reviewed) == "Field of the images, made if it is not there yet"
    run("cluster_images", grouped, patches_field="objects", embeddings_field="vectors")
    assert where(grouped) == (
        "Attribute of the objects of 'objects', made if it is not there yet; 'label' is the label "
        "that they have"
    )
