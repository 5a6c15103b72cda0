"""Views of patches follow what is written to the objects."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def objects(run: Run, with_objects: "fo.Dataset") -> "fo.Dataset":
    run("cluster_images", with_objects, patches_field="objects", embeddings_field="vectors")
    return with_objects


def test_patches_that_the_app_shows_are_those_that_were_corrected(objects: "fo.Dataset") -> None:
    import fiftyone as fo
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext, Executor

    objects.reload()
    shown = objects.to_patches("objects")
    stages = shown._serialize()
    moved = shown.values("id")[:2]
    operator = foo.get_operator("@autolabel/gcn/move_to_cluster")
    request = {
        "dataset_name": objects.name,
        "view": stages,
        "operator_uri": operator.uri,
        "params": {"name": "Tom"},
        "selected": moved,
    }
    operator.execute(ExecutionContext(request, executor=Executor()))
    again = fo.DatasetView._build(objects, stages)  # as the App opens its view once more
    assert again._patches_dataset.name == shown._patches_dataset.name
    labels = dict(zip(again.values("id"), again.values("objects.cluster"), strict=True))
    assert [labels[item] for item in moved] == ["Tom", "Tom"]
