"""A MongoDB server of one's own: the tests and the demo never touch the user's FiftyOne data."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

SECONDS_TO_START = 60
SECONDS_TO_STOP = 20


def find_mongod() -> Path:
    """Finds a MongoDB server: `$MONGOD`, the one beside FiftyOne, or one on the `PATH`.

    Raises:
        FileNotFoundError: There is none; the sentence says how to get one.
    """
    for candidate in (os.environ.get("MONGOD"), _bundled_mongod(), shutil.which("mongod")):
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise FileNotFoundError(
        "No MongoDB server was found: install MongoDB 6.0 or newer so that 'mongod' is on the "
        "PATH, or set MONGOD to its path (FiftyOne brings one for common systems only)."
    )


def _bundled_mongod() -> Path | None:
    """Where FiftyOne's package keeps its server, found without importing FiftyOne."""
    spec = importlib.util.find_spec("fiftyone")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "db" / "bin" / "mongod"


def free_port() -> int:
    """Returns a TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_uri(port: int) -> str:
    """Returns FiftyOne's address of a server on `port`; a server that is gone is noticed in 5 s."""
    return f"mongodb://127.0.0.1:{port}/?serverSelectionTimeoutMS=5000"


@contextmanager
def running_mongod(
    directory: Path, port: int, cache_gb: float = 0.5
) -> Generator[subprocess.Popen[bytes]]:
    """Runs a MongoDB server on `port` with its files in `directory`; stops it at the end.

    Args:
        directory: Folder of the database, made if missing. A log is written beside it.
        port: Free TCP port of the loopback interface.
        cache_gb: Memory for its cache, at least 0.25.

    Yields:
        The process of the server, which accepts connections.

    Raises:
        FileNotFoundError: No MongoDB server is installed.
        RuntimeError: The server did not start; the sentence names its log.
    """
    directory.mkdir(parents=True, exist_ok=True)
    log = directory.with_suffix(".log")
    command = [str(find_mongod()), "--dbpath", str(directory), "--port", str(port)]
    command += ["--bind_ip", "127.0.0.1", "--nounixsocket"]
    command += ["--wiredTigerCacheSizeGB", str(cache_gb)]
    # Without this a new database takes 300 MB of empty journal files.
    command += ["--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=10MB)"]
    command += ["--logpath", str(log)]
    # A session of its own: Ctrl-C reaches us alone, and we stop the server last.
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_until_up(server, port, log)
        yield server
    finally:
        stop(server)


def _wait_until_up(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"The MongoDB server did not start on port {port}: its log is {log}.")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asks a process to end, and ends it if it does not within `SECONDS_TO_STOP`."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
