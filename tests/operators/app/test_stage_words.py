"""What the App says of the stages of the method."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def stage_words(plugin_part: Callable[[str], ModuleType]) -> Callable[[str], str]:
    return plugin_part("operators.app.stage_words").stage_words


def test_terms_of_the_method_stand_in_brackets(stage_words: Callable[[str], str]) -> None:
    alike = "Telling which neighbors are alike (GCN-V)"
    assert stage_words("GCN-V") == alike
    assert stage_words("GCN-V, about 1 minute left") == f"{alike}, about 1 minute left"
    assert stage_words("Trains GCN-C") == "Learning which clusters are alike (GCN-C)"
    assert stage_words("Nearest neighbors: lists").endswith("(nearest neighbors): lists")


def test_other_words_stay(stage_words: Callable[[str], str]) -> None:
    for label in ("Writing clusters to 'GCN-V'", "GCN-Vision", "Embeddings", ""):
        assert stage_words(label) == label


def test_no_stage_of_a_clustering_is_a_bare_term(
    plugin_part: Callable[[str], ModuleType],
    embedded: "fo.Dataset",
    stage_words: Callable[[str], str],
) -> None:
    seen: list[Any] = []
    function = plugin_part("operators.runs.clustering").cluster_images
    function(embedded, embeddings_field="vectors", progress=lambda _, label: seen.append(label))
    assert any(label.startswith("GCN-V") for label in seen)
    assert not any(stage_words(label).startswith(("GCN", "Relations", "Pruning")) for label in seen)
