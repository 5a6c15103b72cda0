"""The workspace of a run, beside workspaces that a user made."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def draw(plugin_part: Part) -> Callable[..., dict[str, object]]:
    return plugin_part("operators.visualization.visualization").visualize_clusters


@pytest.fixture
def rename_run(plugin_part: Part) -> Callable[..., dict[str, object]]:
    return plugin_part("operators.runs.run_names").rename_run


@pytest.fixture
def save_own(clustered: "fo.Dataset") -> Callable[[str], None]:
    """Saves a workspace as a user does, of one panel."""
    import fiftyone as fo

    def save(name: str) -> None:
        panel = fo.Panel(type="Histograms")
        space = fo.Space(children=[panel], active_child=panel.component_id)
        clustered.save_workspace(name, space, description="mine")

    return save


def is_theirs(dataset: "fo.Dataset", name: str) -> bool:
    dataset.reload()
    return "Histograms" in repr(dataset.load_workspace(name).to_dict())


# FiftyOne takes these three for one, and replaces the one that is there.
@pytest.mark.parametrize("name", ["cluster: review", "Cluster Review", "cluster_review"])
def test_workspace_of_somebody_else_is_not_replaced(
    draw: Callable[..., object],
    clustered: "fo.Dataset",
    save_own: Callable[[str], None],
    name: str,
) -> None:
    save_own(name)
    with pytest.raises(ValueError, match=f"There is a workspace '{name}' of somebody else; rename"):
        draw(clustered, method="pca")
    assert is_theirs(clustered, name)
    assert clustered.list_brain_runs() == []  # told before anything is computed


def test_workspace_of_somebody_else_stays_when_the_run_goes(
    plugin_part: Part, clustered: "fo.Dataset", save_own: Callable[[str], None]
) -> None:
    save_own("cluster: review")
    deleted = plugin_part("operators.runs.run_deletion").delete_run(clustered, "cluster")["deleted"]
    assert not [what for what in deleted if "workspace" in what]
    assert is_theirs(clustered, "cluster: review")


def test_workspace_of_somebody_else_stays_when_the_run_is_renamed(
    rename_run: Callable[..., object], clustered: "fo.Dataset", save_own: Callable[[str], None]
) -> None:
    save_own("cluster: review")
    rename_run(clustered, "cluster", "people")
    assert clustered.list_workspaces() == ["cluster: review"]
    assert is_theirs(clustered, "cluster: review")


def test_run_takes_no_name_whose_workspace_somebody_else_has(
    draw: Callable[..., object],
    rename_run: Callable[..., object],
    clustered: "fo.Dataset",
    save_own: Callable[[str], None],
) -> None:
    save_own("people: review")
    draw(clustered, method="pca")
    with pytest.raises(ValueError, match="There is a workspace 'people: review' of somebody else;"):
        rename_run(clustered, "cluster", "people")
    assert is_theirs(clustered, "people: review")
    assert clustered.list_runs() == ["cluster"]


def test_run_takes_no_name_whose_map_somebody_else_has(
    draw: Callable[..., object], rename_run: Callable[..., object], clustered: "fo.Dataset"
) -> None:
    import fiftyone.brain as fob
    import numpy as np

    fob.compute_visualization(clustered, points=np.zeros((30, 2)), brain_key="people_map")
    draw(clustered, method="pca")
    with pytest.raises(ValueError, match="There is a brain run 'people_map' of somebody else; cho"):
        rename_run(clustered, "cluster", "people")
    assert clustered.list_runs() == ["cluster"]


def test_run_is_drawn_again_into_its_own_workspace(
    draw: Callable[..., object], clustered: "fo.Dataset"
) -> None:
    draw(clustered, method="pca")
    draw(clustered, method="pca", overwrite=True)
    assert clustered.list_workspaces() == ["cluster: review"]
