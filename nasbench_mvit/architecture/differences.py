"""The fields in which two networks differ, in words."""

from collections.abc import Container, Mapping

from nasbench_mvit.architecture.fields import Value, flatten, value_in
from nasbench_mvit.architecture.spec import MobileViTSpec

MAX_DIFFERENCES = 6


def differing_fields(wanted: Mapping[str, Value], other: Mapping[str, Value]) -> list[str]:
    """Return the names of the fields whose values differ, of networks as ``flatten`` gives them."""
    fields = {*wanted, *other}
    return sorted(field for field in fields if value_in(wanted, field) != value_in(other, field))


def differences(spec: MobileViTSpec, other: MobileViTSpec, *, ignoring: Container[str] = ()) -> str:
    """Return a description of the fields in which ``other`` differs from ``spec``, "" for none."""
    wanted, found = flatten(spec), flatten(other)
    fields = [name for name in differing_fields(wanted, found) if name not in ignoring]
    shown = [
        f"{field} = {_text(value_in(found, field))} instead of {_text(value_in(wanted, field))}"
        for field in fields[:MAX_DIFFERENCES]
    ]
    more = len(fields) - MAX_DIFFERENCES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _text(value: Value | None) -> str:
    return "none" if value is None else str(value)
