"""The operator `apply_labels`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_clusters, parsed
from .base.correction_params import ApplyLabelsParams
from .base.params import ParameterError, parse
from .base.wording import count_text
from .correcting import apply_labels
from .correcting.labeling import count_labels_of_new_field
from .corrections.documents.review import find_review
from .corrections.partition.texts import shortened


class ApplyLabels(CorrectionOperator):
    """Writes confirmed names into a label field."""

    title = "Apply labels"
    about = "Write the names of confirmed clusters into a label field"
    icon = "label"

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks where the labels go."""
        inputs.str(
            "label_field",
            label="Label field",
            description=_where(ctx),
        )
        add_clusters(
            inputs,
            ctx,
            "clusters",
            "Clusters",
            "All confirmed ones with a name when empty",
            many=True,
        )
        view = types.RadioGroup()
        view.add_choice("error", label="Write nothing at all if labels would change")
        view.add_choice("skip", label="Leave labels that are there")
        view.add_choice("overwrite", label="Replace labels that are there")
        inputs.enum("on_conflict", view.values(), label="Other labels", default="error", view=view)

    def _values(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        values = super()._values(ctx)
        # The input says that empty stands for all; a list from Python is meant as it is.
        is_left_empty = "operator_uri" in ctx.request_params and values.get("clusters") == []
        return values | {"clusters": None} if is_left_empty else values

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Writes labels, or counts what it would write."""
        return apply_labels(samples, **parsed(ApplyLabelsParams, values))

    def foretell(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Counts what it would write; labels that are there are read when their field is typed."""
        params = parse(ApplyLabelsParams, values)
        told = {"noun": find_review(samples, params.run_key).target.noun}
        counts = count_labels_of_new_field(samples, params)
        if counts is None:
            return super().foretell(samples, values) | told
        none = {"unchanged": 0, "conflicts": 0, "examples": []}
        return {"label_field": params.label_field, **counts, **none, **told}

    def preview(self, report: Mapping[str, Any], values: Mapping[str, Any]) -> str:
        """Says which labels will be written, and what becomes of those that are there."""
        on_conflict = parsed(ApplyLabelsParams, values)["on_conflict"]
        if report["conflicts"] and on_conflict == "error":
            raise ParameterError("on_conflict", _blocked(report))
        return _foretold(report, on_conflict)


def _where(ctx: foo.ExecutionContext) -> str:
    """Says what a label field is in this run, about images or about objects."""
    try:
        field = find_review(ctx.dataset, ctx.params.get("run_key") or None).target.patches_field
    except ParameterError:
        field = None  # no run is chosen yet, or it is damaged, which is said below
    if field is None:
        return "Field of the images, made if it is not there yet"
    return (
        f"Attribute of the objects of '{field}', made if it is not there yet; 'label' is the "
        "label that they have"
    )


def _blocked(report: Mapping[str, Any]) -> str:
    verb = "is" if report["conflicts"] == 1 else "are"
    return (
        f"Nothing will be written: {count_text(report['conflicts'], 'other labels')} {verb} in "
        f"'{report['label_field']}', {_example(report)}; choose to leave or to replace them"
    )


def _foretold(report: Mapping[str, Any], on_conflict: str) -> str:
    """Words what the labels of the report will come to."""
    written, conflicts = report["written"], report["conflicts"]
    sentences = [f"{count_text(written, 'labels')} will be written to '{report['label_field']}'"]
    if conflicts and on_conflict == "overwrite":
        others = count_text(conflicts, "other labels")
        sentences.append(f"{others} among them will be replaced, {_example(report)}")
    elif conflicts:
        others = count_text(conflicts, "other labels")
        sentences.append(f"{others} will be left in place, {_example(report)}")
    if report["unchanged"]:
        verb = "is" if report["unchanged"] == 1 else "are"
        sentences.append(f"{count_text(report['unchanged'], 'labels')} {verb} right already")
    if report["unnamed"]:
        is_one = report["unnamed"] == 1
        verb, get = ("is", "gets") if is_one else ("are", "get")
        number = count_text(report["unnamed"], f"confirmed {report['noun']}")
        where = "a cluster" if is_one else "clusters"
        sentences.append(f"{number} {verb} in {where} without a name and {get} none")
    return ". ".join(sentences) + "."


def _example(report: Mapping[str, Any]) -> str:
    example = report["examples"][0]
    return f"for example '{shortened(example['old'])}' where '{shortened(example['new'])}' is due"
