"""Estimates of an objective that needs a trial: used where they help, harmless where they lie."""

import math
from pathlib import Path

import pytest
from cost_aware_grid import Params, accuracy, cost, go, share_of_best, study_of

from nasbench_mvit.cost_aware import CostAwareSampler, SamplerError


def hint(params: Params) -> float:
    """Return an estimate that is biased, on another scale, and blind to one parameter."""
    return 7.0 + 0.2 * accuracy({**params, "width": 3}) + 0.2 * math.log(params["width"])


def lie(params: Params) -> float:
    return -accuracy(params)


def test_a_biased_estimate_on_another_scale_finds_the_front_sooner() -> None:
    seeds = range(6)
    guided = [
        share_of_best(CostAwareSampler({1: cost}, seed, estimates={0: hint}), 10) for seed in seeds
    ]
    alone = [share_of_best(CostAwareSampler({1: cost}, seed), 10) for seed in seeds]
    assert sum(guided) > 1.3 * sum(alone)


def test_an_estimate_of_the_wrong_sign_is_not_used() -> None:
    misled, alone = (
        go(study_of(CostAwareSampler({1: cost}, seed=2, num_startup=4, estimates=estimates)), 12)
        for estimates in ({0: lie}, None)
    )
    assert misled == alone


def test_a_study_with_estimates_resumes_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    def sampler() -> CostAwareSampler:
        return CostAwareSampler({1: cost}, seed=1, estimates={0: hint})

    whole = go(study_of(sampler()), 9)
    url = f"sqlite:///{tmp_path / 'study.db'}"
    parts = [params for count in (5, 4) for params in go(study_of(sampler(), url), count)]
    assert parts == whole


def test_estimates_go_through_many_where_there_is_one() -> None:
    class Batched:
        def __init__(self) -> None:
            self.sizes: list[int] = []

        def __call__(self, params: Params) -> float:
            return self.many([params])[0]

        def many(self, assignments: list[Params]) -> list[float]:
            self.sizes.append(len(assignments))
            return [hint(params) for params in assignments]

    batched = Batched()
    asked = go(study_of(CostAwareSampler({1: cost}, estimates={0: batched})), 8)
    assert asked == go(study_of(CostAwareSampler({1: cost}, estimates={0: hint})), 8)
    assert max(batched.sizes) > 1


@pytest.mark.parametrize(("number", "words"), [(math.nan, "nan"), (math.inf, "an infinite number")])
def test_an_estimate_that_is_no_number_is_named(number: float, words: str) -> None:
    study = study_of(CostAwareSampler({1: cost}, num_startup=2, estimates={0: lambda _: number}))
    with pytest.raises(SamplerError, match=f"the estimate of objective 0 gave {words}"):
        go(study, 3)
