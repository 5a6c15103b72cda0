"""The operator `cluster_images`."""

from collections.abc import Iterator, Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.message import GeneratedMessage

from .app import forms, result_forms, source_form, target_form
from .app.open_panels import follow_runs
from .app.reporting_operator import ReportingOperator
from .app.streaming import run_task
from .base.operator_params import ClusterImagesParams
from .base.params import parse
from .base.plugin import PLUGIN
from .base.progress import Progress
from .base.wording import count_text, list_text
from .data.grouped import slices_of
from .data.label_fields import list_label_fields
from .runs.clustering import cluster_images, prepare_clustering
from .runs.left_out import left_out_text
from .training.models import list_models

SHOWN = 5
NEXT = ("Review the clusters", f"{PLUGIN}/review_clusters")


class ClusterImages(ReportingOperator):
    """Sorts images or patches into clusters."""

    title = "Cluster images"
    about = "Sort images or patches into clusters with two graph networks"
    icon = "bubble_chart"

    def resolve_placement(self, ctx: foo.ExecutionContext) -> types.Placement:
        """Puts a button above the grid."""
        return types.Placement(
            types.Places.SAMPLES_GRID_ACTIONS,
            types.Button(label=self.title, icon=self.icon, prompt=True),
        )

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        samples, notes = target_form.target_samples(ctx), list[str]()

        def check() -> None:
            target, params = prepare_clustering(samples, parse(ClusterImagesParams, ctx.params))
            notes.extend(left_out_text(target, params))

        problem = forms.problem_of(check)
        inputs = types.Object()
        if problem is None and not notes:
            forms.add_invitation(inputs)
        target_form.add_target(inputs, ctx, "Cluster")
        source_form.add_source(inputs, ctx)
        models = list_models()
        if models:
            _add_model(inputs, models)
        _add_known(inputs, ctx)
        _add_destination(inputs)
        if ctx.params.get("overwrite") or (problem and problem.parameter == "overwrite"):
            _add_overwrite(inputs, ctx, notes)
        _add_advanced(inputs, ctx, has_model=bool(models))
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        samples, params = ctx.target_view(require_flat=True), parse(ClusterImagesParams, ctx.params)

        def task(progress: Progress) -> dict[str, Any]:
            report = cluster_images(samples, **vars(params), progress=progress).as_dict()
            notes = "".join(f"\n\nNote: {sentence}" for sentence in report["warnings"])
            report["slices"] = slices_of(samples)
            texts = {"summary": _summary(report, notes), "shown": _summary(report)}
            return report | texts | {"next": (*NEXT, {"run_key": report["run_key"]})}

        return run_task(
            ctx, task, lambda report: f"Found {_found(report)}", lambda _: follow_runs(ctx)
        )


def _add_known(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    """Asks what is known before: labels of some images, and how many clusters there are."""
    target = source_form.target_of(ctx)
    own = ctx.params.get("cluster_field") or "cluster"
    fields = [name for name in list_label_fields(target) if name != own] if target else []
    if fields:
        forms.add_choice(
            inputs,
            "label_field",
            fields,
            label="Known labels",
            description="Field with labels that some of the images have already: these are "
            "confirmed, and others join them; of another cluster field, what is confirmed there. "
            "Not for labels that the clusters are to be compared with",
        )
    inputs.int(
        "num_clusters",
        label="Number of clusters",
        description="About how many kinds there are, only if you know it: then so many are made. "
        "Left empty, the number is found",
    )


def _add_destination(inputs: types.Object) -> None:
    inputs.str(
        "cluster_field",
        label="Cluster field",
        description="Field that the clusters are written to",
        default="cluster",
    )
    inputs.str(
        "run_key",
        label="Run key",
        description="Name of this run, to load or delete it later; that of the field when empty",
    )
    inputs.bool("save_view", label="Save a view with one tile per cluster", default=True)


def _add_model(inputs: types.Object, models: list[str]) -> None:
    forms.add_choice(
        inputs,
        "checkpoint",
        models,
        label="Model",
        description="One that you trained, or the path of a checkpoint; the shipped one if empty",
    )


def _add_overwrite(inputs: types.Object, ctx: foo.ExecutionContext, notes: list[str]) -> None:
    inputs.bool(
        "overwrite",
        label="Overwrite",
        description="Clusters this field again, which ends tags on its labels. Or type another "
        "cluster field above",
        default=False,
    )
    for note in notes:  # right below the box that it is about, where it is seen without scrolling
        inputs.view("left_out", types.Warning(label=note))
    if ctx.params.get("overwrite"):
        inputs.bool(
            "keep_corrections",
            label="Keep corrections",
            description="What was confirmed stays together and apart; names, noise and answers "
            "carry over. Other images keep no cluster unless they are clustered again",
            default=True,
        )


def _add_advanced(inputs: types.Object, ctx: foo.ExecutionContext, has_model: bool) -> None:
    forms.add_switch(inputs)
    if forms.is_shown(ctx, "k"):
        inputs.int(
            "k",
            label="Neighbors (k)",
            description="Neighbors that each image is compared with; up to 80 when empty",
        )
    if forms.is_shown(ctx, "seed", default=0):
        inputs.int(
            "seed", label="Seed", description="Only recorded: all seeds give the same", default=0
        )
    if not has_model and forms.is_shown(ctx, "checkpoint"):
        _add_model(inputs, [])
    source_form.add_batch_size(inputs, ctx)


def _noun(result: Mapping[str, Any]) -> str:
    return "patches" if "." in result["cluster_field"] else "images"


def _found(result: Mapping[str, Any]) -> str:
    counts = result["counts"]
    clusters = count_text(counts["clusters"], "clusters")
    return f"{clusters} in {count_text(counts['clustered'], _noun(result))}"


def _summary(result: Mapping[str, Any], notes: str = "") -> str:
    """Words the result; the App shows the warnings by themselves, so there are no notes there."""
    counts = result["counts"]
    slices = [f"`{name}`" for name in result["slices"]]
    of = f" of the slice{'s' * (len(slices) > 1)} {list_text(slices)}" if slices else ""
    head = (
        f"**{_found(result)}**{of}, in the field `{result['cluster_field']}` "
        f"(run `{result['run_key']}`)"
    )
    text = head + _exceptions(counts) + result_forms.view_text(result["saved_view"]) + notes
    failures = result_forms.failures_text(result["failed"], counts["failed"])
    blocks = [
        text + "".join(_kept(result["corrections"], _noun(result))),
        _largest(result) + failures,
        f"{result['seconds']:,.1f} seconds",
    ]
    return result_forms.GAP.join(block for block in blocks if block)


def _largest(result: Mapping[str, Any]) -> str:
    """Lists the largest clusters, as many as leave the button below them in sight."""
    rows = [[row["cluster"], f"{row['size']:,}"] for row in result["largest"][:SHOWN]]
    if all(row["size"] == 1 for row in result["largest"]):
        return ""
    return result_forms.table_text(["Largest clusters", "Size"], rows)


def _exceptions(counts: Mapping[str, int]) -> str:
    """Words what is out of the ordinary, if anything is."""
    texts = [
        (counts["singletons"], f"{count_text(counts['singletons'], 'clusters')} of one"),
        (counts["noise"], f"{counts['noise']:,} noise"),
        (counts["without_embedding"], f"{counts['without_embedding']:,} without embedding"),
    ]
    shown = [text for number, text in texts if number]
    return f"; {list_text(shown)}" if shown else ""


def _kept(corrections: Mapping[str, Any] | None, noun: str) -> list[str]:
    """Words what was known before: labels, and corrections of the run that was replaced."""
    if corrections is None:
        return []
    texts = [_labeled(corrections["labeled"], noun)] if corrections["labeled"] else []
    texts += [_reviewed(corrections, noun)] if corrections["is_review"] else []
    if corrections["doubted"]:
        named = [row["name"] or row["cluster"] for row in corrections["disagreements"][:3]]
        doubted = count_text(corrections["doubted"], noun)
        texts[-1] += (
            f". The model would have put {doubted} elsewhere, for example in {list_text(named)}"
        )
    return [f"\n\n{text}" for text in texts]


def _labeled(labeled: Mapping[str, Any], noun: str) -> str:
    """Words what known labels came to."""
    text = f"Known from `{labeled['field']}`: {count_text(labeled['images'], noun)} confirmed"
    text += f", {count_text(labeled['names'], 'new names')}" if labeled["names"] else ""
    left_out = [
        (labeled["contradicted"], "confirmed under another name before, which they keep"),
        (labeled["unusable"], "with a label that cannot name a cluster, taken as unlabeled"),
    ]
    return "; ".join([text, *(f"{number:,} {words}" for number, words in left_out if number)])


def _reviewed(corrections: Mapping[str, Any], noun: str) -> str:
    """Words what became of the corrections of the run that was replaced."""
    # As the review panel counts them: noise is decided on, too, but by itself.
    aside = corrections["noise"]
    images = count_text(corrections["confirmed"] - aside, noun)
    noise = f", {aside:,} noise" if aside else ""
    outside = corrections["outside"]
    text = (
        f"Kept from the review: {images} confirmed{noise}"
        f"{f' ({outside:,} of them were not clustered again)' if outside else ''}, "
        f"{count_text(corrections['names'], 'names')}, "
        f"{count_text(corrections['answers'], 'answers')}; "
        f"{corrections['moved']:,} moved to another cluster, {corrections['new']:,} are new"
    )
    return text + _lost(corrections, noun)


def _lost(corrections: Mapping[str, int], noun: str) -> str:
    """Words what could not be kept of a review, if anything could not."""
    texts = []
    if corrections["lost"]:
        images = count_text(corrections["lost"], f"confirmed {noun}")
        texts.append(f"{images} (no longer in the dataset)")
    if corrections["names_lost"]:
        names = count_text(corrections["names_lost"], "names")
        texts.append(f"{names} (no confirmed {noun}, and no cluster of their own now)")
    if corrections["answers_lost"]:
        answers = count_text(corrections["answers_lost"], "answers")
        texts.append(f"{answers} that two clusters are different (they are two no longer)")
    return f". Lost: {list_text(texts)}" if texts else ""
