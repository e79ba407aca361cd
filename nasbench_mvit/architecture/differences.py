"""The fields in which two networks differ, in words."""

from collections.abc import Container, Mapping

from nasbench_mvit.architecture.fields import Value, spelled_out
from nasbench_mvit.architecture.spec import MobileViTSpec

MAX_DIFFERENCES = 6


def differing_fields(wanted: Mapping[str, Value], other: Mapping[str, Value]) -> list[str]:
    """Return the names of the fields whose values differ, of networks by ``spelled_out``."""
    fields = {*wanted, *other}
    return sorted(field for field in fields if wanted.get(field) != other.get(field))


def differences(spec: MobileViTSpec, other: MobileViTSpec, *, ignoring: Container[str] = ()) -> str:
    """Return a description of the fields in which ``other`` differs from ``spec``, "" for none."""
    wanted, found = spelled_out(spec), spelled_out(other)
    fields = [name for name in differing_fields(wanted, found) if name not in ignoring]
    shown = [
        f"{field} = {_text(found.get(field))} instead of {_text(wanted.get(field))}"
        for field in fields[:MAX_DIFFERENCES]
    ]
    more = len(fields) - MAX_DIFFERENCES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _text(value: Value | None) -> str:
    return "none" if value is None else str(value)
