"""Which panels wait for the answer to a question, so that a late event does not wipe it away.

The App tells of typing once it pauses. Who decides at once, by a key, is asked something on top of
the page before that, and the page that the typing brings must not replace the question.
"""

from collections import OrderedDict

_MOST = 1_000
_asking: "OrderedDict[str, None]" = OrderedDict()


def note(panel_id: str | None, is_asking: bool) -> None:
    """Notes what the page of a panel shows.

    Args:
        panel_id: The panel, as the browser calls it; None if it says nothing.
        is_asking: Whether a question is on top of the page.
    """
    _asking.pop(str(panel_id), None)
    if is_asking:
        _asking[str(panel_id)] = None
        # Panels are closed without a word.
        while len(_asking) > _MOST:
            _asking.popitem(last=False)


def is_asking(panel_id: str | None) -> bool:
    """Tells whether the page of a panel shows a question.

    Args:
        panel_id: The panel, as the browser calls it; None if it says nothing.
    """
    return str(panel_id) in _asking
