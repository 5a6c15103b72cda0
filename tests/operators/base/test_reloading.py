"""A dataset that another program renames while clusters are found and written."""

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]
State = Callable[["fo.Dataset"], dict[str, Any]]
Progress = Callable[[float, str], None]

# Renames a dataset, and makes an empty one that is called as it was.
RENAMES = """
import sys
import fiftyone as fo

old, new = sys.argv[1:]
fo.load_dataset(old).name = new
fo.Dataset(old, persistent=True)
"""


@pytest.fixture
def rename_at(dataset: "fo.Dataset") -> Iterator[Callable[[str], Progress]]:
    """Makes a progress function that has the dataset renamed when a stage begins."""
    import fiftyone as fo

    old, new = dataset.name, f"test-{uuid.uuid4().hex}"

    def make(stage: str) -> Progress:
        def progress(share: float, label: str) -> None:
            if label.startswith(stage) and not fo.dataset_exists(new):
                subprocess.run([sys.executable, "-c", RENAMES, old, new], check=True, timeout=120)

        return progress

    yield make
    assert dataset.name == new
    dataset.delete()


@pytest.mark.parametrize("stage", ["Computing embeddings", "Pruning", "Writing clusters"])
def test_a_run_goes_on_in_its_dataset_whatever_that_is_called(
    plugin_part: Part, dataset: "fo.Dataset", rename_at: Callable[[str], Progress], stage: str
) -> None:
    import fiftyone as fo

    old = dataset.name
    plugin_part("operators.runs.clustering").cluster_images(dataset, progress=rename_at(stage))
    assert dataset.name != old
    assert dataset.list_runs() == ["cluster"]
    assert dataset.count("cluster") == dataset.count("gcn_embedding") == 30
    assert fo.load_dataset(dataset.name) is dataset
    assert fo.load_dataset(old).count() == 0
    assert not fo.load_dataset(old).has_field("cluster")


def test_a_cancelled_run_leaves_a_renamed_dataset_as_it_was(
    plugin_part: Part,
    dataset: "fo.Dataset",
    rename_at: Callable[[str], Progress],
    stop_at: Callable[[str], Progress],
    state_of: State,
) -> None:
    cluster_images = plugin_part("operators.runs.clustering").cluster_images
    cluster_images(dataset)
    before, stop, rename = state_of(dataset), stop_at("Writing"), rename_at("Writing")

    def progress(share: float, label: str) -> None:
        rename(share, label)
        stop(share, label)

    with pytest.raises(Exception, match="Writing"):
        cluster_images(dataset.limit(15), overwrite=True, progress=progress)
    assert state_of(dataset) == before


def test_a_deleted_dataset_is_not_found(
    plugin_part: Part, make_dataset: Callable[..., "fo.Dataset"]
) -> None:
    import fiftyone as fo
    from fiftyone.core.odm import get_db_conn

    dataset = make_dataset(2)
    reload_dataset = plugin_part("operators.base.reloading").reload_dataset
    reload_dataset(dataset)
    get_db_conn()["datasets"].delete_one({"_id": dataset._doc.id})
    with pytest.raises(fo.DatasetNotFoundError, match=f"{dataset.name} not found"):
        reload_dataset(dataset)
