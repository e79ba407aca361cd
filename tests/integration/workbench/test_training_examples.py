"""The examples in the docstrings of what plans of trainings make, with arithmetic for trainings."""

import doctest
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from fakes import ArithmeticEvaluator, InlineExecutor, PlannedStandIn
from surrogate_making import use_few_trees

from nasbench_mvit.search.batch.run import PlannedEvaluator
from nasbench_mvit.search.evaluators.proxy import Evaluator
from nasbench_mvit.search.loop.estimate import Pace
from nasbench_mvit.workbench import proxies, samplers, surrogates, tables
from nasbench_mvit.workbench.ablations import plan, run, studies
from nasbench_mvit.workbench.shared import deadline, engines

PACE = Pace(seconds_per_mac=1e-9, start_seconds=0.0, update_share=0.9)
FUNCTIONS: list[tuple[ModuleType, Callable[..., object]]] = [
    (samplers, samplers.compare_samplers),
    (deadline, deadline.deadline),
    (plan, plan.plan_ablation),
    (proxies, proxies.validate_proxy_on_imagenet),
    (proxies, proxies.validate_proxy),
    (run, run.run_ablation),
    (studies, studies.load_ablations),
    (surrogates, surrogates.build_surrogate),
    (surrogates, surrogates.surrogate_sheet),
    (tables, tables.build_table),
]


def engine(evaluator: Evaluator, workers: int) -> InlineExecutor:
    """Stand in for ``LocalEngine``."""
    if isinstance(evaluator, PlannedEvaluator):
        return InlineExecutor(PlannedStandIn(evaluator, lambda _: ArithmeticEvaluator()), workers)
    return InlineExecutor(ArithmeticEvaluator(), workers)


@pytest.mark.parametrize(
    ("module", "function"), FUNCTIONS, ids=[function.__name__ for _, function in FUNCTIONS]
)
def test_an_example_runs(
    module: ModuleType,
    function: Callable[..., object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "LocalEngine", engine)
    monkeypatch.setattr(plan, "time_training", lambda *_: PACE)
    use_few_trees(monkeypatch)
    (example,) = doctest.DocTestFinder().find(function, globs=dict(vars(module)))
    said: list[str] = []
    result = doctest.DocTestRunner().run(example, out=said.append)
    assert result.attempted > 0
    assert not result.failed, "".join(said)
