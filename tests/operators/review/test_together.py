"""Ticked neighbors, all but the selected, and the page of small clusters, as a browser sends it."""

import json
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tests.operators.review.conftest import Send

if TYPE_CHECKING:
    import fiftyone as fo


def test_ticked_neighbors_are_confirmed_with_the_open_cluster(
    send: Send, clustered: "fo.Dataset"
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    answer = send(clustered, "tick_cluster", state, cluster="c00001")
    assert "Confirm with 1 ticked" in answer.page
    state = state | answer.state | {"naming": {"name": "Tom"}}
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert answer.state["review"]["ticked"] == []
    assert clustered.count_values("cluster.label")["Tom"] == 20
    assert clustered.count_values("cluster.confirmed") == {True: 20, False: 10}


def test_pieces_of_a_split_can_be_ticked_and_confirmed_together_again(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    report = write.split_cluster(clustered, "c00000", by="groups", groups=[[one] for one in ids])
    piece = report["created"][0]
    answer = send(clustered, "open_cluster", cluster="c00000")
    assert "'different'" in answer.page
    state = answer.state | send(clustered, "tick_cluster", answer.state, cluster=piece).state
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=1)
    assert "'error'" not in answer.page
    assert clustered.count_values("cluster.confirmed")[True] == 2


def test_a_tick_is_beside_every_neighbor_also_those_called_different(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    ticks = send(clustered, "open_cluster", cluster="c00000").page.count("#tick_cluster")
    write.answer_pair(clustered, "c00000", "c00001", "different")
    page = send(clustered, "open_cluster", cluster="c00000").page
    assert page.count("#tick_cluster") == ticks > 0


def test_ticks_end_where_another_cluster_is_opened(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    state = send(clustered, "tick_cluster", state, cluster="c00001").state
    assert send(clustered, "open_cluster", state, cluster="c00002").state["review"]["ticked"] == []


def test_what_is_selected_is_not_confirmed_in_passing(send: Send, clustered: "fo.Dataset") -> None:
    """Neither by a key nor by the button that stands out."""
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    opened = send(clustered, "open_cluster", cluster="c00000")
    assert "(Alt+C)" in opened.page
    assert "Confirm all" not in opened.page
    page = send(clustered, "on_change_selected", opened.state, selected=ids[:2]).page
    assert "Confirm all but these" in page
    assert "The selected images too" in page
    assert "(Alt+C)" not in page


def test_all_but_the_selected_is_confirmed(send: Send, clustered: "fo.Dataset") -> None:
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    state = send(clustered, "open_cluster", cluster="c00000").state
    page = send(clustered, "confirm_rest", state, cluster="c00000", based_on=0).page
    assert "Select the images that do not belong first" in page
    answer = send(clustered, "confirm_rest", state, selected=ids[:2], cluster="c00000", based_on=0)
    assert answer.sent("set_selected_samples")[0]["samples"] == []
    confirmed = clustered.match({"cluster.confirmed": True}).values("id")
    assert set(confirmed) == set(ids[2:])


def test_a_taken_name_asks_and_the_answer_keeps_ticks_and_selection(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    write.confirm_clusters(clustered, ["c00002"], name="Tom")
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    state = send(clustered, "open_cluster", cluster="c00000").state
    state = state | send(clustered, "tick_cluster", state, cluster="c00001").state
    state |= {"naming": {"name": "Tom"}}
    params = {"cluster": "c00000", "based_on": 1}
    page = send(clustered, "confirm_rest", state, selected=ids[:1], **params).page
    assert "Another cluster is called" in page
    chosen = params | {"name": "Tom", "if_exists": "merge", "rest": True}
    send(clustered, "confirm_named", state, selected=ids[:1], **chosen)
    assert clustered.count_values("cluster.label")["Tom"] == 29


def test_a_part_is_selected_in_the_grid(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    answer = send(clustered, "select_part", state, cluster="c00000", part=0)
    chosen = [one["id"] for one in answer.sent("set_selected_samples")[0]["samples"]]
    ids = clustered.match({"cluster.cluster_id": "c00000"}).values("id")
    assert set(chosen) <= set(ids)
    assert f"{len(chosen)} image{'s' * (len(chosen) != 1)} selected" in answer.page


def test_small_clusters_are_shown_in_one_grid_and_leave_it_when_named(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    ids = clustered.values("id")
    write.confirm_clusters(clustered, ["c00000"], name="Tom", without=[ids[0]])
    write.confirm_clusters(clustered, ["c00001"], without=[ids[10]])
    answer = send(clustered, "open_small")
    assert shown(answer) == {ids[0], ids[10]}
    assert "2 small clusters; 2 images in the grid" in answer.page
    state = answer.state | {"selection": {"move": {"target": "Tom"}}}
    answer = send(clustered, "move_images", state, selected=[ids[0]], based_on=2)
    assert shown(answer) == {ids[10]}
    assert clustered.count_values("cluster.label")["Tom"] == 10
    state["selection"] = {"move": {"target": "something new"}}
    answer = send(clustered, "move_images", state, selected=[ids[10]], based_on=3)
    assert "No small cluster is left without a name" in answer.page
    assert clustered.count_values("cluster.label")["something new"] == 1


def shown(answer: Any) -> set[str]:
    """Ids of the images in the view that the panel sets."""
    stages = json.dumps(answer.sent("set_view")[-1], default=str)
    (select,) = [s for s in json.loads(stages)["view"] if s["_cls"].endswith(".Select")]
    return set(dict(select["kwargs"])["sample_ids"])


def test_a_group_of_small_clusters_joins_the_named_one_but_for_the_selected(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    ids = clustered.match({"cluster.cluster_id": "c00001"}).values("id")
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    for item in ids[:3]:
        write.split_cluster(clustered, "c00001", by="groups", groups=[[item]])
    pieces = ["c00003", "c00004", "c00005"]
    params = {"cluster": "c00000", "clusters": pieces, "rest": True, "based_on": 4}
    state = send(clustered, "open_small").state
    answer = send(clustered, "confirm_group", state, selected=[ids[0]], **params)
    assert "'error'" not in answer.page
    assert clustered.count_values("cluster.label")["Tom"] == 12
    assert clustered.count_values("cluster.confirmed")[True] == 12


def test_what_is_selected_of_other_groups_does_not_hinder_a_group(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    write.confirm_clusters(clustered, ["c00000"], name="Tom")
    some = clustered.match({"cluster.cluster_id": "c00001"}).values("id")[:2]
    (small,) = write.move_to_cluster(clustered, some)["created"]
    elsewhere = clustered.match({"cluster.cluster_id": "c00002"}).values("id")[:1]
    params = {"cluster": "c00000", "clusters": [small], "rest": True, "based_on": 2}
    state = send(clustered, "open_small").state
    send(clustered, "confirm_group", state, selected=[some[0], *elsewhere], **params)
    clustered.reload()
    assert clustered[some[1]].cluster.label == "Tom"
    assert clustered[some[0]].cluster.label != "Tom"
    assert clustered[elsewhere[0]].cluster.cluster_id == "c00002"


def test_the_history_can_be_exported_and_imported(send: Send, clustered: "fo.Dataset") -> None:
    state = send(clustered, "open_history").state
    for name in ("export_corrections", "import_corrections"):
        (prompt,) = send(clustered, name, state).sent("prompt_user_for_operation")
        assert prompt["operator_uri"] == f"@autolabel/gcn/{name}"
        assert prompt["params"] == {"run_key": "cluster"}


def test_a_tick_ends_with_its_cluster(
    send: Send, clustered: "fo.Dataset", write: ModuleType
) -> None:
    state = send(clustered, "open_cluster", cluster="c00000").state
    state |= send(clustered, "tick_cluster", state, cluster="c00001").state
    write.merge_clusters(clustered, ["c00001", "c00002"], into="c00002")
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=0)
    assert "There is no cluster 'c00001'" in answer.page
    assert "1 ticked" not in answer.page
    state |= answer.state
    answer = send(clustered, "confirm_cluster", state, cluster="c00000", based_on=1)
    assert "There is no cluster" not in answer.page
    assert clustered.count_values("cluster.confirmed") == {True: 10, False: 20}
