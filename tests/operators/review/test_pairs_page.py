"""The page that asks whether two clusters are the same."""

from typing import TYPE_CHECKING, Any

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


@pytest.mark.parametrize("kept", ["c00000", "c00001"])
def test_same_asks_which_of_two_names_stays(
    send: Send, clustered: "fo.Dataset", run: Any, kept: str
) -> None:
    names = {"c00000": "Ann", "c00001": "Tom"}
    for cluster, name in names.items():
        run("rename_cluster", clustered, cluster=cluster, name=name)
    state = send(clustered, "open_cluster", cluster="c00000").state
    state = send(clustered, "mark_cluster", state, cluster="c00002").state
    pair = {"first": "c00000", "second": "c00001", "answer": "same", "based_on": 2}
    asked = send(clustered, "answer_pair", state, **pair)
    assert "Keep “Ann”" in asked.page
    assert "Keep “Tom”" in asked.page
    chosen = {"clusters": list(names), "into": kept, "based_on": 2}
    answer = send(clustered, "merge_into", asked.state, **chosen)
    assert answer.state["review"]["marked"] == ["c00002"]  # it has nothing to do with these
    clustered.reload()
    assert clustered.count_values("cluster.label") == {names[kept]: 20, "c00002": 10}
