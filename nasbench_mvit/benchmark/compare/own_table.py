"""The benchmark table that ships as something to search: proxy top-1 against latency."""

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.compare.problem import Choices, Outcome, Problem
from nasbench_mvit.search.samplers.by_name import distributions, parameters
from nasbench_mvit.search.study.config import load_study, predictor_of
from nasbench_mvit.table.benchmark import Benchmark

STUDY = "table_iphone"


def load() -> Problem:
    """Return the problem of the study ``table_iphone`` without its limits.

    Raises:
        WorkbenchError: the study, its predictor or its table cannot be loaded.
    """
    _, study = load_study(STUDY)
    space, predictor = SearchSpace.load(study.space), predictor_of(study)
    benchmark = Benchmark.load(space.name)
    found = distributions(space)
    outcomes: dict[Choices, Outcome] = {}
    for spec in space.enumerate():
        entry = benchmark.query(spec, seed=study.data_seed)
        labels = parameters(space, spec)
        outcomes[tuple(labels[name] for name in found)] = Outcome(
            accuracy=entry.top1,
            cost=predictor.predict(spec).ms,
            seconds=entry.cpu_seconds,
        )
    return Problem(
        name=space.name,
        distributions=found,
        outcomes=outcomes,
        cost_name=f"latency, ms ({predictor.document.name})",
        worst_accuracy=study.reference.top1,
        worst_cost=study.reference.latency_ms,
    )
