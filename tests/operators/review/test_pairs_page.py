"""The page that asks whether two clusters are the same."""

from typing import TYPE_CHECKING

import pytest

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.mark.parametrize(("strength", "urged"), [(0.2, 0), (0.8, 1)])
def test_same_is_urged_only_where_it_is_likely(
    send: Send, clustered: "fo.Dataset", strength: float, urged: int
) -> None:
    columns = clustered.load_run_results("cluster", cache=False).serialize()
    columns.pop("cls", None)
    columns |= {"pairs": [[0, 1]], "strength": [strength]}
    results = clustered.init_run_results("cluster", **columns)
    clustered.save_run_results("cluster", results, cache=False)
    page = send(clustered, "open_pairs").page
    assert f"{100 * strength:.0f} % likely, says GCN-C" in page
    assert page.count("'variant': 'contained'") == urged
