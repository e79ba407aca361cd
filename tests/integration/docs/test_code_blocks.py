"""The code blocks of a page run one after another, in a directory where docs/ can be read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from code_blocks import PAGES, ROOT, RUN, Block, blocks_of

RUNNING = {page: [block for block in blocks_of(page) if block.language in RUN and not block.reason]
           for page in PAGES}  # fmt: skip


def in_shell(block: Block) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    command = ["bash", "-euo", "pipefail", "-c", block.code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def in_python(block: Block, names: dict[str, object]) -> None:
    first, _, _ = block.code.partition("\n")
    if first.startswith("# ") and first.endswith(".py"):
        Path(first.removeprefix("# ")).write_text(block.code, encoding="utf-8")
    exec(compile(block.code, block.page, "exec"), names)  # noqa: S102 - our own pages


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page, blocks in RUNNING.items() if blocks])
def test_the_blocks_of_a_page_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    names: dict[str, object] = {}
    for block in RUNNING[page]:
        if block.language == "bash":
            in_shell(block)
        else:
            in_python(block, names)


def test_the_pages_that_must_run_do() -> None:
    assert {"README.md", "docs/python.md", "docs/index.md"} <= {p for p, b in RUNNING.items() if b}
    tutorials = [page for page in PAGES if page.startswith("docs/tutorials/")]
    assert [page for page in tutorials if not RUNNING[page]] == ["docs/tutorials/photos_to_app.md"]
