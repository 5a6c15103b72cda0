"""A fork comes after what the threads of a pool have to free, however long that takes."""

from __future__ import annotations

import subprocess
import sys
from threading import get_ident, get_native_id

import pytest

from gcn.runtime.workers import Workers

FORK = """
import ctypes
import os
from threading import get_native_id
from gcn.runtime.workers import Workers

# What a thread keeps under this key is "freed" by sleeping for as many microseconds.
libc, key = ctypes.CDLL(None), ctypes.c_uint()
assert libc.pthread_key_create(ctypes.byref(key), libc.usleep) == 0

def work():
    libc.pthread_setspecific(key, ctypes.c_void_p(300_000))
    return get_native_id()

with Workers(1) as pool:
    thread = pool.submit(work).result()
ended = not os.path.exists(f"/proc/self/task/{thread}")
child = os.fork()
if not child:
    os._exit(0)
os.waitpid(child, 0)
print(ended, os.path.exists(f"/proc/self/task/{thread}"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which threads there are")
def test_a_fork_waits_for_threads_that_python_holds_for_ended() -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORK]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_each_thread_begins_as_it_was_told() -> None:
    begun: list[tuple[int, str]] = []
    with Workers(
        2, initializer=lambda word: begun.append((get_ident(), word)), initargs=("x",)
    ) as pool:
        found = set(pool.map(lambda _: get_ident(), range(20)))
    assert found <= {thread for thread, _ in begun}
    assert {word for _, word in begun} == {"x"}


def test_other_threads_do_the_work() -> None:
    with Workers(1) as pool:
        assert pool.submit(get_native_id).result() != get_native_id()
