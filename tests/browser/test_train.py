"""Training from the App, and clustering with the model by its name."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenApp, button, choose, entry, take_picture
from tools.app_page import open_form

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def models(plugin_part: Callable[[str], ModuleType]) -> Iterator[ModuleType]:
    """The part of the plugin that keeps trained models; none is left behind."""
    part = plugin_part("operators.training.models")
    yield part
    shutil.rmtree(part.models_folder(), ignore_errors=True)


@pytest.fixture
def labeled(make_dataset: Callable[..., "fo.Dataset"], image_folder: Path) -> "fo.Dataset":
    """480 images of 12 classes, some without a class: seconds of training, which can be watched."""
    import fiftyone as fo

    rng = np.random.default_rng(7)
    numbers = np.arange(480) % 12
    vectors = rng.normal(size=(12, 16))[numbers] + rng.normal(size=(480, 16))
    kinds = [fo.Classification(label=f"kind {number}") for number in numbers]
    kinds[468:] = [None] * 12
    paths = sorted(image_folder.glob("*/*.png"))
    return make_dataset(4 * paths, vectors=list(vectors.astype(np.float32)), kind=kinds)


def test_a_model_is_trained_and_then_chosen_by_name(
    open_app: OpenApp, labeled: "fo.Dataset", models: ModuleType
) -> None:
    page = open_app(labeled)
    form = open_form(page, "Train clustering model")
    choose(form, "Field with the classes", "kind")
    choose(form, "Embeddings field", "vectors")
    entry(form, "Name of the model").fill("../mine")
    expect(form.get_by_text("'Name of the model' must start with").first).to_be_visible()
    expect(button(form, "Execute")).to_be_disabled()
    entry(form, "Name of the model").fill("mine")
    expect(button(form, "Execute")).to_be_enabled()
    take_picture(page, "form_of_train_model")
    button(form, "Execute").click()
    expect(page.get_by_text(re.compile("Starting|Learning which")).first).to_be_visible()
    traces = page.locator(".js-plotly-plot .scatterlayer .trace")
    expect(traces.first).to_be_visible()  # while it trains: there is no advice yet
    expect(page.get_by_text(re.compile("Learning which")).first).to_be_visible()
    take_picture(page, "progress_of_train_model")
    advice = page.locator("strong").get_by_text(re.compile("On 2 classes it has not seen"))
    expect(advice).to_be_visible()
    expect(page.locator(".js-plotly-plot .barlayer .point").first).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(6)
    legend = page.locator(".js-plotly-plot .legendtext")
    curves = ["training", "validation", "validation"]
    expect(legend).to_have_text(["mine (trained)", "shipped model", *curves])
    take_picture(page, "result_of_train_model")
    page.locator(".js-plotly-plot").last.scroll_into_view_if_needed()
    take_picture(page, "result_of_train_model_below")
    button(page.locator("body"), "Done").click()
    assert models.list_models() == ["mine"]

    form = open_form(page, "Cluster images")
    choose(form, "Embeddings field", "vectors")
    choose(form, "Model", "mine")
    expect(button(form, "Execute")).to_be_enabled()
    take_picture(page, "form_of_cluster_images_with_a_model")
    button(form, "Execute").click()
    expect(page.locator("strong").get_by_text(re.compile("in 480 images"))).to_be_visible()
    labeled.reload()
    assert labeled.get_run_info("cluster").config.checkpoint["path"] == "mine"
