"""Reads a YAML file of the user, by YAML 1.2: every kind of file is read here.

PyYAML follows YAML 1.1, where ``010`` is 8, ``1:30`` is 90, ``1_000`` is 1000, ``no`` is false and
``2026-11-28`` is a date. In YAML 1.2 ``010`` is 10 and the others are text. Digits in groups of
three, as ``6_000_000``, are read as people mean them, although that too is text in YAML 1.2.
"""

import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel

from nasbench_mvit.errors import WorkbenchError, listed
from nasbench_mvit.io.text_files import read_text
from nasbench_mvit.io.validation import Place, accepts, kind_of

MAX_INT = 2**63 - 1
_TAG = "tag:yaml.org,2002:"
_NULL: Final = f"{_TAG}null"
_MERGE: Final = f"{_TAG}merge"
#: What may stand for an empty value: its text, the value and the meaning.
_WAYS: Final[tuple[tuple[str, object, str], ...]] = (
    ("{}", {}, "a section with its defaults"),
    ("null", None, "none"),
)
#: The core schema of YAML 1.2 (section 10.3.2): type, pattern, characters it may start with.
_SCALARS: Final = (
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (
        "int",
        r"[-+]?(?:\d+|\d{1,3}(?:_\d{3})+)|0o[0-7]+|0x[0-9a-fA-F]+",
        list("-+0123456789"),
    ),
    (
        "float",
        r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
    ("merge", "<<", ["<"]),  # of YAML 1.1, kept: files use it
)
_PATTERNS: Final = {
    kind: re.compile(rf"(?:{pattern})\Z", re.ASCII) for kind, pattern, _ in _SCALARS
}
_BASES: Final = {"0o": 8, "0x": 16}


class _RuleError(yaml.MarkedYAMLError):
    """A value that YAML permits and this reader does not."""

    def __init__(self, problem: str, node: yaml.Node) -> None:
        super().__init__(problem=problem, problem_mark=node.start_mark)
        self.line: int = node.start_mark.line + 1


class _Loader(yaml.SafeLoader):
    """A loader of YAML 1.2 that refuses what would silently be read as something else.

    These are repeated keys, of which PyYAML would keep the last, and whole numbers beyond 64 bits,
    which later steps cannot represent.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - none of YAML 1.1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = "<<" if key_node.tag == _MERGE else self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable):
                if key in seen:
                    raise _RuleError(f"the key '{key}' is repeated", key_node)
                seen.add(key)
        return super().construct_mapping(node, deep)

    def _number(self, node: yaml.ScalarNode) -> int | float:
        text = str(self.construct_scalar(node))
        kind = node.tag.removeprefix(_TAG)
        if not _PATTERNS[kind].match(text) and not _PATTERNS["int"].match(text):
            raise _RuleError(f"'{text}' is no {kind} of YAML 1.2", node)
        if kind == "float":
            return float(re.sub(r"\.(?=[iInN])", "", text))
        value = int(text, _BASES.get(text[:2], 10))
        if abs(value) > MAX_INT:
            raise _RuleError(f"whole numbers must be at most {MAX_INT}", node)
        return value


for _kind, _, _first in _SCALARS:
    _Loader.add_implicit_resolver(f"{_TAG}{_kind}", _PATTERNS[_kind], _first)
for _kind in ("int", "float"):
    _Loader.add_constructor(f"{_TAG}{_kind}", _Loader._number)  # noqa: SLF001


def load(
    path: Path, error: type[WorkbenchError], model: type[BaseModel] | None = None
) -> Mapping[Any, Any]:
    """Read the YAML file at ``path``, which must hold a mapping; ``model`` is for the messages.

    Raises:
        WorkbenchError: the file is invalid, or a value is empty, which would be null; the class is
            ``error``, and the message names the file, the line and the problem.
    """
    try:
        loader = _Loader(read_text(path))
        root = loader.get_single_node()
        data = loader.construct_document(root) if root else None
        for place, node in _empty_values(root):
            raise _RuleError(_empty(place, data, model), node)
    except OSError as problem:
        raise error(f"{path} cannot be read: {problem.strerror}.") from None
    except _RuleError as problem:
        raise error(f"{path}, line {problem.line}: {problem.problem}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        text = " ".join(str(problem).split())
        raise error(f"{path} is not valid YAML: {text}. Correct the line named here.") from None
    if not isinstance(data, Mapping):
        fields = f" ({listed(model.model_fields)})" if model else ""
        raise error(f"{path} must hold a mapping of fields{fields}, got {kind_of(data)}.")
    return data


def _empty_values(root: yaml.Node | None) -> Iterator[tuple[Place, yaml.Node]]:
    """Yield the place and the node of each empty value; what aliases repeat, once."""
    seen = set()
    left: list[tuple[Place, yaml.Node | None]] = [((), root)]
    while left:
        place, node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        inside: list[tuple[Place, yaml.Node]] = []
        if isinstance(node, yaml.MappingNode):
            inside = [(() if k.tag == _MERGE else (k.value,), value) for k, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            inside = [((index,), item) for index, item in enumerate(node.value)]
        elif node is not None and node.tag == _NULL and not node.value:
            yield place, node
        left += [((*place, *part), value) for part, value in reversed(inside)]


def _empty(place: Place, data: object, model: type[BaseModel] | None) -> str:
    """Return the rule for an empty value, with what may be written there instead."""
    key = place[-1] if place else "<<"
    if isinstance(key, int):
        what, start = "an item of the list", ""
    else:
        what, start = f"'{key}'", f"{key}: "
    ways = [
        f"`{start}{text}` for {meaning}"
        for text, value, meaning in _WAYS
        if model is not None and accepts(model, data, place, value)
    ]
    return f"{what} is empty. Write {', '.join(['its value', *ways])}, or remove it"
