"""The tables that samplers are compared on, and the noise that a search may observe."""

import dataclasses
import functools
import itertools
from collections.abc import Sequence

import numpy as np
import optuna
import pytest
from optuna.distributions import IntDistribution

from nasbench_mvit import Surrogate
from nasbench_mvit.analysis.least_squares import rms
from nasbench_mvit.benchmark.compare.by_name import NOISY, find_sampler, load_problem
from nasbench_mvit.benchmark.compare.problem import Outcome, Problem
from nasbench_mvit.benchmark.compare.ridge import NUM_STARTUP
from nasbench_mvit.benchmark.compare.search import search
from nasbench_mvit.errors import StudyError

loaded = functools.cache(load_problem)


@pytest.mark.parametrize(
    ("name", "networks", "best", "largest"),
    [
        ("nasbench201_imagenet16_latency", 5**6, 0.4677, 28.22),  # Dong & Yang, Table 5
        ("nasbench_macro", 3**8, 0.9313, 2.9326),  # Su et al., Table 2: 93.13 %
        ("nasbench_macro_macs", 3**8, 0.9313, 105.66),
        ("hpolib_protein", 62_208, 0.6549, 268.289),
        ("mobilevit_table_galaxy_a03s", 216, 0.6414, 1307.54),
    ],
)
def test_a_table_is_whole_and_no_network_is_beyond_its_reference(
    name: str, networks: int, best: float, largest: float
) -> None:
    problem = loaded(name)
    outcomes = problem.outcomes.values()
    assert len(outcomes) == networks
    assert max(outcome.accuracy for outcome in outcomes) == pytest.approx(best, abs=5e-4)
    assert max(outcome.cost for outcome in outcomes) == pytest.approx(largest, rel=1e-3)
    assert largest < problem.worst_cost
    assert all(len(outcome.draws) > 1 for outcome in outcomes)


@pytest.mark.parametrize("name", ["nasbench_macro", "hpolib_protein", "mobilevit_table_pixel_4"])
def test_with_noise_a_search_observes_single_trainings_and_is_judged_by_their_mean(
    name: str,
) -> None:
    exact, noisy = loaded(name), loaded(name + NOISY)
    assert noisy.digest != exact.digest
    assert noisy.best_hypervolume == exact.best_hypervolume
    network, outcome = next(iter(exact.outcomes.items()))
    params = dict(zip(exact.distributions, network, strict=True))
    assert exact.observed(params, 0) == outcome.accuracy
    seen = {noisy.observed(params, seed) for seed in range(40)}
    assert len(seen) > 1
    assert seen <= set(outcome.draws)
    assert noisy.observed(params, 7) == noisy.observed(params, 7)


def test_estimates_of_our_table_know_nothing_of_its_trainings() -> None:
    own = loaded("mobilevit_table")
    params = [dict(zip(own.distributions, network, strict=True)) for network in own.outcomes]
    accuracies = np.array([own.outcome(each).accuracy for each in params])
    estimates = np.array([own.estimate(each) for each in params])
    ships = Surrogate.load()
    of_table = ships.trained.part(np.flatnonzero(ships.trained.of_group("mobilevit_table")))
    fitted = ships.predict(of_table.specs).top1
    assert np.corrcoef(estimates, accuracies)[0, 1] > 0.6
    # The surrogate that ships has learnt from the table, and misses it by much less.
    assert rms(fitted - of_table.mean_top1) < 0.5 * rms(estimates - accuracies)


def test_a_table_of_which_nothing_is_known_has_no_prior() -> None:
    with pytest.raises(StudyError, match=r"of nasbench_macro none are known. Compare it on"):
        search(loaded("nasbench_macro"), find_sampler("cost_aware_prior"), seed=0, trials=3)


def additive() -> Problem:
    """A table whose accuracies are sums over parameters, and whose costs are no such sums."""
    levels = range(4)
    return Problem(
        name="additive",
        distributions={name: IntDistribution(0, 3) for name in "abcd"},
        outcomes={
            (a, b, c, d): Outcome(
                (a + 2 * b + (0, 3, 1, 2)[c] + d) / 20, 1.0 + a * b + c * d, 1.0, (0.5,)
            )
            for a, b, c, d in itertools.product(levels, repeat=4)
        },
        cost_name="cost",
        worst_accuracy=0.0,
        worst_cost=20.0,
    )


@pytest.mark.parametrize(("sampler", "least"), [("ridge", 1.0), ("ridge_untold", 0.97)])
def test_a_ridge_regression_finds_the_front_where_accuracy_is_linear(
    sampler: str, least: float
) -> None:
    """Choices that the first networks lack are tried; without a reference an end may be missed."""
    points = search(additive(), find_sampler(sampler), seed=0, trials=NUM_STARTUP + 16)
    assert points["share"].iloc[NUM_STARTUP - 1] < 0.99
    assert points["share"].iloc[-1] >= least - 1e-9
    assert points["asks"].tolist() == points["evaluation"].tolist()  # no repetition


def test_a_search_tells_the_sampler_what_it_observes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    tell = optuna.Study.tell

    def watched(study: optuna.Study, trial: optuna.Trial, values: Sequence[float]) -> None:
        told.append(values[0])
        tell(study, trial, values)

    monkeypatch.setattr(optuna.Study, "tell", watched)
    problem = dataclasses.replace(additive(), is_noisy=True)
    points = search(problem, find_sampler("random"), seed=0, trials=5)
    assert set(told) == {0.5}
    assert points["accuracy"].nunique() > 1
