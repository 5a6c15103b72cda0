"""Which event of typing is the last, so that a slow answer to one before it is not shown.

The App sends an event with each key, some of them twice, and they are handled at the same time. On
a busy machine the answer to the first letters may come after the answer to the whole word.
"""

import itertools
import time

from ..base.recent import Recent

# Seconds to wait for the next key: what was typed on needs no answer at all.
PAUSE = 0.1

_count = itertools.count(1)
_last: Recent[int] = Recent()


def note(panel_id: str | None) -> int:
    """Notes that something was typed.

    Args:
        panel_id: The panel, as the browser calls it; None if it says nothing.

    Returns:
        The number of the event.
    """
    number = next(_count)
    _last.put(str(panel_id), number)
    return number


def is_last(panel_id: str | None, number: int) -> bool:
    """Tells whether nothing was typed since.

    Args:
        panel_id: As for `note`.
        number: What `note` gave.
    """
    return _last.get(str(panel_id)) == number


def is_last_after_pause(panel_id: str | None, number: int) -> bool:
    """Waits for the next key, and tells whether there was none.

    Args:
        panel_id: As for `note`.
        number: What `note` gave.
    """
    time.sleep(PAUSE)
    return is_last(panel_id, number)
