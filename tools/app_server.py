"""FiftyOne's server of the App, which can be ended and started again, as after an update."""

import importlib.util
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep

from tools.mongod import free_port, stop

SECONDS_TO_START = 120


class AppServer:
    """The App's server on a port of its own.

    Attributes:
        address: Where the App is.
    """

    def __init__(self, log: Path) -> None:
        """Chooses a port.

        Args:
            log: File for what the server says; written on if it is there.
        """
        self._log, self._port = log, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Starts it and waits until it answers.

        Raises:
            RuntimeError: It did not; the last lines of its log are in the message.
        """
        spec = importlib.util.find_spec("fiftyone")
        assert spec is not None
        assert spec.origin is not None
        command = [sys.executable, "main.py", "--port", str(self._port), "--address", "127.0.0.1"]
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=Path(spec.origin).parent / "server", stdout=output, stderr=output
            )
        deadline = monotonic() + SECONDS_TO_START
        while monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.address}/fiftyone", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                sleep(0.2)
        raise RuntimeError(f"The App's server did not start:\n{self._log.read_text()[-3000:]}")

    def end(self) -> None:
        """Ends it."""
        if self._process is not None:
            stop(self._process)
            self._process = None
