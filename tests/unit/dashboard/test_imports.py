"""The dashboard shows what the workbench computes, and reaches past it nowhere."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ALLOWED = ("workbench", "figures", "errors", "dashboard")
SCRIPTS = sorted(
    [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "nasbench_mvit" / "dashboard").glob("*.py")]
)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_page_imports_the_workbench_figures_and_errors_alone(path: Path) -> None:
    if path.name == "__main__.py":
        pytest.skip("starts the command of the same name")
    rooms = {
        str(node.module).split(".")[1]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("nasbench_mvit")
    }
    assert rooms <= set(ALLOWED)
