"""Which pages were left, so that an event from one of them does not bring it back.

The App tells of a selection with the state that the browser has at that moment. While the answer to
a click is on its way, that is the state of a page which is there no more, and what is selected
may be what the answer is about to end. Once the browser has the new page, the App tells again.
"""

from ..base.recent import Recent

# Late means seconds, so the last ones do.
_left: Recent[bool] = Recent()
_selected: Recent[int] = Recent()


def leave(turn: str) -> None:
    """Notes that another page takes the place of one.

    Args:
        turn: The turn that came with an event; "" for none.
    """
    if turn:
        _left.put(turn, True)


def is_over(turn: str) -> bool:
    """Tells whether a page was left.

    Args:
        turn: The turn that came with an event.
    """
    return bool(_left.get(turn))


def note_selected(turn: str, number: int) -> None:
    """Notes of how many selected items a page tells, once it was drawn again for their sake.

    Args:
        turn: The turn that came with an event; "" for none.
        number: How many.
    """
    if turn:
        _selected.put(turn, number)


def selected_on(turn: str) -> int | None:
    """Tells of how many selected items a page tells.

    Args:
        turn: The turn that came with an event.

    Returns:
        How many; None where it was not drawn again since its state was sent.
    """
    return _selected.get(turn)
