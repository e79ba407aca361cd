"""A page speaks to its reader in words, not in the names of classes."""

import ast
import re
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parents[3] / "dashboard"


def class_names_in_text(source: str) -> set[str]:
    """Return the imported names in CamelCase that stand in a text which is given to a call."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {name.name for each in nodes if isinstance(each, ast.ImportFrom) for name in each.names}
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    texts = [part.value for call in calls for part in ast.walk(call)
             if isinstance(part, ast.Constant) and isinstance(part.value, str)]  # fmt: skip
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    return {name for name in words & names if re.search("[a-z][A-Z]", name)}


@pytest.mark.parametrize("path", sorted(DASHBOARD.rglob("*.py")), ids=lambda path: path.name)
def test_a_page_shows_no_name_of_a_class(path: Path) -> None:
    assert class_names_in_text(path.read_text("utf-8")) == set()


@pytest.mark.parametrize("call", ["heading('StudyNotes')", "caption(f'of StudyNotes {x}')",
                                  "box(label='a StudyNotes')"])  # fmt: skip
def test_a_name_is_found_wherever_it_is_shown(call: str) -> None:
    assert class_names_in_text(f"from notes import StudyNotes\n{call}") == {"StudyNotes"}
    assert class_names_in_text(call) == set()
