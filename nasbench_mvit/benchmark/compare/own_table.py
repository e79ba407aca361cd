"""The benchmark table that ships as something to search: proxy top-1 against latency."""

import functools
from collections.abc import Mapping

import numpy as np

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.compare.problem import Choices, Outcome, Problem
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.samplers.by_name import distributions, parameters
from nasbench_mvit.search.study.config import load_study, predictor_of
from nasbench_mvit.surrogate.features import features
from nasbench_mvit.surrogate.model import BoostedTrees
from nasbench_mvit.surrogate.surrogate import Surrogate
from nasbench_mvit.table.benchmark import DEFAULT, Benchmark

STUDY = "table_iphone"
WORST_TOP1 = 0.1  # of the reference point: that of guessing
WORST_MS = 15.0  # its latency on the phone of the study
MARGIN = 1.1  # its latency on another, over the largest
#: Problems by name; the predictor of the latency, None for that of the study.
TABLES = {
    DEFAULT: None,
    f"{DEFAULT}_iphone_xs": "iphone_xs_tflite",
    f"{DEFAULT}_galaxy_s10": "galaxy_s10_pytorch",
    f"{DEFAULT}_galaxy_a03s": "galaxy_a03s_tflite_int8",
    f"{DEFAULT}_one_fusion": "one_fusion_tflite",
    f"{DEFAULT}_pixel_4": "pixel_4_tflite",
}


def load(name: str) -> Problem:
    """Return a problem of ``TABLES``: that of the study ``table_iphone`` without its limits.

    Raises:
        WorkbenchError: the study, its predictor or its table cannot be loaded.
    """
    _, study = load_study(STUDY)
    phone = TABLES[name]
    predictor = load_predictor(phone) if phone else predictor_of(study)
    space = SearchSpace.load(study.space)
    benchmark = Benchmark.load(space.name)
    noise = _noise(benchmark)
    found = distributions(space)
    specs = list(space.enumerate())
    outcomes: dict[Choices, Outcome] = {}
    for spec in specs:
        entry = benchmark.query(spec, seed=study.data_seed)
        labels = parameters(space, spec)
        outcomes[tuple(labels[name] for name in found)] = Outcome(
            accuracy=entry.top1,
            cost=predictor.predict(spec).ms,
            seconds=entry.cpu_seconds,
            draws=tuple(entry.top1 + error for error in noise),
        )
    slowest = max(outcome.cost for outcome in outcomes.values())
    return Problem(
        name=name,
        distributions=found,
        outcomes=outcomes,
        make_estimates=functools.partial(_estimates, dict(zip(outcomes, specs, strict=True))),
        cost_name=f"latency, ms ({predictor.document.name})",
        worst_accuracy=WORST_TOP1,
        worst_cost=MARGIN * slowest if phone else WORST_MS,
    )


def _estimates(specs: Mapping[Choices, MobileViTSpec]) -> dict[Choices, float]:
    """Estimate the accuracy of each network of the table from trainings of other networks.

    The shipped surrogate's model is fitted to the networks drawn from the family alone, since what
    ships has learnt from the table too.

    Raises:
        SurrogateError: scikit-learn is not installed.
    """
    surrogate = Surrogate.load()
    known = surrogate.trained.part(
        np.flatnonzero(surrogate.trained.of_group(surrogate.about.space))
    )
    model = BoostedTrees.fit(features(known.specs), known.mean_top1)
    return dict(zip(specs, model.predict(features(list(specs.values()))).tolist(), strict=True))


def _noise(benchmark: Benchmark) -> list[float]:
    """Return how single trainings differ from another of the same network, from all repeated ones.

    The differences from the mean of n trainings are scaled by the root of n / (n - 1).
    """
    errors: list[float] = []
    for spec in benchmark.specs():
        top1 = np.array([benchmark.query(spec, seed=s).top1 for s in benchmark.seeds(spec)])
        if len(top1) > 1:
            errors += (np.sqrt(len(top1) / (len(top1) - 1)) * (top1 - top1.mean())).tolist()
    return errors
