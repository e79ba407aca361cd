"""What import-linter cannot express: its lists are whole, and the pages keep to the rules too."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "dashboard").rglob("*.py"))
BELOW = {"errors", "figures", "telemetry", "version", "workbench"}  # of cli and dashboard
LIBRARIES = {"numpy", "pandas", "plotly", "streamlit"}


def contracts() -> dict[str, dict[str, list[str]]]:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["name"]: contract for contract in linter["contracts"]}


def imports(path: Path) -> set[str]:
    """Return the modules that a script imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    froms = {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}
    return froms | {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}


def is_allowed(module: str) -> bool:
    package, *rooms = module.split(".")
    if package == "nasbench_mvit":
        return rooms[:1] in (["errors"], ["figures"], ["workbench"])
    own = {path.stem for path in SCRIPTS}
    return package in sys.stdlib_module_names | LIBRARIES | own


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("commands parse and show, the workbench does", "cli"),
        ("the dashboard shows, the workbench computes", "dashboard"),
    ],
)
def test_a_contract_forbids_every_other_room(name: str, own: str) -> None:
    package = ROOT / "nasbench_mvit"
    rooms = {path.stem for path in package.glob("[!_]*") if path.is_dir() or path.suffix == ".py"}
    others = sorted(f"nasbench_mvit.{room}" for room in rooms - BELOW - {own})
    assert contracts()[name]["source_modules"] == [f"nasbench_mvit.{own}"]
    assert contracts()[name]["forbidden_modules"] == others


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_page_of_the_dashboard_imports_what_the_workbench_offers(path: Path) -> None:
    assert [module for module in sorted(imports(path)) if not is_allowed(module)] == []


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("nasbench_mvit.workbench.studies.open", True),
        ("nasbench_mvit.search.readers.sqlite", False),
        ("nasbench_mvit", False),
        ("torch", False),
        ("show", True),
    ],
)
def test_what_a_page_may_import(module: str, allowed: bool) -> None:
    assert is_allowed(module) is allowed
