"""FiftyOne with a database and settings of its own, for as long as a program runs."""

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
    (folder / "plugins" / "autolabel-gcn").symlink_to(ROOT)
    port = free_port()
    os.environ.update(
        FIFTYONE_DATABASE_URI=database_uri(port),
        FIFTYONE_DATABASE_NAME="autolabel_scratch",
        FIFTYONE_DATABASE_VALIDATION="false",
        # The user may have chosen other colors for the App.
        FIFTYONE_APP_CONFIG_PATH=str(folder / "app_config.json"),
        FIFTYONE_PLUGINS_DIR=str(folder / "plugins"),
        FIFTYONE_DO_NOT_TRACK="true",
        FIFTYONE_SHOW_PROGRESS_BARS="false",
    )
    with running_mongod(folder / "mongo", port, CACHE_GB):
        yield
