"""The networks are imported in the background before anybody waits for them, in real processes."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

# What the App's server does: events of the panel, each of which says the time that it took.
SERVER = """
import importlib, sys, threading, time
import fiftyone as fo
import fiftyone.operators as foo

dataset = fo.load_dataset(sys.argv[1])
PACKAGE = "fiftyone.plugins.orgs.autolabel.gcn"
URI = "@autolabel/gcn/cluster_review"

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'")

def event(method, is_app=True, **params):
    request = {"dataset": dataset, "params": {
        "__method__": method, "panel_id": "p1", "panel_state": {}, **params}}
    if is_app:
        request["operator_uri"] = URI
    sent = foo.execute_operator(URI, ctx=request).executor.to_json()["requests"]
    return repr([one["params"] for one in sent if one["operator_uri"].endswith("panel_output")])

def threads():
    return [t for t in threading.enumerate() if t.name == "autolabel-gcn-warm-up"]

def is_imported():
    return f"{PACKAGE}.gcn.clustering.cluster" in sys.modules

event("on_load")
assert not threads() and "torch" not in sys.modules
"""

IN_TIME = """
event("open_cluster", is_app=False, cluster="c00000")
assert not threads()
page = event("open_cluster", cluster="c00000")
assert "Cluster it again" in page
assert "torch" not in sys.modules
event("open_cluster", cluster="c00000")
(thread,) = threads()
thread.join()
assert is_imported()
event("open_cluster", cluster="c00000")
assert not threads()
"""

MEANWHILE = """
event("open_cluster", cluster="c00000")
while "torch" not in sys.modules:
    time.sleep(0.001)
assert not is_imported()
"""

SPLIT = """
page = event("split_cluster", cluster="c00000", by="clustering", based_on=1, is_told=True)
assert "'error'" not in page
assert is_imported() and not threads()
assert sorted(dataset.count_values("cluster.label").values()) == [10, 10, 10]
"""

MISSING = """
sys.meta_path.insert(0, Missing())
event("open_cluster", cluster="c00000")
(thread,) = threads()
thread.join()
assert not is_imported()
assert "Cluster it again" in event("open_cluster", cluster="c00000")
page = event("split_cluster", cluster="c00000", by="clustering", based_on=1, is_told=True)
assert "The networks cannot be imported (No module named 'torch')" in page
page = event("split_cluster", cluster="c00000", by="parts", based_on=1)
assert "'error'" not in page
"""


@pytest.fixture
def merged(clustered: "fo.Dataset", write: ModuleType) -> "fo.Dataset":
    """Two of the three clusters are one, which can be split again."""
    write.merge_clusters(clustered, ["c00000", "c00001"])
    return clustered


@pytest.mark.parametrize(
    "script",
    [IN_TIME, MEANWHILE + SPLIT, MISSING],
    ids=["in time", "clicked meanwhile", "without torch"],
)
def test_networks_are_imported_while_a_cluster_is_looked_at(
    merged: "fo.Dataset", tmp_path: Path, script: str
) -> None:
    path = tmp_path / "server.py"
    path.write_text(SERVER + script)
    command = [sys.executable, path, merged.name]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
