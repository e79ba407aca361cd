"""Seconds of a proposal after 400 trials, in turns with Optuna's samplers.

Run by hand: ``python tests/benchmarks/bench_samplers.py``. The trials are drawn at random, once
from the cells of NAS-Bench-201 (six parameters; accuracies by a formula, so that nothing need be
installed), once from the space ``mobilevit`` under the limits of the study ``latency_iphone``.
"""

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler
from optuna.trial import create_trial
from pairing import Spread, Work, clock_for, take_turns, times_faster
from reporting import Conditions, Figure, benchmark

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost_aware import CostAwareSampler
from nasbench_mvit.search.samplers.by_name import make_sampler, parameters, suggest
from nasbench_mvit.search.samplers.study_sampler import sampler_of
from nasbench_mvit.search.study.config import load_study, predictor_of
from nasbench_mvit.search.trials.candidates import Candidates

NUM_TRIALS = 400
AIM_S = 0.2
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
CELLS: dict[str, BaseDistribution] = {
    f"edge{edge}": CategoricalDistribution(OPERATIONS) for edge in range(6)
}


def size(params: Mapping[str, Any]) -> float:
    return sum({"nor_conv_1x1": 0.03, "nor_conv_3x3": 0.25}.get(o, 0.0) for o in params.values())


def study_of(sampler: BaseSampler) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)


def cells(sampler: BaseSampler, num_trials: int = NUM_TRIALS) -> Work:
    """Return a function that asks for a cell after many random ones."""
    study, rng = study_of(sampler), np.random.default_rng(0)
    for _ in range(num_trials):
        params = {edge: OPERATIONS[rng.integers(len(OPERATIONS))] for edge in CELLS}
        accuracy = math.tanh(size(params)) + 0.05 * rng.standard_normal()
        study.add_trial(
            create_trial(params=params, distributions=CELLS, values=(accuracy, size(params)))
        )

    def ask() -> None:
        study.tell(study.ask(fixed_distributions=CELLS), state=optuna.trial.TrialState.FAIL)

    return ask


def networks(make: Callable[[Candidates], BaseSampler]) -> Work:
    """Return a function that asks for a network of the main space after many random ones."""
    _, config = load_study("latency_iphone")
    space = SearchSpace.load(config.space)
    candidates = Candidates(space, predictor_of(config), config.limits)
    study, rng = study_of(make(candidates)), np.random.default_rng(0)
    sampler, study.sampler = study.sampler, optuna.samplers.RandomSampler(seed=0)
    while len(study.get_trials(deepcopy=False)) < NUM_TRIALS:
        spec = space.sample(rng)
        ms_N, excess_NL = candidates.predict([spec])
        if (excess_NL > 0).any():
            continue
        ms = float(ms_N[0])
        study.enqueue_trial(dict(parameters(space, spec)))
        trial = study.ask()
        suggest(trial, space, config.sampler)
        study.tell(trial, (math.tanh(ms / 5) + 0.05 * rng.standard_normal(), ms))
    study.sampler = sampler

    def ask() -> None:
        trial = study.ask()
        suggest(trial, space, config.sampler)
        study.tell(trial, state=optuna.trial.TrialState.FAIL)

    return ask


def measure(conditions: Conditions) -> Iterator[Figure]:
    """Yield the seconds of our sampler, and how many times as long others take."""
    _, config = load_study("latency_iphone")
    works = {
        "cells of NAS-Bench-201": {
            "cost_aware": cells(CostAwareSampler({1: size})),
            "gp": cells(optuna.samplers.GPSampler(seed=0)),
            "tpe": cells(make_sampler("tpe", 0)),
        },
        "mobilevit": {
            "cost_aware": networks(
                lambda candidates: sampler_of(
                    config.model_copy(update={"sampler": "cost_aware"}), candidates
                )
            ),
            "tpe": networks(lambda _: make_sampler("tpe", 0)),
        },
    }
    for case, asks in works.items():
        seconds = take_turns(asks, conditions.rounds, clock_for(conditions.threads))
        own = seconds.pop("cost_aware")
        yield Figure(
            case=f"a proposal, {case}",
            against=f"after {NUM_TRIALS} trials",
            spread=Spread.of(own),
            unit="s",
            aim=AIM_S,
            lower_is_better=True,
        )
        for name, theirs in seconds.items():
            yield Figure(case=f"a proposal, {case}", against=name, spread=times_faster(own, theirs))


if __name__ == "__main__":
    sys.exit(benchmark(measure))
