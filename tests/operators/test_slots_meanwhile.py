"""Runs that are made, or change their name, while others are found for the same field."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


def once(label: str, act: Callable[[], object]) -> Callable[[float, str], None]:
    """Makes a progress function that does something when a stage begins."""
    done: list[object] = []

    def progress(share: float, stage: str) -> None:
        if stage.startswith(label) and not done:
            done.append(None)
            act()

    return progress


def test_a_run_that_was_renamed_meanwhile_keeps_its_field(
    clustered: "fo.Dataset", cluster: Callable[..., Any], plugin_part: Part
) -> None:
    rename_run = plugin_part("operators.runs.run_names").rename_run
    before = clustered.values("cluster.label")
    rename = once("GCN-V", lambda: rename_run(clustered, "cluster", "first"))
    with pytest.raises(ValueError, match="The field 'cluster' belongs to the run 'first'"):
        cluster(clustered.limit(20), progress=rename)
    clustered.reload()
    assert clustered.list_runs() == ["first"]
    assert clustered.values("cluster.label") == before


def test_what_was_clustered_meanwhile_is_replaced_only_with_overwrite(
    embedded: "fo.Dataset", plugin_part: Part
) -> None:
    cluster_images = plugin_part("operators.runs.clustering").cluster_images
    params = {"embeddings_field": "vectors"}
    other = once("GCN-V", lambda: cluster_images(embedded.limit(20), **params))
    with pytest.raises(ValueError, match="The run 'cluster' exists; overwrite it, or choose"):
        cluster_images(embedded, **params, progress=other)
    embedded.reload()
    assert embedded.count("cluster") == 20
