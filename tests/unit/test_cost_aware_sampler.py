import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import TrialState

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.samplers import CostAwareSampler

Params = Mapping[str, Any]
Values = tuple[float, ...]

GRID: dict[str, BaseDistribution] = {
    "width": IntDistribution(1, 6),
    "depth": CategoricalDistribution((1, 2, 4)),
    "kind": CategoricalDistribution(("conv", "pool", "none")),
}
GRID_SIZE = 6 * 3 * 3
WORTH = {"conv": 1.0, "pool": 0.5, "none": 0.0}


def cost(params: Params) -> float:
    return float(params["width"] * params["depth"])


def accuracy(params: Params) -> float:
    width, depth = int(params["width"]), int(params["depth"])
    return WORTH[params["kind"]] + math.log(width + depth) - 0.3 * abs(width - 4)


def both(params: Params) -> Values:
    return accuracy(params), cost(params)


def study_of(sampler: BaseSampler, storage: str | None = None) -> optuna.Study:
    return optuna.create_study(
        directions=["maximize", "minimize"],
        sampler=sampler,
        storage=storage,
        study_name="one",
        load_if_exists=True,
    )


def go(
    study: optuna.Study, count: int, objective: Callable[[Params], Values] = both
) -> list[dict[str, Any]]:
    asked = []
    for _ in range(count):
        trial = study.ask(fixed_distributions=GRID)
        asked.append(trial.params)
        study.tell(trial, objective(trial.params))
    return asked


def distinct(asked: list[dict[str, Any]]) -> int:
    return len({tuple(params.values()) for params in asked})


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


def affordable(params: Params) -> list[float]:
    return [cost(params) - 9.0]


def test_constraints_known_beforehand_are_kept_while_anything_keeps_them() -> None:
    keeping = sum(w * d <= 9 for w in range(1, 7) for d in (1, 2, 4)) * 3
    sampler = CostAwareSampler({1: cost}, constraints=affordable, num_startup=4)
    asked = go(study_of(sampler), keeping + 2)
    first, rest = asked[0], asked[1:]  # what there is is not known before the first
    count = keeping - (cost(first) <= 9)
    assert all(cost(params) <= 9 for params in rest[:count])
    assert cost(rest[count]) > 9


def test_what_few_keep_is_found_in_a_continuous_space() -> None:
    def narrow(params: Params) -> list[float]:
        return [max(abs(params[name] - 0.9) for name in "abcd") - 0.05]

    space: dict[str, BaseDistribution] = {name: FloatDistribution(0, 1) for name in "abcd"}
    study = study_of(CostAwareSampler({1: lambda p: float(p["a"])}, constraints=narrow))
    for _ in range(5):
        trial = study.ask(fixed_distributions=space)
        study.tell(trial, (trial.params["b"], trial.params["a"]))
    assert all(narrow(trial.params)[0] <= 0 for trial in study.trials[1:])


def test_constraints_that_trials_report_are_learnt() -> None:
    study = study_of(CostAwareSampler({1: cost}, num_startup=8))
    for _ in range(24):
        trial = study.ask(fixed_distributions=GRID)
        trial.set_constraint("memory", trial.params["width"] - 3.5)
        study.tell(trial, both(trial.params))
    late = [trial.params["width"] for trial in study.trials[12:]]
    assert np.mean([width <= 3 for width in late]) > 0.75


def size(params: Params) -> float:
    return float(params.get("dim", 0) / 64 + 0.1 * params.get("kernel", 0))


def conditional(trial: optuna.Trial) -> Values:
    """Return an objective of which a parameter, and one below it, are not always asked."""
    rate = trial.suggest_float("rate", 1e-4, 1.0, log=True)
    if trial.suggest_categorical("block", [True, False]):
        trial.suggest_int("dim", 16, 64, step=16)
        if trial.suggest_categorical("fusion", ["on", "off"]) == "on":
            trial.suggest_int("kernel", 1, 3)
    return size(trial.params) - abs(math.log10(rate) + 2), size(trial.params)


def test_a_conditional_space_is_asked_for_what_applies() -> None:
    study = study_of(CostAwareSampler({1: size}, num_startup=6))
    study.optimize(conditional, n_trials=30)
    late = study.trials[15:]
    assert len({tuple(sorted(trial.params.items())) for trial in study.trials}) == 30
    assert any("kernel" in trial.params for trial in late)
    sampler = study.sampler
    trial = study._storage.get_trial(study.ask()._trial_id)
    space = sampler.infer_relative_search_space(study, trial)
    proposed = sampler.sample_relative(study, trial, space)
    assert ("dim" in proposed) == proposed["block"]
    assert ("kernel" in proposed) == (proposed.get("fusion") == "on")


def test_a_small_conditional_space_is_exhausted_without_repetition() -> None:
    def objective(trial: optuna.Trial) -> Values:
        if trial.suggest_categorical("block", [True, False]):
            return float(trial.suggest_int("dim", 1, 6)), 1.0
        return float(trial.suggest_int("units", 1, 3)), 0.0

    sampler = CostAwareSampler({1: lambda p: float(bool(p["block"]))}, num_startup=4)
    study = study_of(sampler)
    study.optimize(objective, n_trials=4)
    seen = {tuple(sorted(trial.params.items())) for trial in study.trials}
    study.optimize(objective, n_trials=9 - len(seen))
    assert len({tuple(sorted(trial.params.items())) for trial in study.trials}) == 9


def test_three_objectives_in_mixed_directions_over_mixed_parameters() -> None:
    def objective(trial: optuna.Trial) -> Values:
        share = trial.suggest_float("share", 0.0, 1.0)
        units = trial.suggest_int("units", 1, 256, log=True)
        kind = trial.suggest_categorical("kind", ["a", "b"])
        return share * (kind == "a"), (share - 0.3) ** 2, float(units)

    study = optuna.create_study(
        directions=["maximize", "minimize", "minimize"],
        sampler=CostAwareSampler({2: lambda p: float(p["units"])}, num_startup=5),
    )
    study.optimize(objective, n_trials=18)
    late = study.trials[8:]
    assert np.mean([trial.params["units"] <= 8 for trial in late]) > 0.7
    assert np.mean([trial.params["kind"] == "a" for trial in late]) > 0.5


def test_one_objective_and_none_cheap_is_the_ordinary_case() -> None:
    study = optuna.create_study(sampler=CostAwareSampler({}, num_startup=5))
    study.optimize(lambda trial: (trial.suggest_float("x", -1, 1) - 0.4) ** 2, n_trials=18)
    assert study.best_value < 1e-3


def share_of_best(sampler: BaseSampler, count: int) -> float:
    """Return how many of the truly best networks are among the first."""
    names = list(GRID)
    points = {
        (w, d, k): both(dict(zip(names, (w, d, k), strict=True)))
        for w in range(1, 7)
        for d in (1, 2, 4)
        for k in WORTH
    }
    best = {
        key
        for key, (high, low) in points.items()
        if not any(h >= high and c <= low and (h, c) != (high, low) for h, c in points.values())
    }
    asked = {tuple(params[name] for name in names) for params in go(study_of(sampler), count)}
    return len(best & asked) / len(best)


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
        (lambda: CostAwareSampler({0: cost, 1: cost}), "nothing to learn"),
        (lambda: CostAwareSampler({1: lambda _: math.nan}, num_startup=1), "objective 1 gave nan"),
        (
            lambda: CostAwareSampler({1: cost}, constraints=lambda _: [math.nan]),
            "constraints gave nan",
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
    with pytest.raises(StudyError, match=message):
        go(study_of(make()), 3)
