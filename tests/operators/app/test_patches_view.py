"""Views of patches follow what is written to the objects."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import fiftyone as fo

Run = Callable[..., dict[str, Any]]


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


def test_a_new_clustering_ends_well_where_the_app_shows_a_saved_view_that_goes(
    run: Run, embedded: "fo.Dataset"
) -> None:
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext, Executor

    saved = run("cluster_images", embedded, embeddings_field="vectors")["saved_view"]
    embedded.reload()
    operator = foo.get_operator("@autolabel/gcn/cluster_images")
    request = {
        "dataset_name": embedded.name,
        "view_name": saved,
        "view": embedded.load_saved_view(saved)._serialize(),
        "operator_uri": operator.uri,
        "params": {
            "embeddings_field": "vectors",
            "overwrite": True,
            "save_view": False,
            "view_target": "DATASET",
        },
    }
    ctx = ExecutionContext(request, executor=Executor())
    *_, last = asyncio.run(operator.execute(ctx))
    assert embedded.list_saved_views() == []
    assert '"variant": "success"' in last.to_json_line()
