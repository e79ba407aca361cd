"""Reads JSON files that hold one object, by their models."""

import json
from pathlib import Path
from typing import Any

from nasbench_mvit.errors import WorkbenchError, listed
from nasbench_mvit.io.text_files import read_text
from nasbench_mvit.io.validation import Model, kind_of, validate


def read_object(
    path: Path, model: type[Model], error: type[WorkbenchError], *, noun: str, alternative: str
) -> Model:
    """Read the JSON file at ``path`` as a ``model``.

    Args:
        path: the file.
        model: the model.
        error: class of the error.
        noun: what the file is, for messages.
        alternative: what to do if there is none, for messages.

    Raises:
        WorkbenchError: the file cannot be read, or does not hold what the model says; the class is
            ``error``.
    """
    try:
        data = json.loads(read_text(path), object_pairs_hook=unique_keys)
    except OSError as problem:
        raise error(
            f"{noun} {path} cannot be read: {problem.strerror}. Give a path that exists, or "
            f"{alternative}."
        ) from None
    except (ValueError, RecursionError) as problem:
        raise error(
            f"{noun} {path} is not valid JSON: {problem}. Make it anew, or {alternative}."
        ) from None
    if not isinstance(data, dict):
        raise error(
            f"{noun} {path} must hold an object of fields ({listed(model.model_fields)}), got "
            f"{kind_of(data)}."
        )
    return validate(data, model, error, where=str(path))


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, where ``json`` by itself would keep the last of repeated keys.

    Raises:
        ValueError: a key is repeated.
    """
    fields = dict(pairs)
    if len(fields) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:40]!r} is repeated")
    return fields
