"""Numbers as cells of tables, and as JSON has them."""

import math

ABSENT = "–"
SMALLEST_P = 0.001


def finite(value: float) -> float | None:
    """Return a number as JSON has it: NaN, which it lacks, as None."""
    return value if math.isfinite(value) else None


def number_cell(value: float | None, form: str) -> str:
    """Return a number in a format such as ``.2f``, and a dash for None, NaN and infinity."""
    return ABSENT if value is None or not math.isfinite(value) else format(value, form)


def p_cell(p: float) -> str:
    """Return a p-value with three decimals, or the bound that it is below."""
    return f"{p:.3f}" if p >= SMALLEST_P else f"<{SMALLEST_P}"
