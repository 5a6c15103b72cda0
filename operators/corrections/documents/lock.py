"""One writer at a time per review; a writer that died is noticed."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo.errors import PyMongoError

from ...base.params import ParameterError
from .tables import Tables

SECONDS = 20
"""How long a writer may be silent before another takes over."""
PATIENCE = 15
"""How long a correction waits for the one before it."""


def _later() -> dict[str, Any]:
    return {"$add": ["$$NOW", SECONDS * 1000]}


class Lock:
    """The right to write, held by one thread; another one may keep it.

    Attributes:
        owner: Host, process and a random part.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.owner = f"{socket.gethostname()}|{os.getpid()}|{uuid.uuid4().hex}"

    def keep(self, **values: Any) -> None:
        """Shows that the writer is alive; call it between batches, to notice who took over.

        Args:
            **values: What else to change in the review's head, if nobody took over.

        Raises:
            RuntimeError: Another writer took over.
        """
        mine = {"_id": self._tables.review, "lock.owner": self.owner}
        changes = {name: {"$literal": value} for name, value in values.items()}
        update = [{"$set": changes | {"lock.until": _later()}}]
        if not self._tables.reviews.update_one(mine, update).matched_count:
            raise RuntimeError(
                "The correction was interrupted for so long that another one took over; what was "
                "recorded of it is carried out by the next one"
            )

    def take(self) -> bool:
        """Tries to become the writer.

        Returns:
            Whether it worked.
        """
        free = {
            "_id": self._tables.review,
            "$or": [{"lock": None}, {"$expr": {"$lt": ["$lock.until", "$$NOW"]}}],
        }
        update = [{"$set": {"lock": {"owner": self.owner, "until": _later()}}}]
        if self._tables.reviews.update_one(free, update).modified_count:
            return True
        head = self._tables.head()
        if head is None:
            raise ParameterError("run_key", "The run was deleted in the meantime; choose another")
        holder = (head.get("lock") or {}).get("owner", "")
        if holder and _has_died(holder):
            dead = {"_id": self._tables.review, "lock.owner": holder}
            return bool(self._tables.reviews.update_one(dead, update).modified_count)
        return False

    def give_back(self) -> None:
        """Stops being the writer."""
        mine = {"_id": self._tables.review, "lock.owner": self.owner}
        self._tables.reviews.update_one(mine, {"$set": {"lock": None}})


@contextmanager
def writing(tables: Tables, patience: float = PATIENCE) -> Iterator[Lock]:
    """Waits for the right to write and gives it back in the end.

    Args:
        tables: The review's documents; its head exists.
        patience: Seconds to wait for others.

    Yields:
        The lock.

    Raises:
        ParameterError: Another correction takes very long, or the review is gone.
    """
    lock = Lock(tables)
    deadline = time.monotonic() + patience
    pause = 0.005
    while not lock.take():
        if time.monotonic() > deadline:
            raise ParameterError(
                "run_key", "Another correction of this run is still being written; try again soon"
            )
        time.sleep(pause)
        pause = min(2 * pause, 0.1)
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(lock, done), daemon=True)
    beat.start()
    try:
        yield lock
    finally:
        done.set()
        beat.join()
        lock.give_back()


def _beat(lock: Lock, done: threading.Event) -> None:
    """Keeps the right while the writer's process runs, however long one step of it takes."""
    while not done.wait(SECONDS / 4):
        try:
            lock.keep()
        except RuntimeError:
            return  # the writer notices it at its own next call
        except PyMongoError:
            continue  # the writer gets the same error; a short one it may well outlive


def is_held(head: dict[str, Any]) -> bool:
    """Tells whether somebody is writing, as far as a reader can know.

    Args:
        head: The review's head.

    Returns:
        False if there is no lock, or its owner died.
    """
    lock = head.get("lock")
    return bool(lock) and not _has_died(lock["owner"])


def _has_died(owner: str) -> bool:
    import psutil

    host, process, _ = owner.split("|")
    return host == socket.gethostname() and not psutil.pid_exists(int(process))
