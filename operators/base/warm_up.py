"""Imports the networks in the background, so that the first click that needs them waits less.

Torch and torch-geometric take five seconds of a core and more. Meanwhile pages take twice as long,
and both keep half a gigabyte, so this begins where a page offers what needs them, not before. Two
threads that import parts of one library at once can stop each other: whoever needs the networks
waits for the thread first.
"""

import logging
import threading

logger = logging.getLogger(__name__)

DELAY = 2.0
"""Seconds in which the App gets the first page and its pictures undisturbed."""

_lock = threading.Lock()
_is_needed = threading.Event()
_threads: list[threading.Thread] = []


def begin() -> None:
    """Begins to import, once in a process; returns at once."""
    with _lock:
        if _threads or _is_needed.is_set():
            return
        # A daemon: nobody who ends the App waits for it.
        thread = threading.Thread(target=_import_later, name="autolabel-gcn-warm-up", daemon=True)
        _threads.append(thread)
        thread.start()


def is_going_on() -> bool:
    """Tells whether somebody would have to wait now."""
    return any(thread.is_alive() for thread in _threads)


def wait() -> None:
    """Waits for what was begun; call it before the networks are imported where the App may run."""
    with _lock:
        _is_needed.set()
    for thread in _threads:
        thread.join()


def _import_later() -> None:
    if _is_needed.wait(DELAY):
        return
    try:
        from ... import gcn

        _ = gcn.load_model, gcn.cluster
    except Exception:
        # Whoever needs the networks is told then.
        logger.debug("The networks cannot be imported", exc_info=True)
