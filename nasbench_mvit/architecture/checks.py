"""Checks of the fields of a network; the errors name the rule, the value and the nearest valid."""

from nasbench_mvit.errors import SpecError


def check_int(field: str, value: object, low: int, high: int) -> None:
    """Check that a field is a whole number from ``low`` to ``high``.

    Raises:
        SpecError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(f"{field} must be a whole number from {low} to {high}, got {value!r}.")
    if not low <= value <= high:
        near = min(max(value, low), high)
        raise SpecError(
            f"{field} must be from {low} to {high}, got {value}. The nearest valid value is {near}."
        )


def set_float(owner: object, field: str, low: float, high: float, *, open_high: bool) -> None:
    """Store a field as a float, for 4 and 4.0 are equal also in JSON, from ``low`` to ``high``.

    Raises:
        SpecError: it is no such number; ``open_high`` excludes the last.
    """
    value = getattr(owner, field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecError(f"{field} must be a number from {low} to {high}, got {value!r}.")
    if not low <= value <= high or (open_high and value == high):  # False for NaN too
        bound = "below" if open_high else "to"
        near = low if not value > low else high
        hint = "" if open_high else f" The nearest valid value is {near}."
        raise SpecError(f"{field} must be from {low} {bound} {high}, got {value}.{hint}")
    object.__setattr__(owner, field, float(value))
