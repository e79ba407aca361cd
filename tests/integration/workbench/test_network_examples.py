"""The examples in the docstrings of what trains, evaluates and exports one network."""

import doctest
from pathlib import Path
from types import ModuleType

import pytest
from bad_input import images

from nasbench_mvit.workbench.evaluations import evaluate
from nasbench_mvit.workbench.exports import export
from nasbench_mvit.workbench.full_training import train


@pytest.mark.parametrize(("module", "num_examples"), [(evaluate, 1), (train, 2), (export, 1)])
def test_examples(
    module: ModuleType, num_examples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    images(12, 12)(tmp_path)
    found = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert len(found) == num_examples
    runner = doctest.DocTestRunner()
    assert all(runner.run(test).failed == 0 for test in found)
