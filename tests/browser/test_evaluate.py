"""Evaluating a run from the App: the form, the numbers on the screen, and the views of errors."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenApp, button, take_picture
from tools.app_page import open_form

if TYPE_CHECKING:
    import fiftyone as fo

CLASSES = ["a"] * 10 + ["b"] * 8 + ["c"] * 12
RUNS = ["cluster", "second"]


@pytest.fixture
def clustered(
    make_dataset: Callable[..., "fo.Dataset"], plugin_part: Callable[[str], ModuleType]
) -> "fo.Dataset":
    """Thirty images in three clusters of ten, twice; class "c" reaches into the cluster of "b"."""
    import fiftyone as fo

    rng = np.random.default_rng(51)
    vectors = np.eye(3, 16).repeat(10, axis=0) + rng.normal(0, 0.02, (30, 16))
    kinds = [fo.Classification(label=name) for name in CLASSES]
    dataset = make_dataset(30, vectors=list(vectors.astype(np.float32)), kind=kinds)
    for field in RUNS:
        plugin_part("operators").cluster_images(
            dataset, embeddings_field="vectors", cluster_field=field
        )
    dataset.set_values("second.label", ["all in one"] * 30)
    return dataset


def test_evaluate_clusters_shows_scores_and_leads_to_the_errors(
    open_app: OpenApp, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    evaluate = plugin_part("operators.evaluation.evaluation").evaluate_clusters
    second = evaluate(clustered, "second", "kind", save_views=False)
    page = open_app(clustered)
    form = open_form(page, "Evaluate clusters")
    for box, choice in enumerate(("cluster", "kind")):
        form.get_by_role("combobox").nth(box).click()
        page.get_by_role("option", name=choice, exact=True).click()
    expect(button(form, "Execute")).to_be_enabled()
    take_picture(page, "form_of_evaluate_clusters")
    button(form, "Execute").click()
    expect(page.get_by_text(re.compile("corrections included"))).to_be_visible()

    clustered.reload()
    kept = clustered.get_run_info("cluster").config.evaluations[0]["scores"]
    for scores in (kept, second.scores):
        for name in ("bcubed_f", "pairwise_f", "nmi", "ari", "purity"):
            number = re.compile(rf"^{re.escape(f'{scores[name]:.3f}')}\b")
            expect(page.get_by_role("cell", name=number).first).to_be_visible()
    take_picture(page, "result_of_evaluate_clusters")
    page.get_by_role("columnheader", name="Most mixed clusters").scroll_into_view_if_needed()
    take_picture(page, "result_of_evaluate_clusters_below")

    counts = page.locator('[data-cy="entry-counts"]')
    for content, images in (("most split classes", 12), ("most mixed clusters", 10)):
        page.get_by_role("button", name=f"Show cluster: {content}").click()
        expect(counts).to_contain_text(f"{images} samples")
    button(page.locator("body"), "Done").click()


def open_on_most_mixed(
    open_app: OpenApp, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> Page:
    """Evaluates the run and opens the App on its most mixed clusters."""
    plugin_part("operators.evaluation.evaluation").evaluate_clusters(clustered, "cluster", "kind")
    page = open_app(clustered, view="cluster-most-mixed-clusters")
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("10 samples")
    return page


def test_the_app_leaves_a_view_of_errors_that_goes_when_its_run_is_made_again(
    open_app: OpenApp, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    page = open_on_most_mixed(open_app, clustered, plugin_part)
    counts = page.locator('[data-cy="entry-counts"]')
    form = open_form(page, "Cluster images")
    form.get_by_text("Entire dataset").click()
    form.get_by_role("combobox").first.click()
    page.get_by_role("option", name="vectors").click()
    form.get_by_text("Overwrite", exact=True).click()
    expect(button(form, "Execute")).to_be_enabled()
    button(form, "Execute").click()
    expect(page.get_by_role("button", name="Review the clusters")).to_be_visible()
    button(page.locator("body"), "Done").click()
    expect(counts).to_contain_text("30 samples")
    clustered.reload()
    assert "cluster: most mixed clusters" not in clustered.list_saved_views()
    page.reload()
    expect(counts).to_contain_text("30 samples")


def test_the_app_leaves_a_view_whose_run_is_renamed(
    open_app: OpenApp, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    page = open_on_most_mixed(open_app, clustered, plugin_part)
    counts = page.locator('[data-cy="entry-counts"]')
    form = open_form(page, "Rename clustering run")
    form.get_by_role("combobox").first.click()
    page.get_by_role("option", name="cluster", exact=True).click()
    form.locator("input[type=string]").fill("renamed")
    expect(button(form, "Execute")).to_be_enabled()
    button(form, "Execute").click()
    expect(page.get_by_text("The run 'cluster' is now called 'renamed'")).to_be_visible()
    button(page.locator("body"), "Close").click()
    expect(counts).to_contain_text("30 samples")
