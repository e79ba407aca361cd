"""Parameters of runs: nested data as names and plain values."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from nasbench_mvit.workbench.trackers.contract import Value


def flat(data: Mapping[str, Any]) -> dict[str, Value]:
    """Return nested data by names with dots; lists become JSON, and what is None is left out.

    >>> flat({"proxy": {"steps": 8, "sizes": [32, 48]}, "limits": None})
    {'proxy.steps': 8, 'proxy.sizes': '[32, 48]'}
    """
    return dict(_flat(data, ""))


def _flat(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Value]]:
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, bool | int | float | str):
            yield name, value
        elif value is not None:
            yield name, json.dumps(value, default=str)
