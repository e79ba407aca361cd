"""The nearest network of a table to one that it does not hold."""

import math
from collections.abc import Iterable, Mapping

from nasbench_mvit.architecture.differences import differing_fields
from nasbench_mvit.architecture.fields import Value, spelled_out
from nasbench_mvit.architecture.spec import MobileViTSpec


def nearest_network(spec: MobileViTSpec, inside: Iterable[MobileViTSpec]) -> MobileViTSpec:
    """Return the network that differs in the fewest fields, among equals the nearest in value."""
    wanted = spelled_out(spec)
    return min(inside, key=lambda other: _distance(wanted, spelled_out(other)))


def _distance(wanted: Mapping[str, Value], other: Mapping[str, Value]) -> tuple[int, float]:
    fields = differing_fields(wanted, other)
    return len(fields), sum(_gap(wanted.get(field), other.get(field)) for field in fields)


def _gap(one: Value | None, other: Value | None) -> float:
    """Return the distance of two values: the log ratio of numbers, otherwise 0 or 1."""
    numbers = [value for value in (one, other) if isinstance(value, int | float) and value > 0]
    return abs(math.log(numbers[0] / numbers[1])) if len(numbers) == 2 else 1.0
