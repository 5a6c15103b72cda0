"""Forms call a parameter what its input is called."""

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def forms(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.app.forms")


@pytest.fixture
def params(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.base.params")


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("'cluster' must be a text (got 5)", "'Cluster' must be a text (got 5)"),
        ("'cluster' is too large (got 9)", "'Cluster' is too large (got 9)"),
        ("'cluster' has at most 2 entries", "'Cluster' has at most 2 entries"),
        ("'cluster' has characters that are odd", "'Cluster' has characters that are odd"),
        ("'cluster' has no images", "'cluster' has no images"),
        ("'cluster' exists", "'cluster' exists"),
        ("The run 'cluster' must be cut", "The run 'cluster' must be cut"),
        ("'into' must be a text (got 5)", "'into' must be a text (got 5)"),
    ],
)
def test_only_the_rule_of_a_parameter_speaks_of_its_input(
    forms: ModuleType, params: ModuleType, sentence: str, shown: str
) -> None:
    from fiftyone.operators import types

    inputs = types.Object()
    inputs.str("cluster", label="Cluster")
    forms.show_problem(inputs, params.ParameterError("cluster", sentence))
    assert inputs.properties["cluster"].error_message == shown


def test_what_is_wrong_without_an_input_is_said_as_it_is(
    forms: ModuleType, params: ModuleType
) -> None:
    from fiftyone.operators import types

    inputs = types.Object()
    inputs.view("items", types.Notice(label="3 selected"))
    inputs.str("name")
    for parameter in ("items", "name", "patches_field"):
        sentence = f"'{parameter}' must be a text (got 5)"
        forms.show_problem(inputs, params.ParameterError(parameter, sentence))
        prop = inputs.properties.get(parameter, inputs.properties.get("problem"))
        assert prop.error_message == sentence
    assert inputs.properties["problem"].view.label == "'patches_field' must be a text (got 5)"
