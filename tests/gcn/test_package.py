"""The package imports what is asked for when it is, under names that stay what they are."""

import subprocess
import sys
from pathlib import Path

import pytest

import gcn

ROOT = Path(__file__).resolve().parents[2]


def test_every_public_name_is_there_and_listed() -> None:
    for name in gcn.__all__:
        assert getattr(gcn, name).__name__ == name
    assert set(gcn.__all__) <= set(dir(gcn))
    with pytest.raises(AttributeError, match="module 'gcn' has no attribute 'clusters'"):
        _ = gcn.clusters  # pyright: ignore


def test_a_function_is_never_hidden_by_the_module_of_its_name() -> None:
    # The libraries stay loaded between the orders in which the package is imported.
    asked = "import sys\nfor first in ('gcn.cluster, gcn.train', 'gcn.assign', 'gcn'):\n"
    asked += "    exec(f'import {first}; from gcn import cluster, train')\n"
    asked += "    print(callable(cluster), train)\n"
    asked += "    for name in [name for name in sys.modules if name.split('.')[0] == 'gcn']:\n"
    asked += "        del sys.modules[name]\n"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)
    said = done.stdout.splitlines()
    assert len(said) == 3, done.stderr
    assert all(line.startswith("True <function train at") for line in said)


def test_importing_the_package_imports_no_library() -> None:
    asked = "import sys, gcn; print({'numpy', 'torch', 'faiss', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
