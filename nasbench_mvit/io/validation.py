"""Validates what a file holds by its model, and explains what is wrong in the words of its format.

None of pydantic's own words reach a message: they name Python's types and the members of unions,
which no file has.
"""

import copy
import json
import re
import reprlib
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from nasbench_mvit.errors import WorkbenchError, listed, nearest

Model = TypeVar("Model", bound=BaseModel)
MAX_ERRORS_SHOWN = 5
_VALUES = reprlib.Repr()  # a few lines of YAML can expand to gigabytes
_VALUES.maxlevel = 2
_VALUES.maxstring = _VALUES.maxother = 80
Place = tuple[Any, ...]  # the keys and indices that lead to a value
_ABSENT: Final = object()

_MAPPING, _LIST, _TEXT = "a mapping of fields", "a list", "text"
_WHOLE, _NUMBER, _FLAG = "a whole number", "a number", "true or false"
_DATE, _TIME = "a date, as 2026-11-28", "a date and time with its zone, as 2026-11-28T20:08:00Z"
#: What a field must be (or have), by pydantic's type of the error; of any other, "valid".
_MUST_BE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("model_type", "dataclass_type", "model_attributes_type"), _MAPPING),
    **dict.fromkeys(("dict_type", "mapping_type"), "a mapping"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), _LIST),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing"), _NUMBER),
    **dict.fromkeys(("string_type", "string_unicode"), _TEXT),
    **dict.fromkeys(("bool_type", "bool_parsing"), _FLAG),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), _DATE),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), _TIME),
    **dict.fromkeys(("datetime_object_invalid", "timezone_aware"), _TIME),
    **dict.fromkeys(("literal_error", "enum"), "{expected}"),
    "finite_number": "a finite number",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "multiple_of": "a multiple of {multiple_of}",
    "none_required": "null",
    "too_short": "have {min_length} or more entries",
    "too_long": "have {max_length} entries or fewer",
    "string_too_short": "text of {min_length} or more characters",
    "string_too_long": "text of {max_length} characters or fewer",
    "string_pattern_mismatch": "text that matches {pattern}",
    "union_tag_invalid": "one whose {discriminator} is {expected_tags}",
    "union_tag_not_found": "a mapping that states {discriminator}",
    "invalid_key": "under a key that is text",
    "json_type": "JSON",
    "json_invalid": "JSON ({error})",
    "recursion_loop": "free of what holds itself",
}
_IN_DIGITS = " Write it in digits, without quotes or colons."
_HOW_TO_WRITE = {  # text in place of a value of another type
    _WHOLE: _IN_DIGITS,
    _NUMBER: _IN_DIGITS,
    _FLAG: " Write true or false, without quotes.",
}
_KINDS: Final = ((type(None), "nothing"), (bool, "true or false"), (int | float, _NUMBER),
                 (str, _TEXT), (Mapping, "a mapping"), (Sequence, _LIST))  # fmt: skip


def validate(
    data: Mapping[Any, Any],
    model: type[Model],
    error: type[WorkbenchError],
    *,
    where: str,
    strict: bool | None = None,
) -> Model:
    """Validate ``data`` as a ``model``.

    Args:
        data: the fields.
        model: their model.
        error: class of the error.
        where: names the origin of ``data`` in an error message.
        strict: False takes text for numbers, as from a command line; None is as the model says.
    """
    try:
        return model.model_validate(data, strict=strict)
    except ValidationError as problem:
        raise error(f"{where}: {explain(problem, data, model)}") from None


def validate_json(
    text: str, model: type[Model], error: type[WorkbenchError], *, where: str
) -> Model:
    """Validate the JSON ``text`` as a ``model``, for strict models with tuples, enums and times."""
    try:
        return model.model_validate_json(text)
    except ValidationError as problem:
        is_json = problem.errors(include_url=False)[0]["type"] != "json_invalid"
        data = json.loads(text) if is_json else None
        raise error(f"{where}: {explain(problem, data, model)}") from None


def kind_of(value: object) -> str:
    """Return the kind of a value of YAML or JSON for a message: "a list", "nothing" for null."""
    kinds = (name for kind, name in _KINDS if isinstance(value, kind))
    return next(kinds, type(value).__name__)


def accepts(model: type[BaseModel], data: object, place: Place, value: object) -> bool:
    """Return whether ``value`` is valid at ``place``, which ``data`` has, as far as that shows.

    A rule of what holds the place speaks against it only where it is kept without the value.
    """
    data = inside = copy.deepcopy(data)
    for part in place[:-1]:
        inside = _inside(inside, part)
    holder: Any = inside
    holder[place[-1]] = value
    found = _rules_broken(model, data)
    del holder[place[-1]]
    found = found - {(wrong, rule) for wrong, rule in _rules_broken(model, data)
                     if len(wrong) < len(place)}  # fmt: skip
    return not any(wrong[: len(place)] == place[: len(wrong)] for wrong, _ in found)


def _rules_broken(model: type[BaseModel], data: object) -> set[tuple[Place, str]]:
    """Return the place of each value that is wrong, with the rule in pydantic's words."""
    try:
        model.model_validate(data)
    except ValidationError as problem:
        entries = problem.errors(include_url=False)
        return {(_place(entry, data), entry["msg"]) for entry in entries}
    return set()


def explain(problem: ValidationError, data: object, model: type[BaseModel] | None = None) -> str:
    """Return one sentence for each of the first few fields of ``data`` that are wrong.

    Args:
        problem: what pydantic found.
        data: what was validated.
        model: by which model; names the fields that there are.
    """
    found: dict[Place, list[Any]] = {}
    for entry in problem.errors(include_url=False):
        found.setdefault(_place(entry, data), []).append(entry)
    # Of what holds a wrong value too little is left, and each member of a union that is none of it
    # complains: what is wrong inside says more.
    places = [place for place in found if not any(_is_inside(other, place) for other in found)]
    lines = [_sentence(place, found[place], model) for place in places[:MAX_ERRORS_SHOWN]]
    more = len(places) - MAX_ERRORS_SHOWN
    if more > 0:
        lines.append(f"{more} more {'field is' if more == 1 else 'fields are'} wrong.")
    return " ".join(lines)


def _place(entry: Mapping[str, Any], data: object) -> Place:
    """Return the keys and indices that lead to the value, without pydantic's names of types."""
    place = []
    for part in entry["loc"]:
        inside = _inside(data, part)
        if inside is not _ABSENT:
            data = inside
            place.append(part)
    return (*place, entry["loc"][-1]) if entry["type"] == "missing" else tuple(place)


def _inside(data: object, part: object) -> object:
    if isinstance(data, Mapping):
        return next((value for key, value in data.items() if str(key) == str(part)), _ABSENT)
    if isinstance(data, list | tuple) and isinstance(part, int) and part < len(data):
        return data[part]
    return _ABSENT


def _is_inside(place: Place, outer: Place) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _sentence(
    place: Place, entries: Sequence[Mapping[str, Any]], model: type[BaseModel] | None
) -> str:
    field = ".".join(map(str, place))
    for entry in entries:
        if entry["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
            known = _fields_at(model, entry["loc"][:-1])
            among = f" Available: {listed(known)}." if known else ""
            return f"unknown key '{field}'.{nearest(str(place[-1]), known)}{among}"
        if entry["type"] == "missing":
            return f"'{field}' is missing."
        if entry["type"] in {"value_error", "assertion_error"}:
            rule = str(entry["ctx"]["error"]).rstrip(".")
            return f"'{field}': {rule}." if field else f"{rule}."
    words = (
        _MUST_BE.get(entry["type"], "valid").format(**entry.get("ctx", {})) for entry in entries
    )
    *rest, last = rules = list(dict.fromkeys(words))
    rule = f"{', '.join(rest)} or {last}" if rest else last
    must = f"must {rule}" if rule.startswith("have ") else f"must be {rule}"
    value, hint = entries[0]["input"], ""
    if isinstance(value, str) and len(rules) == 1:
        hint = _HOW_TO_WRITE.get(rules[0], "") or nearest(value, re.findall(r"'([^']*)'", rules[0]))
    subject = f"'{field}' " if field else ""
    return f"{subject}{must}, got {_shown(value)}.{hint}"


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return _VALUES.repr(value)


def _fields_at(model: type[BaseModel] | None, location: Place) -> list[str]:
    """Return the field names of the model nested in ``model`` at ``location``."""
    if model is None:
        return []
    for part in location:
        field = model.model_fields.get(str(part))
        if field is None:
            continue  # an index, a dictionary key or the tag of a union
        candidates = [field.annotation, *typing.get_args(field.annotation)]
        nested = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        if nested:
            model = nested[0]
    return list(model.model_fields)
