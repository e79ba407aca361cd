"""The options of ``tools/pruning_page.py``: other orders and rungs are printed, not written."""

import pytest
from pruning_page import PAGE, main


def test_other_orders_and_rungs_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    before = PAGE.read_bytes()
    assert main(["--seeds", "1000:1001", "--rungs", "0.125,0.5", "--reduction", "3"]) == 0
    printed = capsys.readouterr().out
    assert "| 40 | halving by rank in accuracy and latency |" in printed
    assert "wrote" not in printed
    assert PAGE.read_bytes() == before
