"""Which panels wait for the answer to a question, so that a late event does not wipe it away.

The App tells of typing a little later. Who decides at once, by a key, is asked something on top of
the page before that, and the page that the typing brings must not replace the question.
"""

from ..base.recent import Recent

_asking: Recent[bool] = Recent()


def note(panel_id: str | None, is_asking: bool) -> None:
    """Notes what the page of a panel shows.

    Args:
        panel_id: The panel, as the browser calls it; None if it says nothing.
        is_asking: Whether a question is on top of the page.
    """
    _asking.put(str(panel_id), is_asking)


def is_asking(panel_id: str | None) -> bool:
    """Tells whether the page of a panel shows a question.

    Args:
        panel_id: The panel, as the browser calls it; None if it says nothing.
    """
    return bool(_asking.get(str(panel_id)))
