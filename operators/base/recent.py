"""A store for what has to be known between two events of a browser that is not done yet."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")

# Panels are closed without a word, so what is said of the last ones is kept, and no more.
MOST = 1_000


class Recent(Generic[V]):
    """Values by key: those of the keys that were put last."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, V] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, value: V) -> None:
        """Keeps a value, in place of the one before.

        Args:
            key: What it is of.
            value: The value.
        """
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = value
            if len(self._values) > MOST:
                self._values.popitem(last=False)

    def get(self, key: str) -> V | None:
        """Looks a value up.

        Args:
            key: What it is of.

        Returns:
            The value, None where there is none or too many were put since.
        """
        return self._values.get(key)
