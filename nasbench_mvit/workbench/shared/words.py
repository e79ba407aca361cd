"""Times, rates and shares in words; what is not known yet is said so, never shown as a number."""

import math

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
UNKNOWN = "–"


def is_known(value: float) -> bool:
    """Return whether a measured time or rate means anything: finite and above 0."""
    return math.isfinite(value) and value > 0


def duration(seconds: float) -> str:
    """Return a time as a person says it, "an unknown time" where it is NaN, infinite or negative.

    >>> [duration(seconds) for seconds in (0.2, 42.4, 90, 4500, 100_000)]
    ['less than 1 s', '42 s', '1 min 30 s', '1 h 15 min', '1 d 4 h']
    """
    if not math.isfinite(seconds) or seconds < 0:
        return "an unknown time"
    whole = round(seconds)
    if whole < 1:
        return "less than 1 s"
    for unit, name, below, name_below in (
        (DAY_S, "d", HOUR_S, "h"),
        (HOUR_S, "h", MINUTE_S, "min"),
        (MINUTE_S, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name} {rest:0{1 if unit == DAY_S else 2}d} {name_below}"
    return f"{whole} s"


def time_left(seconds: float) -> str:
    """Return the time left in words; nothing is claimed while it is NaN.

    >>> time_left(90.0), time_left(math.nan)
    ('1 min 30 s left', 'time left not known yet')
    """
    is_unknown = not math.isfinite(seconds) or seconds < 0
    return "time left not known yet" if is_unknown else f"{duration(seconds)} left"


def percent(fraction: float, decimals: int = 1) -> str:
    """Return a fraction as a percentage, a dash where it is not finite.

    >>> percent(0.004), percent(math.nan)
    ('0.4 %', '–')
    """
    return f"{fraction * 100:.{decimals}f} %" if math.isfinite(fraction) else UNKNOWN
