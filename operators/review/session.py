"""One event of the panel: the App's context, the checked state and what is told to the user."""

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo

from ..app import open_panels
from ..base import warm_up
from ..base.params import ParameterError
from ..corrections import reads
from . import turns
from .loading import being_loaded, loading_runs
from .state import PanelState, parse_state
from .values import text

STATE = "review"
# Where the browser keeps what is chosen or typed: the place of the field on the page.
SORT_PATH = "tools.find.sort"
SEARCH_PATH = "tools.find.search"
RUN_PATH = "head.top.actions.run"
TRUTH_PATH = "head.top.reached.truth"
NAME_PATH = "naming.name"
TARGET_PATH = "selection.move.target"


@dataclasses.dataclass
class Session:
    """What an event works with.

    Attributes:
        ctx: The App's context.
        uri: URI of the panel.
        runs: The runs that can be reviewed, as `reads.reviewable_runs` lists them.
        state: Where the user is; events replace it.
        message: A sentence to show on top of the page; "" for none.
        severity: "success", "info", "warning" or "error".
        question: Choices that the message asks for: label, event and its parameters.
        is_silent: Whether the page stays as it is.
        is_passive: Whether the state stays as it is in the browser, but for the selection.
        is_outdated: Whether the clusters were numbered anew since the page was drawn.
        turn: Identity of the page that the event came from; "" for none.
        has_new_grid: Whether the App makes its grid anew, with which it ends the selection.
        has_new_view: Whether the App was told which view to show.
        has_map: Whether the map of the run was opened in the layout.
        came_from: The `PanelState.place` of the page that the event came from.
        came_under: Key of the run that the browser knew; "" for none.
        goes_up: Whether the page begins at its top, although it is the same.
        is_fresh: Whether what was typed for the cluster before is out of date.
        draft: A name to type in again where the cluster has none.
        fields: New contents of fields, by their place.
        chosen: What the event itself selected; None if it left the selection alone.
        next_event: Name and parameters of an event that the browser sends by itself, once it
            shows the page.
    """

    ctx: foo.ExecutionContext
    uri: str
    runs: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    state: PanelState = dataclasses.field(default_factory=PanelState)
    message: str = ""
    severity: str = "info"
    question: list[tuple[str, str, dict[str, Any]]] = dataclasses.field(default_factory=list)
    is_silent: bool = False
    is_passive: bool = False
    is_outdated: bool = False
    turn: str = ""
    has_new_grid: bool = False
    has_new_view: bool = False
    has_map: bool = False
    came_from: tuple[str, str, str, int] | None = None
    came_under: str = ""
    goes_up: bool = False
    is_fresh: bool = False
    draft: str = ""
    fields: dict[str, str] = dataclasses.field(default_factory=dict)
    chosen: list[str] | None = None
    next_event: tuple[str, dict[str, Any]] | None = None

    def restore(self, is_new: bool = False, follows: bool = False) -> None:
        """Takes the state that came with the event, and the runs that there are.

        Args:
            is_new: Whether the state that came is ignored, but for what the grid shows.
            follows: Whether its run may have been renamed or deleted.

        Raises:
            ParameterError: The state is none of this panel's, or its run is gone.
        """
        if self.ctx.dataset is None:
            raise ParameterError("dataset", "Open a dataset to review its clusters")
        self.runs = reads.reviewable_runs(self.ctx.dataset)
        sent = self.ctx.panel.get_state(STATE)
        state = PanelState(in_grid=_in_grid(sent)) if is_new else parse_state(sent)
        self.turn, self.came_under = state.turn, state.run_key
        if follows:
            state = self._followed(state)
        keys = [run["run_key"] for run in self.runs]
        if state.run_key and state.run_key not in keys:
            if state.run_key in loading_runs(self.dataset):
                raise ParameterError("run_key", being_loaded(state.run_key))
            raise ParameterError(
                "run_key",
                f"The clustering run '{state.run_key}' was deleted or renamed meanwhile; "
                "start over to choose another one or to cluster again",
            )
        run_key = state.run_key or (keys[-1] if keys else "")
        self.state = dataclasses.replace(state, run_key=run_key)
        self.came_from = self.state.place
        self.is_outdated = bool(self.runs and state.token) and state.token != self.run["token"]

    def _followed(self, state: PanelState) -> PanelState:
        """Goes on with a run under its new name, or from the beginning where it is gone."""
        keys = {run["token"]: run["run_key"] for run in self.runs}
        if state.run_key in (*keys.values(), *loading_runs(self.dataset)):
            return state
        if state.token in keys:
            return dataclasses.replace(state, run_key=keys[state.token])
        return PanelState(in_grid=state.in_grid)

    @property
    def dataset(self) -> fo.Dataset:
        """The dataset in the App."""
        return self.ctx.dataset

    @property
    def memory_key(self) -> str:
        """Under which the server remembers what is not kept in the browser."""
        return f"{self.dataset.name} {self.ctx.panel_id}"

    @property
    def params(self) -> Mapping[str, Any]:
        """What the browser sent with the event: unchecked."""
        return self.ctx.params

    @property
    def run(self) -> dict[str, Any]:
        """The run under review."""
        return next(run for run in self.runs if run["run_key"] == self.state.run_key)

    @property
    def has_turned(self) -> bool:
        """Whether another page takes the place of the one before, or the same from its top."""
        return self.goes_up or self.state.place != self.came_from

    @property
    def noun(self) -> str:
        """What the items are called."""
        return "images" if self.run["patches_field"] is None else "patches"

    def event(self, name: str) -> str:
        """Addresses an event of the panel.

        Args:
            name: Name of the event.

        Returns:
            The URI that a button calls.
        """
        return f"{self.uri}#{name}"

    def change(self, **changes: Any) -> None:
        """Changes the state.

        Args:
            **changes: New values by name.
        """
        self.state = dataclasses.replace(self.state, **changes)

    def expect_networks(self) -> None:
        """Imports the networks meanwhile, in the App: the page offers what needs them."""
        if "operator_uri" in self.ctx.request_params:
            warm_up.begin()

    def say(self, words: str, severity: str = "info") -> None:
        """Shows a sentence at the bottom of the page, in sight.

        Args:
            words: The sentence.
            severity: "success", "info", "warning" or "error".
        """
        self.message, self.severity = words, severity

    def typed(self, path: str) -> str:
        """Takes what was typed into a field.

        Args:
            path: Place of the field.

        Returns:
            The text without spaces around it; "" for none.

        Raises:
            ParameterError: It is no text, or far too long.
        """
        return text({"name": self.ctx.panel.get_state(path)}, "name").strip()

    def select(self, items: list[str]) -> None:
        """Selects items in the grid.

        Args:
            items: Their ids.
        """
        self.chosen = items

    def clear_selection(self) -> None:
        """Ends the selection in the grid and that of the lasso."""
        self.chosen = []

    def keep(self) -> None:
        """Sends state and fields to the browser; nothing while a user selects or types.

        With each change of the state the App loads its grid anew, without the sidebar's filters.
        """
        if self.is_passive:
            turns.note_selected(self.turn, self.state.selected)
            return
        self.change(turn=uuid.uuid4().hex, token=self.run["token"] if self.runs else "")
        turns.leave(self.turn)
        # Not through `ctx.panel`, which wants the old state to be an object.
        self.ctx.ops.patch_panel_state({STATE: self.state.as_dict(), **self.fields})
        open_panels.note(self.ctx.panel_id, {STATE: self.state.as_dict()})
        # After the state: the App tells of a new selection at once, and the panel then knows it.
        if self.chosen is not None:
            self.ctx.ops.set_selected_samples(self.chosen)
            if not self.chosen:
                self.ctx.ops.set_extended_selection(reset=True)
        if self.next_event is not None:
            self._send_next(*self.next_event)

    def _send_next(self, name: str, params: dict[str, Any]) -> None:
        """Lets the browser send an event as a button of the page would."""
        panel_state = {**(self.ctx.panel_state or {}), STATE: self.state.as_dict()}
        sent = {"__method__": name, "panel_id": self.ctx.panel_id, "panel_state": panel_state}
        self.ctx.trigger(self.uri, {**params, **sent})


def _in_grid(sent: Any) -> str:
    """Takes from a state, which may be none of this panel's, what the panel made the grid show."""
    shown = sent.get("in_grid") if isinstance(sent, Mapping) else None
    return shown if isinstance(shown, str) else ""
