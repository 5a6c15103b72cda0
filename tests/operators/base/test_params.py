from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

Part = Callable[[str], ModuleType]


@pytest.fixture
def params(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.base.params")


@pytest.fixture
def kinds(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.base.operator_params")


def test_defaults_are_those_of_the_dataclass(params: ModuleType, kinds: ModuleType) -> None:
    assert params.parse(kinds.ClusterImagesParams, {}) == kinds.ClusterImagesParams()


def test_none_and_empty_text_stand_for_the_default(params: ModuleType, kinds: ModuleType) -> None:
    parsed = params.parse(kinds.ClusterImagesParams, {"cluster_field": "", "seed": None})
    assert parsed.cluster_field == "cluster"
    assert parsed.seed == 0


def test_numpy_integers_become_plain_ones(params: ModuleType, kinds: ModuleType) -> None:
    parsed = params.parse(kinds.ClusterImagesParams, {"k": np.int64(7)})
    assert parsed.k == 7
    assert type(parsed.k) is int


@pytest.mark.parametrize("k", [0, -3, 3.5, 4.0, "many", True])
def test_k_must_be_a_positive_whole_number(
    params: ModuleType, kinds: ModuleType, k: object
) -> None:
    with pytest.raises(ValueError, match="'k' must be a whole number of at least 1"):
        params.parse(kinds.ClusterImagesParams, {"k": k})


@pytest.mark.parametrize("key", ["my run", "1st", "a-b", "_hidden", "a.b", 5])
def test_run_key_must_be_a_name(params: ModuleType, kinds: ModuleType, key: object) -> None:
    with pytest.raises(ValueError, match="'run_key' must "):
        params.parse(kinds.ClusterImagesParams, {"run_key": key})


def test_unknown_name_is_refused_with_the_nearest_one(
    params: ModuleType, kinds: ModuleType
) -> None:
    with pytest.raises(ValueError, match=r"'clustr_field'.*did you mean 'cluster_field'"):
        params.parse(kinds.ClusterImagesParams, {"clustr_field": "a"})


def test_error_names_its_parameter(params: ModuleType, kinds: ModuleType) -> None:
    with pytest.raises(params.ParameterError) as caught:
        params.parse(kinds.ComputeEmbeddingsParams, {"only_missing": "yes"})
    assert caught.value.parameter == "only_missing"


def test_names_that_fiftyone_adds_are_passed_over(params: ModuleType, kinds: ModuleType) -> None:
    params.parse(kinds.ListRunsParams, {"view_target": "DATASET", "panel_id": "p"})


def test_arrays_are_lists(plugin_part: Part, params: ModuleType, kinds: ModuleType) -> None:
    part = plugin_part("operators.base.correction_params")
    ids = np.array(["a", "b", "a"])
    assert params.parse(part.MarkNoiseParams, {"items": ids}).items == ("a", "b")
    assert params.parse(part.MarkNoiseParams, {"items": ids.astype(object)[:1]}).items == ("a",)
    assert params.parse(part.MarkNoiseParams, {"items": ids[:0]}).items == ()
    for groups in ([ids, ids[:1]], ids.reshape(3, 1)):
        parsed = params.parse(part.SplitClusterParams, {"groups": groups})
        assert parsed.groups[0][0] == "a"
    with pytest.raises(ValueError, match=r"'items' must be a list of texts \(got \[1, 2\]\)"):
        params.parse(part.MarkNoiseParams, {"items": np.array([1, 2])})
    with pytest.raises(ValueError, match=r"'cluster_field' must be a text \(got \['a'"):
        params.parse(kinds.ClusterImagesParams, {"cluster_field": ids})
