"""Who calls from Python sees a bar and can stop at any time."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

# Calls an operator as a user at a terminal does, with images enough to last some seconds.
CALLS = """
import sys
import fiftyone as fo
import fiftyone.operators as foo

fo.config.show_progress_bars = True
cluster_images = foo.get_operator("@autolabel/gcn/cluster_images")
print("begun", flush=True)
cluster_images(fo.load_dataset(sys.argv[1]), overwrite=True, batch_size=1)
print("done", flush=True)
"""


@pytest.fixture
def many(make_dataset: Callable[..., "fo.Dataset"], dataset: "fo.Dataset") -> "fo.Dataset":
    """1,500 images, the same thirty again and again, with an older run."""
    return make_dataset(dataset.values("filepath") * 50)


def read_until(terminal: int, text: bytes, seconds: float) -> bytes:
    seen, deadline = b"", time.monotonic() + seconds
    while text not in seen and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal, 65_536)
            except OSError:  # the program has ended
                break
    return seen


@pytest.mark.slow
def test_terminal_shows_a_bar_and_one_ctrl_c_ends_the_run_with_nothing_changed(
    many: "fo.Dataset", state_of: Callable[..., Any], plugin_part: Callable[[str], Any]
) -> None:
    few = many.limit(30)
    plugin_part("operators.runs.clustering").cluster_images(few, embeddings_field=None)
    kept = state_of(many)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    command = [sys.executable, "-c", CALLS, many.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as child:
        os.close(theirs)
        seen = read_until(ours, b"of 1,470 images", 90)
        assert b"Computing embeddings:" in seen, seen
        assert b"% |" in seen
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        begun = time.monotonic()
        said = child.communicate(timeout=60)[0]
    seconds = time.monotonic() - begun
    os.close(ours)
    assert said.split() == [b"begun"]
    assert child.returncode in (-signal.SIGINT, 1, 130)
    assert seconds < 20
    after = state_of(many)
    assert 30 <= many.count("gcn_embedding") < 1_500, "vectors stay, for the next attempt"
    many.delete_sample_field("gcn_embedding")
    for state in (kept, after):
        del state["samples"]
    assert after == kept
    assert many.count("cluster") == 30


@pytest.fixture
def terminal(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.base.terminal")


def test_a_listener_of_ones_own_is_told_instead(
    terminal: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    heard: list[tuple[float, str]] = []
    with terminal.told(lambda share, label: heard.append((share, label))) as report:
        report(0.5, "Half")
    assert heard == [(0.5, "Half")]
    assert capfd.readouterr().err == ""


def test_nothing_is_drawn_where_there_is_no_terminal(
    terminal: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    with terminal.told(None) as report:
        report(0.5, "Half")
    assert capfd.readouterr() == ("", "")


def test_ctrl_c_that_some_library_swallows_ends_the_work_at_the_next_report(
    terminal: ModuleType,
) -> None:
    usual = signal.getsignal(signal.SIGINT)

    def work() -> None:
        with terminal.told(None) as report:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            report(0.5, "Half")
            pytest.fail("went on")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert signal.getsignal(signal.SIGINT) is usual


def test_work_in_a_thread_leaves_signals_alone(terminal: ModuleType) -> None:
    usual = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def work() -> None:
        with terminal.told(None) as report:
            seen.append(signal.getsignal(signal.SIGINT))
            report(1.0, "Done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [usual]
