"""Generated files are current where only the arithmetic of a processor differs."""

import pytest
from generate import is_current as is_current_page


@pytest.mark.parametrize(
    ("made", "is_current"),
    [
        ("| 10 | 4.7% | 94.6% |", True),
        ("| 10 | 4.7% | 95.7% |", True),
        ("| 10 | 4.7% | 97.0% |", False),
        ("| 11 | 4.7% | 94.6% |", False),
        ("| 10 | 4.7% |", False),
        ("| 10 | 4.7% | 94.6% of |", False),
    ],
)
def test_only_decimals_may_differ_and_only_a_little(made: str, is_current: bool) -> None:
    assert is_current_page("| 10 | 4.7% | 94.6% |", made) is is_current
