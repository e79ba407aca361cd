"""One name for one thing: a public class is called like no other of the package."""

import ast
import collections
from collections.abc import Iterable, Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "nasbench_mvit"


def repeated(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the modules of each public class name that several have."""
    found = collections.defaultdict(list)
    for module, source in sources.items():
        for name in public_classes(ast.parse(source).body):
            found[name].append(module)
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def public_classes(body: Iterable[ast.stmt]) -> list[str]:
    names = (node.name for node in body if isinstance(node, ast.ClassDef))
    return [name for name in names if not name.startswith("_")]


def test_each_public_class_has_a_name_of_its_own() -> None:
    paths = sorted(PACKAGE.rglob("*.py"))
    sources = {str(path.relative_to(PACKAGE)): path.read_text("utf-8") for path in paths}
    assert repeated(sources) == {}


def test_a_repeated_name_is_found_where_it_is_public() -> None:
    sources = {"a": "class Job: ...\nclass _Row: ...", "b": "class Job: ...\nclass _Row: ..."}
    assert repeated(sources) == {"Job": ["a", "b"]}
