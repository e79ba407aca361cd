"""Reads networks from a file: the result of a search, or a list."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError, SpecError
from nasbench_mvit.io.text_files import read_text

FORMATS = (
    "a search's front.json; JSON with a list of networks as MobileViTSpec.to_dict gives them, or "
    "of objects with such a network as 'spec'; or JSON lines (.jsonl) of either"
)


def read_networks(path: Path) -> list[MobileViTSpec]:
    """Return the distinct networks of a file, in its order.

    Raises:
        MeasurementError: the file cannot be read, holds no networks, or an invalid one.
    """
    try:
        text = read_text(path)
    except OSError as problem:
        raise MeasurementError(
            f"the networks {path} cannot be read: {problem.strerror}. Give {FORMATS}."
        ) from None
    entries = _lines(text, path) if path.suffix == ".jsonl" else _entries(_json(text, str(path)))
    if not entries:
        raise MeasurementError(f"{path} holds no networks. Give {FORMATS}.")
    networks = [_network(entry, f"{path}, network {n}") for n, entry in enumerate(entries, start=1)]
    return list({network.id: network for network in networks}.values())


def _lines(text: str, path: Path) -> list[Any]:
    return [
        _json(line, f"{path}, line {number}")
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise MeasurementError(f"{where} is not valid JSON: {problem}. Correct it.") from None


def _entries(data: Any) -> Sequence[Any]:
    if isinstance(data, dict) and isinstance(data.get("front"), list):
        baselines = data.get("baselines")
        return [*data["front"], *(baselines if isinstance(baselines, list) else [])]
    return data if isinstance(data, list) else [data]


def _network(entry: Any, where: str) -> MobileViTSpec:
    is_wrapped = isinstance(entry, dict) and "spec" in entry
    try:
        return MobileViTSpec.from_dict(entry["spec"] if is_wrapped else entry)
    except SpecError as problem:
        raise MeasurementError(f"{where}: {problem} Give {FORMATS}.") from None
