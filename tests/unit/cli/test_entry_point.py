"""The entry point of every verb: overview, unknown verbs, completions, what it does not load."""

import subprocess
import sys

import pytest

import nasbench_mvit
from nasbench_mvit.cli import entry_point

LIGHT = ("torch", "optuna", "ray", "streamlit", "pandas", "sqlalchemy", "scipy", "plotly")


def test_the_overview_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry_point.main([]) == 0
    overview = capsys.readouterr().out
    assert all(f"\n  {verb} " in overview for verb in entry_point.VERBS)
    assert max(map(len, overview.splitlines())) <= 80


@pytest.mark.parametrize("verb", entry_point.VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        entry_point.main([verb, "--help"])
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry_point.main(["--version"]) == 0
    assert capsys.readouterr().out == f"nasbench-mvit {nasbench_mvit.__version__}\n"


def test_an_unknown_verb_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry_point.main(["serach"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "unknown command 'serach'. Did you mean 'search'?" in said


@pytest.mark.parametrize("shell", entry_point.SHELLS)
def test_completions_know_the_options_of_a_verb(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry_point.main(["--print-completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(verb in script for verb in entry_point.VERBS)
    assert "finalist-seeds" in script


@pytest.mark.parametrize("args", [["--print-completion"], ["--print-completion", "fish"]])
def test_another_shell_is_refused(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert entry_point.main(args) == 2
    assert "Available: bash, zsh, tcsh" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["", *entry_point.VERBS])
def test_help_loads_nothing_heavy(verb: str) -> None:
    program = (
        "import sys\nfrom nasbench_mvit.cli.entry_point import main\n"
        f"try: main({[verb, '--help'] if verb else []})\n"
        "except SystemExit: pass\n"
        f"print([name for name in {LIGHT} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


def test_python_m_is_the_same_command() -> None:
    command = [sys.executable, "-m", "nasbench_mvit", "status", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "nasbench_mvit status" in done.stdout
