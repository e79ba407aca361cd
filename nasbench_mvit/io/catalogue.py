"""Finds and validates YAML files by name or path.

A name is looked up in the working directory first (``NAME.yaml``, ``search_spaces/NAME.yaml``),
then among the files of the package, so that a user adds or overrides one by copying a file.
"""

import reprlib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from nasbench_mvit.errors import WorkbenchError, listed, nearest, unknown
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import is_readable
from nasbench_mvit.io.yaml_file import load

Kind = Literal["search_spaces", "studies", "ablations"]
Model = TypeVar("Model", bound=BaseModel)
SUFFIXES = frozenset({".yaml", ".yml"})
MAX_ERRORS_SHOWN = 5
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
    "bool_type": "must be true or false",
    "finite_number": "must be a finite number",
}
_IN_DIGITS = " Write it in digits, without quotes, underscores or colons."
_HOW_TO_WRITE = {  # text in place of a value of another type
    "int_type": _IN_DIGITS,
    "float_type": _IN_DIGITS,
    "bool_type": " Write true or false, without quotes.",
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
    given = expanded(name_or_path)
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
    hint = _HOW_TO_WRITE.get(entry["type"], "") if isinstance(entry["input"], str) else ""
    return f"{subject}{message[0].lower()}{message[1:]}, got {_VALUES.repr(entry['input'])}.{hint}"


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
