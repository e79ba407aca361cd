"""Functions name their arguments, `so=`, which the command line turns into its options."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest

import nasbench_mvit
from nasbench_mvit.cli.shared.parser import with_options
from nasbench_mvit.errors import StoreError
from nasbench_mvit.workbench.shared.run_directory import locked

ROOT = Path(nasbench_mvit.__file__).parent
MAY_NAME_OPTIONS = {ROOT / "cli", ROOT / "dashboard"}
OPTION = re.compile(r"(?<![\w-])--[a-z]")
#: Whole commands, in backquotes or alone, and single arguments of other programs.
COMMAND = re.compile(r"`[a-z]+ [^`]+`|pip install [^;]*|docker run [^)]*|^--[\w-]+=?[{}\d,]*$")
ALLOWED = {
    "latency/collectors/aihub/hub.py": "options of the service's jobs",
    "workbench/trackers/trackio.py": "the command that shows a run",
    "figures/page.py": "custom properties of CSS",
    "latency/collectors/android/runners.py": "the command that a phone runs",
    "search/results/next_steps.py": "commands that a report offers",
    "workbench/exploration/network.py": "commands that the dashboard offers",
}


def test_no_function_names_an_option() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in ROOT.rglob("*.py")
        if not MAY_NAME_OPTIONS & {*path.parents}
        and path.relative_to(ROOT).as_posix() not in ALLOWED
        for text in _texts(path)
        if OPTION.search(COMMAND.sub("", text))
    ]
    assert found == []


def test_every_exception_is_needed() -> None:
    assert [name for name in ALLOWED if not any(map(OPTION.search, _texts(ROOT / name)))] == []


def _texts(path: Path) -> Iterator[str]:
    """Yield the strings of a module but its docstrings, with ``{}`` for what a run puts in."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    lone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        match node:
            case ast.JoinedStr(values=values):
                yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in values)
            case ast.Constant(value=str(text)) if id(node) not in parts | lone:
                yield text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("choose another `run_dir=`.", "choose another --run-dir."),
        ("name them by `classes=`", "name them by --labels"),
        ("lower `cpus=` or `gpus=`", "lower --cpus-per-trial or --gpus-per-trial"),
        ("`ray_processes=` needs Ray Train", "--ray needs Ray Train"),
        ("leave it out (`table=None`)", "leave it out (--without-table)"),
        ("`ray start --head`", "`ray start --head`"),
    ],
)
def test_arguments_are_shown_as_options(text: str, shown: str) -> None:
    assert with_options(text) == shown


def test_a_directory_in_use_names_what_the_command_has(tmp_path: Path) -> None:
    with (
        filelock.FileLock(tmp_path / "lock"),
        pytest.raises(StoreError) as caught,
        locked(tmp_path),
    ):
        pass
    assert str(caught.value).endswith("or choose another `run_dir=`.")
    assert with_options(str(caught.value)).endswith("or choose another --run-dir.")
