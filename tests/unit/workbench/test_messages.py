"""Functions name their arguments, `so=`, which the command line turns into its options."""

import re
from pathlib import Path

import filelock
import pytest

import nasbench_mvit.workbench
from nasbench_mvit.cli.shared.parser import with_options
from nasbench_mvit.errors import StoreError
from nasbench_mvit.workbench.shared.run_directory import locked

OPTION = re.compile(r"(?<![\w-])--[a-z]")
OF_OTHER_PROGRAMS = ("pip install",)
COMMANDS = "exploration"  # has the commands that the dashboard offers


def test_no_function_names_an_option() -> None:
    (folder,) = nasbench_mvit.workbench.__path__
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in Path(folder).rglob("*.py")
        if path.parent.name != COMMANDS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if OPTION.search(line) and not any(other in line for other in OF_OTHER_PROGRAMS)
    ]
    assert found == []


def test_a_directory_in_use_names_what_the_command_has(tmp_path: Path) -> None:
    with (
        filelock.FileLock(tmp_path / "lock"),
        pytest.raises(StoreError) as caught,
        locked(tmp_path),
    ):
        pass
    assert str(caught.value).endswith("or choose another `run_dir=`.")
    assert with_options(str(caught.value)).endswith("or choose another --run-dir.")
