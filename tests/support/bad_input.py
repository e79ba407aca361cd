"""One checker for all bad input: a command line, what it meets, and what its message must say."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
import yaml
from PIL import Image

from nasbench_mvit.cli.search import command as search
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.evaluators import proxy

Prepare = Callable[[Path], object]
Main = Callable[[list[str]], int]
PASSWORD = "secret"  # noqa: S105 - in URLs of cases


@dataclass(frozen=True)
class Case:
    """A command line, what the message must say, and what lies in the working directory.

    Attributes:
        args: options, split at blanks unless they are a tuple.
        needles: parts of the message.
        prepare: fills the working directory.
        main: the command.
    """

    args: str | tuple[str, ...]
    needles: tuple[str, ...]
    prepare: Prepare = field(default=Path.exists)
    main: Main = field(default=search.main)

    @property
    def argv(self) -> list[str]:
        return self.args.split() if isinstance(self.args, str) else list(self.args)


class Refuses(Protocol):
    def __call__(self, case: Case) -> str: ...


def exit_code(args: list[str], main: Main = search.main) -> int:
    try:
        return main(args)
    except SystemExit as stopped:
        return int(stopped.code or 0)


def check_refused(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Run the case in ``folder``: exit code 2, one message, no file changed. Return the message."""
    case.prepare(folder)
    if "imagefolder" in str(case.args):
        proxy._images.cache_clear()  # relative paths mean other files in every test
        proxy._test_images.cache_clear()
    before = contents(folder)
    capsys.readouterr()
    assert exit_code(case.argv, case.main) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1, message
    assert message.endswith("\n")
    assert "Traceback" not in message
    assert PASSWORD not in message
    for needle in case.needles:
        assert needle in message
    now = contents(folder)
    for path, content in before.items():
        assert now[path] == content, f"{path} has changed"
    return message


def contents(folder: Path) -> dict[Path, bytes]:
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return {path: path.read_bytes() for path in files if path.is_file()}


def study_file(**changes: Any) -> Prepare:
    def write(folder: Path) -> None:
        smoke = yaml.safe_load(catalogue.find("studies", "smoke", StudyError).read_text())
        (folder / "own.yaml").write_text(yaml.safe_dump(smoke | changes))

    return write


def space_file(**changes: Any) -> Prepare:
    def write(folder: Path) -> None:
        space = {
            "schema_version": 1,
            "description": "a test",
            "base": "mobilevit_xxs",
            "axes": {"stage3.depth": [1, 2]},
        }
        (folder / "own_space.yaml").write_text(yaml.safe_dump(space | changes))
        study_file(space="./own_space.yaml")(folder)

    return write


def text_file(name: str, content: str | bytes) -> Prepare:
    def write(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return write


def images(*per_class: int, root: str = "photos") -> Prepare:
    """Write one folder of noise per class, ``class0`` on, with so many images each."""

    def write(folder: Path) -> None:
        rng = np.random.default_rng(0)
        for label, count in enumerate(per_class):
            place = folder / root / f"class{label}"
            place.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{number}.png")

    return write


def both(*steps: Prepare) -> Prepare:
    def write(folder: Path) -> None:
        for step in steps:
            step(folder)

    return write
