"""Reads a YAML file of the user, by YAML 1.2: every kind of file is read here.

PyYAML follows YAML 1.1, where ``010`` is 8, ``1:30`` is 90, ``1_000`` is 1000, ``no`` is false and
``2026-11-28`` is a date. In YAML 1.2 ``010`` is 10 and the others are text. Digits in groups of
three, as ``6_000_000``, are read as people mean them, although that too is text in YAML 1.2.
"""

import re
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from nasbench_mvit.errors import WorkbenchError, listed
from nasbench_mvit.io.text_files import read_text

MAX_INT = 2**63 - 1
_TAG = "tag:yaml.org,2002:"
_NULL: Final = f"{_TAG}null"
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

    These are repeated keys, of which PyYAML would keep the last; empty values, which would be null;
    and whole numbers beyond 64 bits, which later steps cannot represent.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - none of YAML 1.1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen: set[object] = set()
        for key_node, value_node in node.value:
            is_merge = key_node.tag == f"{_TAG}merge"
            key = "<<" if is_merge else self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable):
                if key in seen:
                    raise _RuleError(f"the key '{key}' is repeated", key_node)
                seen.add(key)
            _refuse_empty(value_node, key)
        return super().construct_mapping(node, deep)

    def construct_sequence(self, node: yaml.SequenceNode, deep: bool = False) -> list[Any]:  # noqa: FBT001, FBT002
        for item in node.value:
            _refuse_empty(item)
        items: list[Any] = super().construct_sequence(node, deep)
        return items

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


def _refuse_empty(node: yaml.Node, key: object = None) -> None:
    if node.tag != _NULL or node.value:
        return
    if key is None:
        raise _RuleError("an item of the list is empty. Write null for none, or remove it", node)
    raise _RuleError(
        f"'{key}' is empty. Write `{key}: {{}}` for a section with its defaults, `{key}: null` for "
        "none, or remove it",
        node,
    )


def load(path: Path, error: type[WorkbenchError], fields: Iterable[str] = ()) -> Mapping[Any, Any]:
    """Read the YAML file at ``path``, which must hold a mapping; ``fields`` are for the message.

    Raises:
        WorkbenchError: the file is invalid; the class is ``error``, and the message names the file,
            the line and the problem.
    """
    try:
        data = yaml.load(read_text(path), Loader=_Loader)  # noqa: S506
    except OSError as problem:
        raise error(f"{path} cannot be read: {problem.strerror}.") from None
    except _RuleError as problem:
        raise error(f"{path}, line {problem.line}: {problem.problem}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        text = " ".join(str(problem).split())
        raise error(f"{path} is not valid YAML: {text}. Correct the line named here.") from None
    if not isinstance(data, Mapping):
        raise error(f"{path} must hold a mapping of fields ({listed(fields)}), "
                    f"got {type(data).__name__}.")  # fmt: skip
    return data
