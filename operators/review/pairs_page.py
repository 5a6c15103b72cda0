"""Same or different? Two clusters side by side, and three answers."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from ..base.wording import count_text
from ..corrections import reads
from . import grid, widgets
from .cards import add_strip, add_title
from .grid_button import add_grid_button
from .pictures import Pictures, exemplars, read_pictures
from .session import Session

# From here on "same" is the likelier answer.
LIKELY = 0.5


def add_pairs_page(parent: types.Object, session: Session) -> None:
    """Adds the next suggested pair, which the grid shows as well.

    Args:
        parent: The panel.
        session: The event.
    """
    found = reads.suggest_pairs(session.dataset, run_key=session.state.run_key, limit=1)
    is_later = not found["pairs"]
    if is_later:
        found = reads.suggest_pairs(
            session.dataset, run_key=session.state.run_key, limit=1, include_later=True
        )
    if not found["pairs"]:
        grid.show_all(session)
        _add_nothing(parent, session)
        return
    pair = found["pairs"][0]
    # The smaller one first, as in the grid, which the other may fill alone.
    sides = sorted((pair["first"], pair["second"]), key=lambda row: row["size"])
    grid.show_pair(session, *sides)
    pictures = read_pictures(session, (item for row in sides for _, item in exemplars(row)))
    _add_question(parent, session, pair, found["total"], is_later)
    tiles = widgets.tiles(parent, "pair", 260)
    for name, row in zip(("first", "second"), sides, strict=True):
        _add_side(tiles, session, name, row, pictures)
    _add_answers(parent, session, pair, found["seq"])


def _add_question(
    parent: types.Object, session: Session, pair: Mapping[str, Any], total: int, is_later: bool
) -> None:
    head = widgets.column(parent, "question", gap=0.25)
    widgets.text(
        head, "words", "Do these two clusters show the same thing?", size="1rem", bold=True
    )
    which = "skipped before" if is_later else "could be asked about, the best first"
    facts = (
        f"{100 * pair['strength']:.0f} % likely, says the model · the answer settles "
        f"{count_text(pair['settles'], session.noun)} · {count_text(total, 'pairs')} {which}"
    )
    widgets.text(head, "facts", facts, widgets.MUTED, "0.8rem")
    line = widgets.row(head, "line", style={"flexWrap": "nowrap"})
    hint = f"The grid shows all {session.noun} of both, the smaller one first."
    widgets.text(line, "hint", hint, widgets.MUTED, "0.8rem")
    add_grid_button(line, session.event("show_pair"))


def _add_side(
    parent: types.Object, session: Session, name: str, row: Mapping[str, Any], pictures: Pictures
) -> None:
    side = widgets.column(parent, name, outline=True)
    add_strip(side, session, row, pictures, side=96, is_cut=False)
    add_title(side, session, row)


def _add_answers(parent: types.Object, session: Session, pair: Mapping[str, Any], seq: int) -> None:
    answers = widgets.row(parent, "answers", gap=1, style={"justifyContent": "center"})
    params = {
        "first": pair["first"]["cluster"],
        "second": pair["second"]["cluster"],
        "based_on": seq,
    }
    large = {"padding": "7px 18px"}
    for answer, label, icon, key, tooltip in (
        ("same", "Same", "merge", "s", "They are merged (Alt+S)"),
        ("different", "Different", "call_split", "d", "They stay apart (Alt+D)"),
        ("later", "Skip", "skip_next", "k", "Asked again at the end (Alt+K)"),
    ):
        widgets.button(
            answers,
            answer,
            label,
            session.event("answer_pair"),
            params | {"answer": answer},
            icon=icon,
            tooltip=tooltip,
            is_main=answer == "same" and pair["strength"] >= LIKELY,
            is_quiet=answer == "later",
            key=key,
            style=large,
        )


def _add_nothing(parent: types.Object, session: Session) -> None:
    box = widgets.column(parent, "nothing", outline=True, style=widgets.CENTERED)
    widgets.text(box, "words", "No two clusters are left that could be the same.", bold=True)
    widgets.text(
        box, "next", "Confirm the clusters that are right, then apply their names as labels."
    )
    widgets.button(box, "to_clusters", "Go to the clusters", session.event("open_clusters"))
