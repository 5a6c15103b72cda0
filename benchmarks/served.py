"""A MongoDB server of its own for a benchmark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.mongod import database_uri, free_port, running_mongod

CACHE_GB = 3.0
"""As much as MongoDB takes by itself on a laptop of 8 GB."""
ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def served(folder: Path) -> Iterator[None]:
    """Runs a MongoDB server and points FiftyOne, not imported yet, at it and at this plugin.

    Args:
        folder: Scratch folder.

    Yields:
        Nothing; the server runs.
    """
    (folder / "plugins").mkdir()
    (folder / "plugins" / "measured").symlink_to(ROOT)
    port = free_port()
    os.environ.update(
        FIFTYONE_DATABASE_URI=database_uri(port),
        FIFTYONE_DATABASE_NAME="autolabel_benchmark",
        FIFTYONE_DATABASE_VALIDATION="false",
        FIFTYONE_PLUGINS_DIR=str(folder / "plugins"),
        FIFTYONE_DO_NOT_TRACK="true",
        FIFTYONE_SHOW_PROGRESS_BARS="false",
    )
    with running_mongod(folder / "mongo", port, CACHE_GB):
        yield
