"""Corrections from Python of clusters that were found anew since they were looked at."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]

SENTENCE = (
    "The run 'cluster' was clustered or loaded anew since its clusters were looked at, so nothing "
    "was changed; look at them again"
)
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("merge_clusters", {"clusters": ["c00000", "c00001"]}),
    ("answer_pair", {"first": "c00000", "second": "c00001", "answer": "different"}),
    ("split_cluster", {"cluster": "c00000"}),
    ("split_cluster", {"cluster": "c00000", "by": "clustering"}),
    ("rename_cluster", {"cluster": "c00000", "name": "Tom"}),
    ("confirm_clusters", {"clusters": ["c00000"]}),
    ("mark_noise", {"clusters": ["c00000"]}),
    ("undo_correction", {}),
    ("redo_correction", {}),
    ("apply_labels", {"label_field": "label"}),
    ("assign_new_images", {}),
]


@pytest.fixture
def anew(clustered: "fo.Dataset", plugin_part: Part) -> Callable[[], None]:
    """Loads the run without its corrections, as clustering it again would number it anew."""
    load = plugin_part("operators").load_run
    return lambda: load(clustered, "cluster", corrections=False)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(("name", "params"), CALLS)
def test_what_was_found_anew_refuses_every_correction_of_before(
    write: ModuleType,
    read: ModuleType,
    clustered: "fo.Dataset",
    anew: Callable[[], None],
    fields_of: Callable[["fo.Dataset"], list[Any]],
    name: str,
    params: dict[str, Any],
    dry_run: bool,
) -> None:
    token = read.list_clusters(clustered)["token"]
    anew()
    before = fields_of(clustered)
    with pytest.raises(ValueError, match=SENTENCE) as caught:
        getattr(write, name)(clustered, **params, token=token, dry_run=dry_run)
    assert vars(caught.value)["parameter"] == "token"
    assert fields_of(clustered) == before
    assert read.read_history(clustered)["total"] == 0


def test_items_of_before_are_refused_too(
    write: ModuleType,
    read: ModuleType,
    clustered: "fo.Dataset",
    anew: Callable[[], None],
    ids_in: Callable[["fo.Dataset", str], list[str]],
) -> None:
    token, items = read.list_clusters(clustered)["token"], ids_in(clustered, "c00000")[:2]
    anew()
    for call in (write.move_to_cluster, write.mark_noise):
        with pytest.raises(ValueError, match=SENTENCE):
            call(clustered, items, token=token)


def test_the_token_of_every_report_is_taken_until_the_run_is_found_anew(
    write: ModuleType,
    read: ModuleType,
    clustered: "fo.Dataset",
    plugin_part: Part,
    anew: Callable[[], None],
) -> None:
    (summary,) = plugin_part("operators").list_runs(clustered)
    seen = write.rename_cluster(clustered, "c00000", "Tom", token=summary.token)
    reports = [
        seen,
        read.list_clusters(clustered),
        read.list_small(clustered),
        read.read_cluster(clustered, "Tom"),
        read.suggest_pairs(clustered),
        read.read_history(clustered),
        read.review_progress(clustered),
    ]
    assert {report["token"] for report in reports} == {summary.token}
    plugin_part("operators.runs.run_names").rename_run(clustered, "cluster", "mine")
    clustered.reload()
    write.confirm_clusters(clustered, ["Tom"], token=summary.token, based_on=seen["seq"])
    plugin_part("operators.runs.run_names").rename_run(clustered, "mine", "cluster")
    anew()
    assert read.list_clusters(clustered)["token"] != summary.token


def test_operators_take_the_token_too(
    clustered: "fo.Dataset", anew: Callable[[], None], run: Callable[..., dict[str, Any]]
) -> None:
    token = run("review_progress", clustered)["token"]
    assert run("rename_cluster", clustered, cluster="c00001", name="Tom", token=token)["entry"] == 1
    anew()
    with pytest.raises(Exception, match=SENTENCE):
        run("rename_cluster", clustered, cluster="c00001", name="Tom", token=token)
