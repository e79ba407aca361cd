"""The picture of the rooms has every one of them."""

from pathlib import Path

import pytest

import nasbench_mvit

PAGE = Path(__file__).parents[3] / "docs/architecture.md"
PACKAGE = Path(nasbench_mvit.__file__).parent


@pytest.mark.parametrize("room", [".", "workbench", "search", "latency", "training"])
def test_every_room_is_in_the_picture(room: str) -> None:
    words = {word.strip("/,;:") for word in PAGE.read_text(encoding="utf-8").split()}
    rooms = {path.parent.name for path in (PACKAGE / room).glob("*/__init__.py")}
    assert rooms - words == set()


def test_every_function_of_a_person_has_its_file() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [f.name for f in (PACKAGE / "workbench").glob("[!_]*.py") if f.name not in text] == []
