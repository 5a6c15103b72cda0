"""A clustered dataset, and events of the panel as a browser sends them."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

URI = "@autolabel/gcn/cluster_review"
OTHER_PAGES: list[tuple[str, dict[str, Any]]] = [
    ("filter_clusters", {"shown": "new"}),
    ("search_clusters", {"value": "c"}),
    ("open_cluster", {"cluster": "c00000"}),
    ("open_small", {}),
    ("open_pairs", {}),
    ("open_history", {}),
]
"""Events that show anything but the beginning of the whole list of clusters."""


class Answer:
    """What the panel sent back."""

    def __init__(self, requests: list[dict[str, Any]]) -> None:
        self._requests = requests

    def sent(self, operator: str) -> list[dict[str, Any]]:
        """The parameters of each request of one kind."""
        return [r["params"] for r in self._requests if r["operator_uri"].endswith(operator)]

    @property
    def page(self) -> str:
        """Everything on the page; where a line may break is left out."""
        return repr(self.sent("show_panel_output")).replace(r"\xa0", " ")

    @property
    def state(self) -> dict[str, Any]:
        """What the browser would send with the next event."""
        state: dict[str, Any] = {}
        for params in self.sent("patch_panel_state"):
            state |= params["state"]
        return state


Send = Callable[..., Answer]


@pytest.fixture
def send(plugin: ModuleType) -> Send:
    """Sends an event: `send(dataset, "open_cluster", state, cluster="c00000")`.

    `app` is what else a browser tells with it: the view, stages of the grid, the layout.
    """
    import fiftyone.operators as foo

    def event(
        dataset: "fo.Dataset",
        method: Any,
        state: Any = None,
        selected: Any = None,
        app: dict[str, Any] | None = None,
        **params: Any,
    ) -> Answer:
        request = {
            "dataset": dataset,
            "selected": selected or [],
            "params": {
                "__method__": method,
                "panel_id": "p1",
                "panel_state": {} if state is None else state,
                **params,
            },
            **(app or {}),
        }
        result = foo.execute_operator(URI, ctx=request)
        return Answer(result.executor.to_json()["requests"])

    return event


WhileDrawn = Callable[[Callable[[], object]], None]


@pytest.fixture
def while_drawn(
    plugin_part: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> WhileDrawn:
    """Lets something happen once while the next page of a cluster is drawn."""
    page = plugin_part("operators.review.cluster_page")
    draw = page.add_naming

    def arrange(happens: Callable[[], object]) -> None:
        def draw_slowly(*args: Any) -> None:
            monkeypatch.setattr(page, "add_naming", draw)
            happens()
            draw(*args)

        monkeypatch.setattr(page, "add_naming", draw_slowly)

    return arrange


@pytest.fixture
def clustered(embedded: "fo.Dataset", run: Callable[..., dict[str, Any]]) -> "fo.Dataset":
    """30 images in three clusters of ten."""
    run("cluster_images", embedded, embeddings_field="vectors", save_view=False)
    return embedded


@pytest.fixture
def objects(with_objects: "fo.Dataset", run: Callable[..., dict[str, Any]]) -> "fo.Dataset":
    """15 images with two objects each, these in three clusters of ten."""
    params = {"patches_field": "objects", "embeddings_field": "vectors", "save_view": False}
    run("cluster_images", with_objects, **params)
    return with_objects
