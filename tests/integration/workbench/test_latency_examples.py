"""The examples in the docstrings of what measures and predicts latency."""

import doctest
from pathlib import Path
from types import ModuleType

import pytest

from nasbench_mvit.latency.records import blocks
from nasbench_mvit.workbench.measurements import measure
from nasbench_mvit.workbench.predictors import evaluation, making, prediction


@pytest.mark.parametrize(
    ("module", "num_examples"), [(measure, 1), (making, 2), (evaluation, 1), (prediction, 1)]
)
def test_examples(
    module: ModuleType, num_examples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # The noise of a machine that others share decides nothing here.
    monkeypatch.setattr(blocks, "MAX_BRACKET_GAP", float("inf"))
    found = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert len(found) == num_examples
    runner = doctest.DocTestRunner()
    assert all(runner.run(test).failed == 0 for test in found)
