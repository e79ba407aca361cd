"""Finds and validates YAML files by name or path.

A name is looked up in the working directory first (``NAME.yaml``, ``search_spaces/NAME.yaml``),
then among the files of the package, so that a user adds or overrides one by copying a file.
"""

import reprlib
import typing
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from nasbench_mvit.errors import WorkbenchError, listed, nearest, unknown
from nasbench_mvit.io.text_files import is_readable, read_text

Kind = Literal["search_spaces", "studies", "ablations"]
Model = TypeVar("Model", bound=BaseModel)
SUFFIXES = frozenset({".yaml", ".yml"})
MAX_ERRORS_SHOWN = 5
MERGE_TAG = "tag:yaml.org,2002:merge"
MAX_INT = 2**63 - 1
_VALUES = reprlib.Repr()  # a few lines of YAML can expand to gigabytes
_VALUES.maxlevel = 2
_VALUES.maxstring = _VALUES.maxother = 80

_KINDS: dict[Kind, tuple[str, str]] = {
    "search_spaces": ("search space", "./my_space.yaml"),
    "studies": ("study", "./my_study.yaml"),
    "ablations": ("ablation study", "./my_ablation.yaml"),
}
# Studies of searches and of ablations share a folder; this field distinguishes them.
_FOLDERS = {"ablations": "studies"}
ABLATION = ("kind", "ablation")
# Plain messages in place of pydantic's.
_WORDS = {
    "model_type": "must be a mapping of fields",
    "dict_type": "must be a mapping",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "string_type": "must be text",
    "finite_number": "must be a finite number",
}


def _packaged(folder: str) -> Path:
    """Return the folder of shipped files: in the package of a wheel, or next to it in a clone."""
    package = Path(__file__).parents[1]
    inside = package / folder
    return inside if inside.is_dir() else package.parent / folder


def names(kind: Kind) -> list[str]:
    """Return the names of a kind that can be found from this working directory."""
    folder = _FOLDERS.get(kind, kind)
    places = (Path(folder), _packaged(folder))
    files = [path for place in places for path in place.glob("*.yaml") if path.is_file()]
    if folder == "studies":
        files = [path for path in files if _is_ablation_file(path) is (kind == "ablations")]
    return sorted({path.stem for path in files})


def _is_ablation_file(path: Path) -> bool:
    try:
        return is_ablation(load(path, WorkbenchError))
    except WorkbenchError:
        return False


def is_ablation(data: Mapping[Any, Any]) -> bool:
    """Return whether the fields of a study are those of an ablation."""
    field, value = ABLATION
    return data.get(field) == value


def find(kind: Kind, name_or_path: str, error: type[WorkbenchError]) -> Path:
    """Return the YAML file for a name or a path, of either kind of study.

    Raises:
        WorkbenchError: there is none; the class is ``error``.
    """
    folder = _FOLDERS.get(kind, kind)
    title, example = _KINDS[kind]
    given = Path(name_or_path)
    if given.suffix in SUFFIXES or len(given.parts) > 1:
        if is_readable(given):
            return given
        raise error(f"no {title} file at '{name_or_path}'. Give a path that exists or a name: "
                    f"{listed(names(kind))}.")  # fmt: skip
    for place in (Path(), Path(folder), _packaged(folder)):
        candidate = place / f"{name_or_path}.yaml"
        if candidate.is_file():
            return candidate
    raise error(
        f"{unknown(title, name_or_path, names(kind))} "
        f"A file of your own is given by its path, like {example}."
    )


class _UniqueKeyLoader(yaml.SafeLoader):
    """A loader that refuses repeated keys, of which PyYAML would silently keep the last.

    It also refuses whole numbers beyond 64 bits, which later steps cannot represent.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen: set[object] = set()
        for key_node, _ in node.value:
            if key_node.tag == MERGE_TAG:
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' is repeated", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        value: int = super().construct_yaml_int(node)
        if abs(value) > MAX_INT:
            raise yaml.constructor.ConstructorError(
                None, None, f"whole numbers must be at most {MAX_INT}", node.start_mark
            )
        return value


_UniqueKeyLoader.add_constructor("tag:yaml.org,2002:int", _UniqueKeyLoader.construct_yaml_int)


def load(path: Path, error: type[WorkbenchError], fields: Iterable[str] = ()) -> Mapping[Any, Any]:
    """Read the YAML file at ``path``, which must hold a mapping; ``fields`` are for the message.

    Raises:
        WorkbenchError: the file is invalid; the class is ``error``, and the message names the file
            and the problem.
    """
    try:
        data = yaml.load(read_text(path), Loader=_UniqueKeyLoader)  # noqa: S506
    except OSError as problem:
        raise error(f"{path} cannot be read: {problem.strerror}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        text = " ".join(str(problem).split())
        raise error(f"{path} is not valid YAML: {text}. Correct the line named here.") from None
    if not isinstance(data, Mapping):
        raise error(f"{path} must hold a mapping of fields ({listed(fields)}), "
                    f"got {type(data).__name__}.")  # fmt: skip
    return data


def read(path: Path, model: type[Model], error: type[WorkbenchError]) -> Model:
    """Read the YAML file at ``path`` and validate it as ``model``.

    Raises:
        WorkbenchError: the file is invalid; the class is ``error``, and the message names the file,
            each invalid field, the rule, the value and the probable correct one.
    """
    return validate(load(path, error, model.model_fields), model, error, where=str(path))


def validate(
    data: Mapping[Any, Any], model: type[Model], error: type[WorkbenchError], *, where: str
) -> Model:
    """Validate ``data`` as a ``model``; ``where`` names its origin in an error message."""
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise error(f"{where}: {_explain_all(problem, model)}") from None


def validate_json(
    text: str, model: type[Model], error: type[WorkbenchError], *, where: str
) -> Model:
    """Validate the JSON ``text`` as a ``model``, for strict models with tuples, enums and times."""
    try:
        return model.model_validate_json(text)
    except ValidationError as problem:
        raise error(f"{where}: {_explain_all(problem, model)}") from None


def validate_strings(
    data: Mapping[str, str | list[str]],
    model: type[Model],
    error: type[WorkbenchError],
    *,
    where: str,
) -> Model:
    """Validate strings or lists of strings, as from a command line, as a ``model``."""
    try:
        return model.model_validate(data, strict=False)
    except ValidationError as problem:
        raise error(f"{where}: {_explain_all(problem, model)}") from None


def _explain_all(problem: ValidationError, model: type[BaseModel]) -> str:
    found = problem.errors(include_url=False)
    lines = [_explain(entry, model) for entry in found[:MAX_ERRORS_SHOWN]]
    more = len(found) - MAX_ERRORS_SHOWN
    if more > 0:
        lines.append(f"{more} more fields are wrong.")
    return " ".join(lines)


def _explain(entry: Mapping[str, Any], model: type[BaseModel]) -> str:
    field = ".".join(str(part) for part in entry["loc"])
    if entry["type"] == "extra_forbidden":
        known = _fields_at(model, entry["loc"][:-1])
        hint = nearest(str(entry["loc"][-1]), known)
        return f"unknown key '{field}'.{hint} Available: {listed(known)}."
    if entry["type"] == "missing":
        return f"'{field}' is missing."
    message = entry["msg"].removeprefix("Value error, ").rstrip(".")
    if entry["type"] == "value_error":
        return f"'{field}': {message}." if field else f"{message}."
    subject = f"'{field}' " if field else ""
    if entry["type"] in _WORDS:
        message = _WORDS[entry["type"]].format(**entry.get("ctx", {}))
    return f"{subject}{message[0].lower()}{message[1:]}, got {_VALUES.repr(entry['input'])}."


def _fields_at(model: type[BaseModel], location: tuple[object, ...]) -> list[str]:
    """Return the field names of the model nested in ``model`` at ``location``."""
    for part in location:
        field = model.model_fields.get(str(part))
        if field is None:
            continue  # an index, a dictionary key or the tag of a union
        candidates = [field.annotation, *typing.get_args(field.annotation)]
        nested = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        if nested:
            model = nested[0]
    return list(model.model_fields)
