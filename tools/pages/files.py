"""The tables of ``docs/files.md``: the keys of studies, ablations and search spaces.

Types, defaults and descriptions are those of the pydantic models and their JSON Schemas, units are
extra data of a field. The fields of a network are those of its dataclasses.
"""

import dataclasses
import inspect
import json
import re
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from nasbench_mvit.ablation.design.config import AblationConfig
from nasbench_mvit.ablation.design.terms import PaperTerms
from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.heads import DeepLabv3Head, SSDLiteHead
from nasbench_mvit.architecture.space_file import NEVER_TIED, SpaceFile
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.training.proxy.recipe import ProxyConfig

HEADER = ("key", "type", "default", "unit", "meaning")
TABLES: Mapping[str, type[BaseModel]] = {
    "A study file": StudyConfig,
    "`proxy`, in studies and ablations": ProxyConfig,
    "An ablation file": AblationConfig,
    "`recipe`, in ablations": PaperTerms,
    "A search-space file": SpaceFile,
}
APART = (ProxyConfig, PaperTerms)  # have a table of their own
INSIDE = {dict: ".NAME", list: "[]"}  # the suffix of a key for the sections of a container
TYPES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
    "value": "any value",
}
BOUNDS = {
    "minimum": "from",
    "exclusiveMinimum": "above",
    "maximum": "up to",
    "exclusiveMaximum": "below",
}
NETWORK_PARTS = (
    ("", MobileViTSpec),
    ("stageN.", StageSpec),
    ("stageN.", BlockSpec),
    ("task_head.", SSDLiteHead),
    ("task_head.", DeepLabv3Head),
)
PARTS = ("stages", "task_head")  # which have fields of their own
FIELD_TYPES = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
    tuple[int, int]: "whole number, or [height, width]",
}

Schema = Mapping[str, Any]


def file_keys() -> str:
    """Return all tables, each under its heading."""
    parts = [
        f"### {title}\n\n{markdown_table(HEADER, _rows(model))}" for title, model in TABLES.items()
    ]
    fields = markdown_table(("field", "type", "may be tied", "meaning"), _network_fields())
    return "\n\n".join([*parts, f"### The fields of a network\n\n{fields}"])


def _rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, ...]]:
    """Yield a row for each key of a section, followed by those of its subsections."""
    properties = model.model_json_schema()["properties"]
    for name, field in model.model_fields.items():
        schema, key = properties[name], f"{prefix}{name}"
        default, unit = _default(field), _unit(schema) or "–"
        yield f"`{key}`", value_type(schema), default, unit, str(field.description)
        for inside, section in _sections(field.annotation):
            if section not in APART:
                yield from _rows(section, f"{key}{inside}.")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, BaseModel):
        return "its defaults"
    text = default if isinstance(default, str) else json.dumps(default).replace('"', "")
    return f"`{text}`"


def _sections(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the sections that a value may hold, with the suffix of their keys."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield "", annotation
    inside = INSIDE.get(typing.get_origin(annotation), "")
    for part in typing.get_args(annotation):
        for further, section in _sections(part):
            yield f"{inside}{further}", section


def value_type(schema: Schema) -> str:
    """Return a description of a value's type."""
    if "$ref" in schema:
        return "section"
    if parts := schema.get("anyOf", schema.get("oneOf")):
        return ", or ".join(dict.fromkeys(value_type(part) for part in parts))
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return ", ".join(f"`{value}`" for value in values)
    kind = str(schema.get("type", "value"))
    if kind in {"object", "array"}:
        return _container(kind, schema)
    return ", ".join([TYPES[kind], *_bounds(schema)])


def _bounds(schema: Schema) -> Iterator[str]:
    limits = {key: f"{schema[key]:,}".removesuffix(".0") for key in BOUNDS if key in schema}
    if {"minimum", "maximum"} <= limits.keys():
        yield f"{limits['minimum']} to {limits['maximum']}"
    else:
        yield from (f"{BOUNDS[key]} {limit}" for key, limit in limits.items())


def _container(kind: str, schema: Schema) -> str:
    if kind == "array":
        name, part = "list", schema.get("items")
    else:
        of_any_name = {"": schema.get("additionalProperties")}
        name, part = "mapping", next(iter(schema.get("patternProperties", of_any_name).values()))
    if not isinstance(part, dict) or "anyOf" in part:
        return name
    return f"{name} of sections" if "$ref" in part else f"{name} of: {value_type(part)}"


def _unit(schema: Schema) -> str:
    """Return the unit of a value or of its items; empty if there is none."""
    inner = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())]
    found = (_unit(part) for part in inner if isinstance(part, dict))
    return str(schema.get("unit") or next(filter(None, found), ""))


def _network_fields() -> Iterator[tuple[str, ...]]:
    """Yield a row for each field; a stage's block is true or false in files."""
    for prefix, part in NETWORK_PARTS:
        types, meanings = typing.get_type_hints(part), attributes(inspect.getdoc(part) or "")
        for name in (field.name for field in dataclasses.fields(part) if field.name not in PARTS):
            kind, meaning = FIELD_TYPES.get(types[name]), meanings[name].replace("``", "`")
            if kind is None:
                kind, meaning = FIELD_TYPES[bool], "whether the stage ends in a MobileViT block"
            may_be_tied = "no" if name in NEVER_TIED else "yes"
            yield f"`{prefix}{name}`", kind, may_be_tied, f"{meaning[0].upper()}{meaning[1:]}."


def attributes(docstring: str) -> dict[str, str]:
    """Return the descriptions of the attributes in a docstring, without the final full stop."""
    _, _, listed = docstring.partition("Attributes:\n")
    section, _, _ = listed.partition("\n\n")
    entries = re.findall(r"^    (\w+): (.+?)(?=^    \w|\Z)", section, re.MULTILINE | re.DOTALL)
    return {name: " ".join(text.split()).rstrip(".") for name, text in entries}
