"""What a run warned of is said where its review begins."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.operators.review.conftest import OTHER_PAGES, Send

if TYPE_CHECKING:
    import fiftyone as fo

DOUBT = "These embeddings hardly separate the images"
CURE = "use embeddings from a network that knows this kind of image"


@pytest.fixture
def noisy(make_dataset: Callable[..., "fo.Dataset"], run: Callable[..., Any]) -> "fo.Dataset":
    """120 images with embeddings that say nothing."""
    vectors = np.random.default_rng(0).normal(size=(120, 64)).astype(np.float32)
    dataset = make_dataset(120, vectors=list(vectors))
    run("cluster_images", dataset, embeddings_field="vectors", save_view=False)
    return dataset


def warn(dataset: "fo.Dataset", sentences: list[str] | None) -> None:
    config = dataset.get_run_info("cluster").config
    config.warnings = sentences
    dataset.update_run_config("cluster", config)


def test_the_list_begins_with_the_warning_and_its_way_out(send: Send, noisy: "fo.Dataset") -> None:
    page = send(noisy, "on_load").page
    assert DOUBT in page
    assert CURE in page
    assert page.index(DOUBT) < page.index("Most useful next") < page.index("card_c0")


def test_no_other_page_repeats_it(send: Send, noisy: "fo.Dataset") -> None:
    state = send(noisy, "on_load").state
    for event, params in [("turn_page", {"offset": 12}), *OTHER_PAGES]:
        assert DOUBT not in send(noisy, event, state, **params).page, event
    assert DOUBT in send(noisy, "open_clusters", state).page


def test_of_many_warnings_those_are_shown_that_leave_the_list_in_sight(
    send: Send, clustered: "fo.Dataset"
) -> None:
    warn(clustered, ["First doubt", "Second doubt.", "Third doubt" + " and more" * 40])
    page = send(clustered, "on_load").page
    assert "'First doubt. Second doubt.'" in page
    warn(clustered, ["First doubt" + " and more" * 40])
    assert "and more and more." in send(clustered, "on_load").page


def test_a_run_without_warnings_has_no_notice(send: Send, clustered: "fo.Dataset") -> None:
    assert "'doubtful'" not in send(clustered, "on_load").page
    warn(clustered, None)  # records of earlier versions have none
    assert "'doubtful'" not in send(clustered, "on_load").page
