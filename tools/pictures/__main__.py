"""Makes the pictures of docs/ anew, with a real database, the App and headless Chromium.

python -m tools.pictures [--out FOLDER]
"""

import argparse
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from tools.app_page import new_context, running_chromium
from tools.app_server import AppServer
from tools.served import ROOT, served

from .choices import ChoiceError


def main(arguments: Sequence[str] | None = None) -> None:
    """Makes the pictures, and prints what each weighs."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="where they go (docs/)")
    out: Path = parser.parse_args(arguments).out
    out.mkdir(parents=True, exist_ok=True)
    for category in (DeprecationWarning, FutureWarning):  # of libraries, for their developers
        warnings.filterwarnings("ignore", category=category)
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="autolabel-pictures-") as scratch:
        with served(Path(scratch)):
            try:
                _make(Path(scratch), out)
            except ChoiceError as error:
                raise SystemExit(str(error)) from None
    print(f"Ready after {time.perf_counter() - begin:.0f} s.", flush=True)


def _make(scratch: Path, out: Path) -> None:
    # FiftyOne reads its settings when it is imported, so not before there is a database.
    from .digits import Digits
    from .screenshots import save_small
    from .walk import HEIGHT, WIDTH, take_pictures

    print("Makes a dataset of 600 handwritten digits ...", flush=True)
    digits = Digits(scratch / "digits")
    server = AppServer(scratch / "server.log")
    print("Opens the App ...", flush=True)
    try:
        server.start()
        with running_chromium() as browser:
            page = new_context(browser, WIDTH, HEIGHT).new_page()
            for name, picture in take_pictures(page, server.address, digits):
                path = out / f"review_{name}.png"
                size = save_small(picture, path)
                print(f"{path.name:<22}{size / 1000:.0f} kB", flush=True)
    finally:
        server.end()


if __name__ == "__main__":
    main()
