"""Trials as they come: cut short, in branches nobody knows, of other processes, beyond limits."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pytest
from cost_aware_grid import GRID, Params, Values, accuracy, both, cost, go, study_of
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.samplers import RandomSampler
from optuna.trial import TrialState, create_trial

from nasbench_mvit.cost_aware import CostAwareSampler, SamplerError


def units(params: Params) -> float:
    """A cost that asks for what its branch has, and for nothing else."""
    return float(params["few"] if params["kind"] == "a" else params["many"])


def branched(trial: optuna.Trial) -> Values:
    if trial.suggest_categorical("kind", ["a", "b"]) == "a":
        trial.suggest_int("few", 1, 10)
    else:
        trial.suggest_int("many", 1, 14)
    return math.sqrt(units(trial.params)), units(trial.params)


def tried(study: optuna.Study) -> list[tuple[object, ...]]:
    return [tuple(sorted(t.params.items())) for t in study.trials if t.params]


@pytest.mark.parametrize("seed", range(3))
def test_a_cost_may_miss_the_parameters_of_a_branch_that_no_trial_has_entered(seed: int) -> None:
    study = study_of(CostAwareSampler({1: units}, seed))
    study.optimize(branched, n_trials=24)
    assert len(set(tried(study))) == 24  # all there are


def test_a_branch_in_which_all_fails_is_given_up() -> None:
    def objective(trial: optuna.Trial) -> Values:
        if trial.suggest_categorical("kind", ["a", "b"]) == "b":
            raise RuntimeError
        trial.suggest_int("few", 1, 40)
        return math.sqrt(units(trial.params)), units(trial.params)

    study = study_of(CostAwareSampler({1: units}))
    study.optimize(objective, n_trials=20, catch=(RuntimeError,))
    assert sum(trial.params["kind"] == "b" for trial in study.trials) <= 4


def area(params: Params) -> float:
    return float(params["width"] * params["height"])


def rectangle(trial: optuna.Trial, pause_s: float = 0.0) -> Values:
    trial.suggest_int("width", 1, 8)
    time.sleep(pause_s)
    trial.suggest_int("height", 1, 8)
    return math.sqrt(area(trial.params)), area(trial.params)


def test_trials_that_end_before_they_have_asked_for_all_do_no_harm() -> None:
    def objective(trial: optuna.Trial) -> Values:
        if trial.number in (0, 5):
            trial.suggest_int("width", 1, 8)
            raise RuntimeError if trial.number else optuna.TrialPruned
        return rectangle(trial)

    study = study_of(CostAwareSampler({1: area}))
    study.optimize(objective, n_trials=20, catch=(RuntimeError,))
    assert [trial.number for trial in study.trials if len(trial.params) < 2] == [0, 5]


def test_a_trial_that_was_left_half_asked_does_no_harm() -> None:
    study = study_of(CostAwareSampler({1: area}))
    study.ask().suggest_int("width", 1, 8)
    study.add_trial(create_trial(values=(1.0, 2.0)))
    study.optimize(rectangle, n_trials=20)
    assert len(set(tried(study))) == 21


def test_threads_may_be_half_way_through_their_first_trials() -> None:
    study = study_of(CostAwareSampler({1: area}))
    study.optimize(lambda trial: rectangle(trial, 0.01), n_trials=20, n_jobs=3)
    assert all(trial.state is TrialState.COMPLETE for trial in study.trials)


def test_two_processes_do_not_propose_the_same(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'study.db'}"
    go(study_of(CostAwareSampler({1: cost}, num_startup=4), url), 6)
    workers = [study_of(CostAwareSampler({1: cost}, num_startup=4), url) for _ in range(4)]
    asked = [worker.ask() for worker in workers]  # none has asked for its parameters yet
    chosen = [
        tuple(trial._suggest(name, distribution) for name, distribution in GRID.items())
        for trial in asked
    ]
    assert len(set(chosen)) == 4


def test_what_another_process_tries_meanwhile_is_not_proposed(tmp_path: Path) -> None:
    """The other one asks, trains and ends while this one thinks."""
    alone = study_of(CostAwareSampler({1: cost}, num_startup=4))
    go(alone, 6)
    (expected,) = go(alone, 1)
    url = f"sqlite:///{tmp_path / 'study.db'}"
    go(study_of(CostAwareSampler({1: cost}, num_startup=4), url), 6)
    waiting = [create_trial(values=both(expected), params=expected, distributions=GRID)]

    def slow(params: Params) -> float:
        if waiting:
            study_of(RandomSampler(), url).add_trial(waiting.pop())
        return cost(params)

    mine = study_of(CostAwareSampler({1: slow}, num_startup=4), url).ask(fixed_distributions=GRID)
    assert mine.number == 6
    assert not waiting
    assert mine.params != expected


def test_trials_that_break_known_constraints_are_no_part_of_the_front() -> None:
    """A perfect network beyond the limit must not keep others from being proposed."""
    late = []
    for is_there in (False, True):
        sampler = CostAwareSampler({1: cost}, constraints=lambda p: [3.0 - p["width"]])
        study = study_of(sampler)
        if is_there:
            params = {"width": 1, "depth": 1, "kind": "conv"}
            study.add_trial(create_trial(values=(99.0, 0.0), params=params, distributions=GRID))
        asked = go(study, 20)[1:]
        assert all(params["width"] >= 3 for params in asked)
        late.append(max(accuracy(params) for params in asked))
    assert late[1] == late[0]


def test_an_assignment_that_breaks_the_constraints_needs_no_cost() -> None:
    def finite(params: Params) -> float:
        return math.inf if params["width"] > 3 else cost(params)

    for seed in range(4):  # some draw a first trial that breaks them
        sampler = CostAwareSampler(
            {1: finite}, seed, constraints=lambda p: [p["width"] - 3], num_startup=4
        )
        asked = go(study_of(sampler), 10, lambda params: (accuracy(params), finite(params)))
        assert all(params["width"] <= 3 for params in asked[1:])


def test_the_last_of_a_space_that_is_not_compared_whole_are_found() -> None:
    space: dict[str, BaseDistribution] = {name: IntDistribution(1, 17) for name in "abc"}
    order = np.random.default_rng(0).permutation(17**3)
    places = np.stack(np.unravel_index(order, (17, 17, 17)), axis=1) + 1
    everything = [dict(zip("abc", row, strict=True)) for row in places.tolist()]
    study = study_of(CostAwareSampler({1: lambda p: float(p["a"])}, num_startup=17**3))
    study.add_trials(
        create_trial(values=(1.0, 1.0), params=params, distributions=space)
        for params in everything[:-3]
    )
    for _ in range(3):
        study.tell(study.ask(fixed_distributions=space), (1.0, 1.0))
    assert {*tried(study)} == {tuple(params.items()) for params in everything}


@pytest.mark.parametrize(
    ("cheap", "message"),
    [
        (
            lambda params: params["widht"],
            r"objective 1 failed with KeyError: 'widht', for \{'width",
        ),
        (lambda params: 1 / (params["width"] * 0), "objective 1 failed with ZeroDivisionError"),
        (lambda params: "much" * params["width"], "objective 1 failed with ValueError"),
        (lambda params: None, "objective 1 failed with TypeError"),  # noqa: ARG005
    ],
)
def test_a_function_that_fails_is_told_with_what_it_was_given(
    cheap: Callable[[Params], float], message: str
) -> None:
    with pytest.raises(SamplerError, match=message):
        go(study_of(CostAwareSampler({1: cheap})), 3, both)


class TooFew:
    def many(self, assignments: list[Params]) -> list[float]:
        return [1.0] * (len(assignments) - 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CostAwareSampler({1: 3}), r"cheap_objectives\[1\] takes a function .* got 3"),  # type: ignore[dict-item]
        (lambda: CostAwareSampler([cost]), "takes a mapping"),  # type: ignore[arg-type]
        (lambda: CostAwareSampler({True: cost}), "whole numbers of 0 or more, got True"),
        (lambda: CostAwareSampler({1: cost}, seed=None), "seed takes whole numbers"),  # type: ignore[arg-type]
        (lambda: CostAwareSampler({1: cost}, num_startup=-3), "num_startup takes whole numbers"),
        (lambda: CostAwareSampler({1: cost}, reference=["a", 1]), "reference takes finite"),  # type: ignore[list-item]
        (lambda: CostAwareSampler({1: TooFew()}), "gave 0 answers for 1 assignments"),  # type: ignore[dict-item]
    ],
)
def test_a_wrong_argument_gets_one_message(
    make: Callable[[], CostAwareSampler], message: str
) -> None:
    with pytest.raises(SamplerError, match=message):
        go(study_of(make()), 3)


def test_numbers_of_numpy_are_numbers() -> None:
    one, other = (
        go(study_of(CostAwareSampler({index: cost}, seed, num_startup=3)), 5)  # type: ignore[dict-item,arg-type]
        for index, seed in ((1, 3), (np.int64(1), np.int64(3)))
    )
    assert one == other
