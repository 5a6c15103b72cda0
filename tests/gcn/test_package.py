"""The package imports what is asked for when it is, under names that stay what they are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import gcn

ROOT = Path(__file__).resolve().parents[2]
ORDER = (
    *("runtime", "evaluation", "images", "knn", "graph", "cluster_graph", "networks", "pruning"),
    *("merging", "clustering", "training", "command_line"),
)


def test_every_public_name_is_there_and_listed() -> None:
    for name in gcn.__all__:
        assert getattr(gcn, name).__name__ == name
    assert set(gcn.__all__) <= set(dir(gcn))
    with pytest.raises(AttributeError, match="module 'gcn' has no attribute 'clusters'"):
        _ = gcn.clusters  # pyright: ignore


def test_no_package_has_the_name_of_a_public_function() -> None:
    # Once it is imported it would hide the function.
    packages = {path.parent.name for path in (ROOT / "gcn").glob("*/__init__.py")}
    assert packages
    assert not packages & set(gcn.__all__)


def test_each_package_imports_only_from_those_before_it() -> None:
    for module in (ROOT / "gcn").glob("*/*.py"):
        own = ORDER.index(module.parent.name)
        imported = re.findall(r"^ *from \.\.([a-z_]+)", module.read_text(), re.MULTILINE)
        assert all(ORDER.index(package) < own for package in imported), module


def test_every_module_says_what_it_is_for_and_imports_alone() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "gcn").rglob("*.py"))
        if path.stem not in {"__init__", "__main__"}
    ]
    asked = "import sys\nfrom importlib import import_module\nfor name in sys.argv[1:]:\n"
    asked += "    print(len(import_module(name).__doc__))\n"
    # Not the libraries, only what is of this package: a circle shows where it is entered first.
    asked += "    for known in [known for known in sys.modules if known.split('.')[0] == 'gcn']:\n"
    asked += "        del sys.modules[known]\n"
    command = [sys.executable, "-c", asked, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == len(names), done.stderr


def test_importing_the_package_imports_no_library() -> None:
    asked = "import sys, gcn; print({'numpy', 'torch', 'faiss', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
