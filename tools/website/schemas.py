"""The page of the JSON Schemas: what stands in each file that the package writes."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pages.files import attributes, value_type

from nasbench_mvit.io.markdown import markdown_table

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/schemas"
INTRODUCTION = """# JSON Schemas

Files that the package writes. The schemas of the YAML files that you write are beside them, in
[studies/](../../studies) and [search_spaces/](../../search_spaces); their keys are in
[files, key by key](../files.md), with units.
"""


def schema_page() -> str:
    """Return the page: a table for each schema and each section in it."""
    return "\n".join([INTRODUCTION, *_schemas()])


def _schemas() -> Iterator[str]:
    for path in sorted(FOLDER.glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        yield f"## {schema['title']}\n\nThe file: [{path.name}](../schemas/{path.name}).\n"
        yield from _section(schema)
        for name, section in sorted(schema.get("$defs", {}).items()):
            if "properties" in section:
                yield f"### {name} in {schema['title']}\n"
                yield from _section(section)


def _section(schema: Mapping[str, Any]) -> Iterator[str]:
    about, _, _ = schema.get("description", "").partition("\n\n")
    meanings = attributes(schema.get("description", ""))
    rows = [
        (
            f"`{key}`",
            value_type(value),
            "yes" if key in schema.get("required", ()) else "no",
            (value.get("description") or meanings.get(key, "–")).replace("``", "`"),
        )
        for key, value in schema["properties"].items()
    ]
    yield f"{about.replace('``', '`')}\n"
    yield f"{markdown_table(('key', 'type', 'required', 'meaning'), rows)}\n"
