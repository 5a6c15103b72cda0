"""Clusters images with the plugin and shows them in the FiftyOne App: `python -m demo --help`."""

import argparse
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Sequence
from urllib.parse import quote

from tools.mongod import free_port

from . import sources
from .errors import DemoError
from .workspace import FOLDER, load_plugin, open_workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo.

    Returns:
        The exit status: 0, or 2 where the user has to put something right.
    """
    options = _parser().parse_args(arguments)
    # A request to end is an interruption, so that App and database are closed in order. Shells let
    # background jobs ignore the interruption itself.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        _run(options)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nThe demo was ended; what was computed so far is kept for the next.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--images", metavar="FOLDER", help="your own images, with sub-folders")
    source.add_argument("--zoo", metavar="NAME", help="a dataset of FiftyOne's zoo")
    parser.add_argument("--labels", metavar="folders", help="sub-folders say what an image shows")
    parser.add_argument("--port", type=int, default=5151, help="port of the App (%(default)s)")
    parser.add_argument("--no-app", action="store_true", help="end after the summary")
    return parser


def _run(options: argparse.Namespace) -> None:
    if options.labels and not options.images:
        raise DemoError("LABELS=folders goes with IMAGES=folder.")
    files = None
    if options.images:
        files = sources.folder(options.images, options.labels)
    elif not options.zoo:
        files = sources.digits(FOLDER / "images" / "digits")
    begin = time.perf_counter()
    print("Starts FiftyOne with a database of its own, in .demo ...", flush=True)
    open_workspace()
    for category in (DeprecationWarning, FutureWarning):  # of libraries, for their developers
        warnings.filterwarnings("ignore", category=category)

    from . import clustering, datasets, summary

    operators, gcn = load_plugin()
    dataset, is_changed = datasets.sync(files) if files else datasets.from_zoo(options.zoo)
    credit = files.credit if files else f"dataset '{options.zoo}' of FiftyOne's zoo"
    print(f"Clusters {len(dataset):,} images: {credit} ...", flush=True)
    try:
        outcome = clustering.cluster(dataset, is_changed, operators, gcn)
    except (ValueError, FileNotFoundError, ConnectionError) as error:
        raise DemoError(str(error)) from error
    print("\n" + summary.summary(dataset, outcome, clustering.scores(dataset, gcn)))
    print(f"{'Ready after':<18}{time.perf_counter() - begin:.0f} s", flush=True)
    if not options.no_app:
        _show(dataset.name, outcome.saved_view, options.port)


def _show(dataset_name: str, view_name: str, port: int) -> None:
    import fiftyone as fo

    dataset = fo.load_dataset(dataset_name)
    port = port if _is_free(port) else free_port()
    session = fo.launch_app(
        dataset.load_saved_view(view_name), port=port, address="127.0.0.1", remote=True
    )
    page = address(port, dataset_name, view_name)
    print(f"\n{'The App':<18}{page}")
    print(f"{'':<18}Each tile is a cluster: click it to see its images. Next, press the checklist")
    print(f"{'':<18}above the grid (Review clusters), name the clusters and confirm them.")
    print(f"{'':<18}Ctrl-C ends the demo.", flush=True)
    try:
        threading.Event().wait()
    finally:
        session.close()


def address(port: int, dataset_name: str, view_name: str) -> str:
    """Where the App shows a saved view of a dataset."""
    from fiftyone.core.utils import to_slug

    # Views are looked up by their slug, but datasets by their name.
    dataset = quote(dataset_name, safe="")
    return f"http://localhost:{port}/datasets/{dataset}?view={to_slug(view_name)}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


if __name__ == "__main__":
    sys.exit(main())
