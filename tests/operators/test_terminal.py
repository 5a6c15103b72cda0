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
import time
from collections.abc import Callable
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
    plugin_part("operators.clustering").cluster_images(few, embeddings_field=None)
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
