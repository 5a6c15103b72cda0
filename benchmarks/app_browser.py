"""A browser under review: sends events to FiftyOne's own server, keeps what the App would keep."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import fiftyone as fo

PLUGIN = "@autolabel/gcn"
PANEL = f"{PLUGIN}/cluster_review"
_REFUSED = "palette-error-main"  # the color of a notice that something could not be done


class RefusedError(RuntimeError):
    """The server did not do what was asked."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    Attributes:
        milliseconds: From request to answer.
        sent: Bytes of the request: the panel's state, the view of the grid and the selection.
        received: Bytes of the answer: the page with its pictures.
    """

    milliseconds: float
    sent: int
    received: int


class Browser:
    """The App of one user, without its own drawing. Use it in a `with` block.

    Attributes:
        state: What the panel remembers in the browser.
        view: Stages of the grid.
        selected: Ids that are selected in the grid.
    """

    def __init__(self, dataset: fo.Dataset) -> None:
        """Opens a dataset.

        Args:
            dataset: The dataset.
        """
        import httpx
        from fiftyone.server.app import app

        self.state: dict[str, Any] = {}
        self.view: list[Any] = []
        self.selected: list[str] = []
        self._dataset = dataset.name
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://app", timeout=None)

    def __enter__(self) -> Browser:
        """Gives itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the connection."""
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def panel(self, event: str, **params: Any) -> Exchange:
        """Sends an event of the panel.

        Args:
            event: Its name.
            **params: What the button sends with it.

        Returns:
            What it took.

        Raises:
            RefusedError: It was answered with an error.
        """
        sent = {"panel_id": "review", "panel_state": self.state, "__method__": event, **params}
        exchange, answer = self._post(PANEL, sent)
        if _REFUSED in json.dumps(answer):
            raise RefusedError(f"The panel refused {event!r} with {params!s:.200}")
        for request in answer["executor"]["requests"]:
            self._follow(request["operator_uri"].rpartition("/")[2], request["params"])
        return exchange

    def operator(self, name: str, **params: Any) -> Exchange:
        """Runs an operator of the plugin.

        Args:
            name: Its name.
            **params: What is in its form.

        Returns:
            What it took.

        Raises:
            RefusedError: It failed.
        """
        return self._post(f"{PLUGIN}/{name}", params)[0]

    def type(self, path: str, text: str) -> None:
        """Types into a field of the panel.

        Args:
            path: Its place on the page.
            text: What is typed.
        """
        _put(self.state, path, text)

    def select(self, items: Sequence[str]) -> Exchange:
        """Selects images in the grid, of which the App tells the panel.

        Args:
            items: Their ids.

        Returns:
            What the panel's answer took.
        """
        self.selected = list(items)
        return self.panel("on_change_selected")

    def _post(self, uri: str, params: dict[str, Any]) -> tuple[Exchange, dict[str, Any]]:
        request = {
            "operator_uri": uri,
            "dataset_name": self._dataset,
            "view": self.view,
            "filters": {},
            "extended": {},
            "extended_selection": {"selection": None, "scope": None},
            # The App sends the selection twice.
            "selected": self.selected,
            "selected_samples": [{"id": item, "type": "default"} for item in self.selected],
            "selected_labels": [],
            "params": params,
            "request_delegation": False,
        }
        body = json.dumps(request, separators=(",", ":")).encode()
        begun = time.perf_counter()
        response = self._loop.run_until_complete(
            self._client.post("/operators/execute", content=body)
        )
        taken = 1000 * (time.perf_counter() - begun)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        answer = response.json() if is_json else {"error": response.text}
        if response.status_code != 200 or answer.get("error") or answer.get("error_message"):
            raise RefusedError(f"'{uri}' failed: {response.text[-600:]}")
        return Exchange(taken, len(body), len(response.content)), answer

    def _follow(self, operator: str, params: dict[str, Any]) -> None:
        """Does what the server asks of the App."""
        if operator == "patch_panel_state":
            for path, value in params["state"].items():
                _put(self.state, path, value)
        elif operator == "set_view":
            self.view = params["view"]
        elif operator == "clear_view":
            self.view = []
        elif operator == "set_selected_samples":
            self.selected = [item["id"] for item in params["samples"]]


def _put(state: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        state = state.setdefault(name, {})
    state[last] = value
