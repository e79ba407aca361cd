"""The versions of Python that are named are the same everywhere, and CI finds those that run."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
CLASSIFIER = "Programming Language :: Python :: "
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
BROKEN = "#!/bin/sh\nexit 127\n"  # as a command of pyenv whose version is not activated
OLD = "#!/bin/sh\necho 3.9 old >&2\nexit 1\n"
REAL = Path(sys.base_prefix) / "bin" / f"python{VERSION}"


def test_the_readme_names_the_versions_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tested = [
        entry.removeprefix(CLASSIFIER)
        for entry in project["classifiers"]
        if entry.startswith(CLASSIFIER)
    ]
    readme = (ROOT / "README.md").read_text()
    assert project["requires-python"] == f">={tested[0]}"
    assert f"Python {tested[0]} or newer" in readme
    assert f"{', '.join(tested[:-1])} and {tested[-1]} are tested" in readme


def test_no_command_asks_for_one_version_of_python() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    commands = [line for page in pages for line in page.read_text().splitlines()
                if re.match(r"python3?[\d.]* -m ", line)]  # fmt: skip
    assert len([line for line in commands if line.startswith("python3 -m venv .venv ")]) == 3
    assert not [line for line in commands if re.match(r"python3\.", line)]


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def found(folder: Path) -> list[str]:
    """Return the lines of ``.ci/pythons`` where only this folder has programs."""
    (folder / "sort").symlink_to("/usr/bin/sort")
    done = subprocess.run(
        ["/bin/bash", str(ROOT / ".ci/pythons")], env={"PATH": str(folder)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_a_python_counts_once_and_only_if_it_runs(tmp_path: Path) -> None:
    program(tmp_path / "python3", OLD)
    program(tmp_path / "python3.12", BROKEN)
    for name in ("python3.13", "python3.14"):  # whatever their names say
        program(tmp_path / name, f'#!/bin/sh\nexec "{REAL}" "$@"\n')
    assert found(tmp_path) == [f"{VERSION} {REAL}"]


def test_the_versions_of_pyenv_count_whether_activated_or_not(tmp_path: Path) -> None:
    root = tmp_path / "pyenv root"
    program(tmp_path / "pyenv", f"#!/bin/sh\necho '{root}'\n")
    program(root / "versions" / "3.10.1" / "bin" / "python3", OLD)
    program(root / "versions" / "3.13.0" / "bin" / "python3", f'#!/bin/sh\nexec "{REAL}" "$@"\n')
    assert found(tmp_path) == [f"{VERSION} {REAL}"]


def test_a_virtual_environment_is_no_python_of_the_machine(tmp_path: Path) -> None:
    program(tmp_path / "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    expected = [] if sys.prefix != sys.base_prefix else [f"{VERSION} {sys.executable}"]
    assert found(tmp_path) == expected
