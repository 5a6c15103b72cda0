"""What the panel remembers between two events; the browser keeps it and may send anything back."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..base.params import ParameterError
from .values import choice, id_list, text, whole

PAGES = ("clusters", "cluster", "small", "pairs", "history")
SORTS = ("useful", "size", "confidence", "name")
FILTERS = ("all", "new", "partly", "confirmed", "unnamed", "noise", "small", "mixed")
# More marks than anybody makes by hand; keeps the state far below 100 kB.
MOST_MARKS = 200
# With every event the App sends the ids of the selection twice, those of the lasso once more, and
# on the page of a cluster those of an earlier lasso: 107 to 134 bytes each. With a grid of small
# clusters, 900 ids at most, that stays below 100 kB.
MOST_SELECTED = 650
# In place of a cluster's id: the grid shows all small clusters.
SMALL_ONES = "*small"
# Before the ids of two clusters: the grid shows both.
PAIR = "*pair "


@dataclasses.dataclass(frozen=True)
class PanelState:
    """Where the user is in the review.

    Attributes:
        run_key: The run under review; "" for the only one, or none chosen yet.
        token: Identity of that run when the page was drawn; "" before the first page.
        turn: Identity of the page itself; another one after each click.
        page: Which page is open: one of `PAGES`.
        sort: Order of the clusters: one of `SORTS`.
        shown: Which clusters are listed: one of `FILTERS`.
        search: What their names contain.
        offset: Number of clusters, suggestions or entries before the page.
        came_from: The `offset` of the list from which a cluster was opened.
        cluster: The open cluster; "" for none.
        in_grid: The cluster that the panel made the grid show, `SMALL_ONES`, or `PAIR` and two
            clusters; "" for none.
        marked: Clusters that are marked for a joint decision.
        ticked: Clusters beside the open one that are ticked to be confirmed with it.
        passed: Clusters that were open since the list was left; the latest of them.
        last_entry: Number of the last confirmation on a cluster's page; 0 for none.
        last_cluster: The cluster that was open then.
        last_ticked: The clusters that were ticked then.
        lasso: What a lasso held of the open cluster when it was opened, which ended the lasso.
        selected: Number of selected items that the page knows of.
        truth: Field of the true labels to compare with; "" for none.
    """

    run_key: str = ""
    token: str = ""
    turn: str = ""
    page: str = "clusters"
    sort: str = "useful"
    shown: str = "all"
    search: str = ""
    offset: int = 0
    came_from: int = 0
    cluster: str = ""
    in_grid: str = ""
    marked: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    last_entry: int = 0
    last_cluster: str = ""
    last_ticked: tuple[str, ...] = ()
    lasso: tuple[str, ...] = ()
    selected: int = 0
    truth: str = ""

    @property
    def place(self) -> tuple[str, str, str, int]:
        """What decides which page is shown, whatever is marked on it."""
        return self.run_key, self.page, self.cluster, self.offset

    def as_dict(self) -> dict[str, Any]:
        """Gives the state in plain JSON types.

        Returns:
            The attributes by name.
        """
        lists = ("marked", "ticked", "passed", "last_ticked", "lasso")
        return dataclasses.asdict(self) | {name: list(getattr(self, name)) for name in lists}

    def go(self, page: str, **changes: Any) -> "PanelState":
        """Opens a page at its beginning.

        Args:
            page: One of `PAGES`.
            **changes: New values of other attributes.

        Returns:
            The new state.
        """
        return dataclasses.replace(self, **({"page": page, "offset": 0, "lasso": ()} | changes))


def parse_state(raw: Any) -> PanelState:
    """Checks a state that a browser sent.

    Args:
        raw: Whatever was sent; None for a panel that was just opened.

    Returns:
        The state.

    Raises:
        ParameterError: It is none of this panel's.
    """
    if raw is None:
        return PanelState()
    if not isinstance(raw, Mapping):
        raise ParameterError("state", f"The state of the panel must be an object (got {raw!r:.80})")
    values: Mapping[str, Any] = {**PanelState().as_dict(), **raw}
    return PanelState(
        run_key=text(values, "run_key"),
        token=text(values, "token"),
        turn=text(values, "turn"),
        page=choice(values, "page", PAGES),
        sort=choice(values, "sort", SORTS),
        shown=choice(values, "shown", FILTERS),
        search=text(values, "search"),
        offset=whole(values, "offset"),
        came_from=whole(values, "came_from"),
        cluster=text(values, "cluster"),
        in_grid=text(values, "in_grid"),
        marked=tuple(id_list(values, "marked", MOST_MARKS)),
        ticked=tuple(id_list(values, "ticked", MOST_MARKS)),
        passed=tuple(id_list(values, "passed", MOST_MARKS)),
        last_entry=whole(values, "last_entry"),
        last_cluster=text(values, "last_cluster"),
        last_ticked=tuple(id_list(values, "last_ticked", MOST_MARKS)),
        lasso=tuple(id_list(values, "lasso", MOST_SELECTED)),
        selected=whole(values, "selected"),
        truth=text(values, "truth"),
    )
