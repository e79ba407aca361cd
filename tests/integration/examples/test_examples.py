"""The scripts and the notebook of ``examples/`` run, in an empty directory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
TABLE = ROOT / "nasbench_mvit/table/data/mobilevit_table"
NOTEBOOK = EXAMPLES / "first_front.ipynb"
LAST_WORDS = {
    "compare_a_sampler.py": "of the hypervolume",
    "measure_here.py": "ms measured here",
    "rank_on_phones.py": "ms [",
    "search_and_export.py": "model_card.md",
    "train_on_photos.py": "model_card.md",
}
WITHOUT_PACKAGE = """
import runpy, sys
sys.modules["nasbench_mvit"] = None
found = runpy.run_path(sys.argv.pop(1))["table"]
print(len(found), found[["mean", "ms"]].notna().all(axis=None))
"""


def run(folder: Path, *arguments: object) -> str:
    """Run Python with these arguments in a folder; return what it prints."""
    command = [sys.executable, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", LAST_WORDS)
def test_a_script_runs(name: str, tmp_path: Path) -> None:
    assert LAST_WORDS[name] in run(tmp_path, EXAMPLES / name).splitlines()[-1]


def test_every_script_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*LAST_WORDS, "read_table.py"}


def test_the_table_is_read_without_this_package(tmp_path: Path) -> None:
    script = EXAMPLES / "read_table.py"
    assert run(tmp_path, "-c", WITHOUT_PACKAGE, script, TABLE) == "216 True\n"


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    where: dict[str, Any] = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where).execute()
    printed = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert "of the held-out images" in printed[-1]["text"]


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"]] == []
