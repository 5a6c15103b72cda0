"""The plugin as FiftyOne finds it: in a folder of any name, complete, without errors, light."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent

# Prints what a fresh process finds: the operators, the errors, the heavy modules that we brought.
LISTING = """
import sys
import fiftyone.operators as foo
from fiftyone.operators.registry import OperatorRegistry

heavy = {"torch", "faiss", "torch_geometric", "numba", "fiftyone.brain.similarity"}
before = heavy & set(sys.modules)
print([o.name for o in foo.list_operators() if o.uri.startswith("@autolabel/gcn/")])
print(OperatorRegistry().list_errors())
print(sorted((heavy & set(sys.modules)) - before))
from fiftyone.plugins.orgs.autolabel.gcn.operators import cluster_images, list_runs
print(cluster_images.__name__, list_runs.__name__, sorted(({"torch", "faiss"} & set(sys.modules))))
"""


@pytest.fixture
def manifest() -> dict[str, object]:
    return yaml.safe_load((ROOT / "fiftyone.yml").read_text())


def test_manifest_names_every_operator_in_order(
    manifest: dict[str, object], plugin_part: Callable[[str], ModuleType]
) -> None:
    operators = plugin_part("operators").OPERATORS
    assert manifest["operators"] == [operator().config.name for operator in operators]
    assert manifest["name"] == "@autolabel/gcn"


def test_version_is_the_same_everywhere(
    manifest: dict[str, object], plugin_part: Callable[[str], ModuleType]
) -> None:
    assert manifest["version"] == plugin_part("operators.data.records").VERSION


def test_operators_take_from_the_library_what_it_offers_to_all() -> None:
    deep = re.compile(r"from \.+gcn\.")
    found = [path for path in (ROOT / "operators").rglob("*.py") if deep.search(path.read_text())]
    assert not found


def test_every_operator_has_label_description_and_icon(
    plugin_part: Callable[[str], ModuleType],
) -> None:
    for operator in plugin_part("operators").OPERATORS:
        config = operator().config
        assert config.label != config.name
        assert config.description
        assert config.icon


@pytest.mark.usefixtures("mongod")
def test_fresh_process_finds_the_plugin_in_a_folder_with_an_odd_name(
    tmp_path: Path, manifest: dict[str, object]
) -> None:
    (tmp_path / "1 odd-name.v2").symlink_to(ROOT)
    listed = subprocess.run(
        [sys.executable, "-c", LISTING],
        env=os.environ | {"FIFTYONE_PLUGINS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert listed.stdout.splitlines()[-4:] == [
        str([*manifest["operators"], *manifest["panels"]]),  # type: ignore[misc]
        "[]",
        "[]",
        "cluster_images list_runs []",
    ]
