"""What libraries keep and send about their users is switched off before they load."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nasbench_mvit.telemetry import SWITCHES


def output(code: str, home: Path, **variables: str) -> str:
    """Return the output of a program in a home of its own, without the switches of this process."""
    others = {"DISABLE_TELEMETRY", "DO_NOT_TRACK", "XDG_CACHE_HOME"}
    env = {
        name: value for name, value in os.environ.items() if name not in SWITCHES.keys() | others
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=env | {"HOME": str(home)} | variables,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_onnxruntime_leaves_nothing_in_the_home(tmp_path: Path) -> None:
    """From 1.29 on it keeps a database of events there as soon as it is imported."""
    output("import nasbench_mvit, onnxruntime", tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_hub_is_told_nothing_of_this_machine(tmp_path: Path) -> None:
    code = (
        "import nasbench_mvit; from huggingface_hub import constants; "
        "print(constants.HF_HUB_DISABLE_TELEMETRY)"
    )
    assert output(code, tmp_path) == "True"


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_off_unless_the_user_sets_it(name: str, tmp_path: Path) -> None:
    code = f"import os, nasbench_mvit; print(os.environ[{name!r}])"
    assert output(code, tmp_path) == SWITCHES[name]
    assert output(code, tmp_path, **{name: "other"}) == "other"
