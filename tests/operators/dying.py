"""Programs that are killed on their way, each in a process of its own."""

import signal
import subprocess
import sys

_BEGINNING = """
import importlib, os, signal, sys
import fiftyone as fo
import fiftyone.operators as foo

foo.list_operators()

def part(name):
    return importlib.import_module("fiftyone.plugins.orgs.autolabel.gcn.operators." + name)

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run_until_killed(program: str, *arguments: str) -> None:
    """Runs a program that calls `die()` somewhere on its way, or has the plugin call it.

    Args:
        program: Python code, where FiftyOne is `fo` and `part("runs.journal")` imports a module of
            the operators.
        *arguments: What it finds in `sys.argv[1:]`.
    """
    command = [sys.executable, "-c", _BEGINNING + program, *arguments]
    assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL
