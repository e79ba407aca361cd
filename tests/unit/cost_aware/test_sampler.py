import math
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from cost_aware_grid import (
    GRID,
    GRID_SIZE,
    Params,
    Values,
    accuracy,
    both,
    cost,
    distinct,
    go,
    share_of_best,
    study_of,
)
from optuna.samplers import RandomSampler
from optuna.trial import TrialState

from nasbench_mvit.cost_aware import CostAwareSampler, SamplerError


def test_nothing_is_asked_twice_until_all_was() -> None:
    study = study_of(CostAwareSampler({1: cost}, num_startup=4))
    assert distinct(go(study, GRID_SIZE)) == GRID_SIZE
    (repeated,) = go(study, 1)
    assert repeated in [trial.params for trial in study.trials[:-1]]


def test_equal_seeds_ask_alike_and_others_do_not() -> None:
    first, second, other = (
        go(study_of(CostAwareSampler({1: cost}, seed=seed, num_startup=4)), 8) for seed in (3, 3, 4)
    )
    assert first == second != other


def test_a_study_resumes_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole = go(study_of(CostAwareSampler({1: cost}, seed=1, num_startup=4)), 9)
    url = f"sqlite:///{tmp_path / 'study.db'}"
    parts = []
    for count in (2, 4, 3):
        study = study_of(CostAwareSampler({1: cost}, seed=1, num_startup=4), url)
        parts += go(study, count)
        study._storage.remove_session()
        study._storage._backend.engine.dispose()  # type: ignore[attr-defined]
    assert parts == whole


def test_trials_that_run_change_the_proposal_and_are_not_repeated() -> None:
    study = study_of(CostAwareSampler({1: cost}, num_startup=4))
    go(study, 8)
    batch = [study.ask(fixed_distributions=GRID).params for _ in range(6)]
    assert distinct([*batch, *(trial.params for trial in study.trials[:8])]) == 14


def test_a_running_trial_is_taken_for_what_is_expected_of_it() -> None:
    """Two workers do not both try neighbours of what one of them tries."""
    alone, beside = (study_of(CostAwareSampler({1: cost}, num_startup=4)) for _ in range(2))
    for study in (alone, beside):
        go(study, 8)
    first = beside.ask(fixed_distributions=GRID)
    second = beside.ask(fixed_distributions=GRID)
    alone.add_trial(
        optuna.trial.create_trial(state=TrialState.FAIL, params=first.params, distributions=GRID)
    )
    known_to_fail = alone.ask(fixed_distributions=GRID)
    assert second.number == known_to_fail.number
    assert second.params != known_to_fail.params


def test_threads_that_ask_at_once_do_not_ask_alike() -> None:
    def objective(trial: optuna.Trial) -> Values:
        trial.suggest_int("width", 1, 6)
        trial.suggest_categorical("depth", (1, 2, 4))
        trial.suggest_categorical("kind", ("conv", "pool", "none"))
        return both(trial.params)

    study = study_of(CostAwareSampler({1: cost}, num_startup=4))
    study.optimize(objective, n_trials=1)  # until then nobody knows what there is
    study.optimize(objective, n_trials=24, n_jobs=4)
    assert distinct([trial.params for trial in study.trials]) == 25


def test_one_objective_and_none_cheap_is_the_ordinary_case() -> None:
    study = optuna.create_study(sampler=CostAwareSampler({}, num_startup=5))
    study.optimize(lambda trial: (trial.suggest_float("x", -1, 1) - 0.4) ** 2, n_trials=18)
    assert study.best_value < 1e-3


def test_it_finds_more_of_the_front_than_chance() -> None:
    seeds = range(5)
    ours = [share_of_best(CostAwareSampler({1: cost}, seed), 20) for seed in seeds]
    chance = [share_of_best(RandomSampler(seed=seed), 20) for seed in seeds]
    assert min(ours) > max(chance)


def test_failed_pruned_and_infinite_outcomes_do_no_harm() -> None:
    study = study_of(CostAwareSampler({1: cost}, num_startup=3))
    asked = []
    for number in range(20):
        trial = study.ask(fixed_distributions=GRID)
        asked.append(trial.params)
        if number % 5 == 1:
            study.tell(trial, state=TrialState.FAIL)
        elif number % 5 == 2:
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, (-math.inf if number % 5 == 3 else accuracy(trial.params), 1.0))
    assert distinct(asked) == 20


@pytest.mark.parametrize(("num_startup", "learns"), [(12, True), (13, False)])
def test_stopped_trials_count_among_the_first(num_startup: int, *, learns: bool) -> None:
    """Where trainings end early, a third of the first trials that were finished will do."""
    asked = []
    for count in (num_startup, 99):  # the latter never learns
        study = study_of(CostAwareSampler({1: cost}, num_startup=count))
        for number in range(12):
            trial = study.ask(fixed_distributions=GRID)
            if number % 3:
                study.tell(trial, state=TrialState.PRUNED)
            else:
                study.tell(trial, both(trial.params))
        asked.append(study.ask(fixed_distributions=GRID).params)
    assert (asked[0] != asked[1]) == learns


class Batched:
    """A cheap objective that is told of many at once."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, params: Params) -> float:
        raise AssertionError(params)

    def many(self, assignments: list[Params]) -> list[float]:
        self.sizes.append(len(assignments))
        return [cost(params) for params in assignments]


def test_a_cheap_objective_may_answer_for_many_at_once() -> None:
    batched = Batched()
    asked = go(study_of(CostAwareSampler({1: batched}, num_startup=4)), 8)
    assert asked == go(study_of(CostAwareSampler({1: cost}, num_startup=4)), 8)
    assert max(batched.sizes) > GRID_SIZE / 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CostAwareSampler({2: cost}), "names the objective 2, but the study has 2: 0, 1"),
        (lambda: CostAwareSampler({0: cost, 1: cost}), "nothing to model"),
        (
            lambda: CostAwareSampler({1: cost}, estimates={1: cost}),
            "estimates names the objective 1, and is for those of the study that are not cheap: 0",
        ),
        (
            lambda: CostAwareSampler({1: cost}, estimates={0: 3}),  # type: ignore[dict-item]
            "estimates.0. takes a function",
        ),
        (lambda: CostAwareSampler({1: lambda _: math.nan}, num_startup=1), "objective 1 gave nan"),
        (
            lambda: CostAwareSampler({1: cost}, constraints=lambda _: [math.nan]),
            "constraints function gave nan",
        ),
        (lambda: CostAwareSampler({1: cost}, reference=[1.0]), "reference has 1 values"),
        (lambda: CostAwareSampler({-1: cost}), "whole numbers of 0 or more, got -1"),
        (lambda: CostAwareSampler({1: cost}, seed=-1), "seed takes whole numbers"),
        (lambda: CostAwareSampler({1: cost}, reference=[0.0, math.inf]), "finite numbers"),
    ],
)
def test_a_wrong_argument_gets_one_message(
    make: Callable[[], CostAwareSampler], message: str
) -> None:
    with pytest.raises(SamplerError, match=message):
        go(study_of(make()), 3)
