"""The demo's own FiftyOne: database, settings and plugins live in `.demo`, apart from the user's.

`AUTOLABEL_DEMO_DIR` names another place for them.
"""

import atexit
import importlib
import os
from contextlib import ExitStack, suppress
from pathlib import Path
from types import ModuleType

import psutil

from tools.mongod import database_uri, free_port, running_mongod

from .errors import DemoError

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("AUTOLABEL_DEMO_DIR", ROOT / ".demo")).absolute()
PLUGIN = "fiftyone.plugins.orgs.autolabel.gcn"


def open_workspace() -> None:
    """Starts the demo's database and points FiftyOne, not yet imported, to it.

    The database stops when the program ends, however it ends, after FiftyOne has left it.

    Raises:
        DemoError: Another demo is running in this checkout, or there is no MongoDB.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    _link_plugin()
    _end_forgotten_server()
    port = free_port()
    at_exit = ExitStack()
    atexit.register(at_exit.close)
    try:
        at_exit.enter_context(running_mongod(FOLDER / "mongo", port))
    except (FileNotFoundError, RuntimeError) as error:
        raise DemoError(str(error)) from error
    os.environ.update(
        FIFTYONE_DATABASE_URI=database_uri(port),
        FIFTYONE_DATABASE_NAME="autolabel_demo",
        FIFTYONE_DATABASE_VALIDATION="false",
        FIFTYONE_CONFIG_PATH=str(FOLDER / "config.json"),
        FIFTYONE_APP_CONFIG_PATH=str(FOLDER / "app_config.json"),
        FIFTYONE_PLUGINS_DIR=str(FOLDER / "plugins"),
        FIFTYONE_DEFAULT_DATASET_DIR=str(FOLDER / "datasets"),
        FIFTYONE_DATASET_ZOO_DIR=str(FOLDER / "zoo"),
        FIFTYONE_MODEL_ZOO_DIR=str(FOLDER / "models"),
        FIFTYONE_DO_NOT_TRACK="true",
        FIFTYONE_ALLOW_LEGACY_ORCHESTRATORS="true",
    )


def load_plugin() -> tuple[ModuleType, ModuleType]:
    """Loads the plugin as FiftyOne does.

    Returns:
        The modules `operators` and `gcn` of the loaded plugin.

    Raises:
        DemoError: FiftyOne did not load it without errors.
    """
    import fiftyone.plugins.context as fopc

    contexts = {context.name: context for context in fopc.build_plugin_contexts()}
    context = contexts.get("@autolabel/gcn")
    if context is None or context.errors:
        why = context.errors[0].strip().splitlines()[-1] if context else "it was not found"
        raise DemoError(f"FiftyOne could not load the plugin: {why}.")
    return importlib.import_module(f"{PLUGIN}.operators"), importlib.import_module(f"{PLUGIN}.gcn")


def _link_plugin() -> None:
    link = FOLDER / "plugins" / "autolabel-gcn"
    link.parent.mkdir(exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(ROOT)


def _end_forgotten_server() -> None:
    """Ends a server that a killed demo left behind; refuses to disturb one that is in use."""
    lock = FOLDER / "mongo" / "mongod.lock"
    number = lock.read_text().strip() if lock.exists() else ""
    if not number:
        return
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # the number is another's by now
        server = psutil.Process(int(number))
        if str(FOLDER / "mongo") not in server.cmdline():
            return
        parent = server.parent()
        if parent is not None and "demo" in parent.cmdline():
            raise DemoError(
                f"The demo runs already in this checkout: end process {parent.pid} first."
            )
        server.terminate()
        server.wait(timeout=20)
