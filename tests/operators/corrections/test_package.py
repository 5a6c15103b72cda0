"""What the packages of corrections may import, so that the pure ones stay pure."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CORRECTIONS = ("operators", "corrections")
ORDER = ("partition", "documents", "log", "writes", "reads")
PURE = {*sys.stdlib_module_names, "numpy", "scipy"}


def imports(module: Path) -> Iterator[tuple[str, ...]]:
    """Gives the full names of what a module imports, wherever in it, as far as `from` names it."""
    package = module.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (tuple(name.name.split(".")) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            outer = package[: len(package) + 1 - node.level] if node.level else ()
            inside = (*outer, *(node.module or "").split(".")) if node.module else outer
            is_module = node.module and ROOT.joinpath(*inside).with_suffix(".py").exists()
            yield from [inside] if is_module else [(*inside, name.name) for name in node.names]


def modules(package: str) -> list[Path]:
    return sorted(ROOT.joinpath(*CORRECTIONS, package).glob("*.py"))


def test_every_module_is_in_a_package_of_the_order() -> None:
    folder = ROOT.joinpath(*CORRECTIONS)
    assert {path.parent.name for path in folder.glob("*/*.py")} == set(ORDER)
    assert [path.name for path in folder.glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("package", ORDER)
def test_each_package_imports_only_from_those_before_it(package: str) -> None:
    allowed = ORDER[: ORDER.index(package) + 1]
    for module in modules(package):
        for name in imports(module):
            if name[:2] == CORRECTIONS:
                assert name[2] in allowed, f"{module.relative_to(ROOT)} imports {'.'.join(name)}"


@pytest.mark.parametrize("package", ORDER)
def test_of_the_plugin_only_what_all_need_is_imported(package: str) -> None:
    allowed = {"corrections", "base", "data"}
    for module in modules(package):
        for name in imports(module):
            if name[0] == "operators":
                assert name[1] in allowed, f"{module.relative_to(ROOT)} imports {'.'.join(name)}"
            elif name[0] == "gcn":
                assert package == "reads", module


def test_the_partition_knows_arrays_only_also_by_what_it_imports() -> None:
    seen, left = set[Path](), modules("partition")
    while left:
        module = left.pop()
        if module in seen:
            continue
        seen.add(module)
        for name in imports(module):
            if name[0] != "operators":
                assert name[0] in PURE, f"{module.relative_to(ROOT)} imports {'.'.join(name)}"
            else:
                left += [ROOT.joinpath(*name).with_suffix(".py")]
    assert {path.parent.name for path in seen} == {"partition", "base"}
