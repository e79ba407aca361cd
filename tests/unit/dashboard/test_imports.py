"""The dashboard shows what the workbench computes, and reaches past it nowhere."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ALLOWED = ("workbench", "figures", "errors", "dashboard")
ENTRY = "__main__.py"  # starts the command of the same name
SCRIPTS = sorted(
    path
    for folder in (ROOT / "dashboard", ROOT / "nasbench_mvit" / "dashboard")
    for path in folder.rglob("*.py")
    if path.name != ENTRY
)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_page_imports_the_workbench_figures_and_errors_alone(path: Path) -> None:
    rooms = {
        str(node.module).split(".")[1]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("nasbench_mvit")
    }
    assert rooms <= set(ALLOWED)
