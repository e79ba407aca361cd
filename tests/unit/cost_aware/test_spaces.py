"""Constraints, conditions and mixed parameters under the sampler that looks costs up."""

import math

import numpy as np
import optuna
from cost_aware_grid import GRID, Params, Values, both, cost, go, study_of
from optuna.distributions import BaseDistribution, FloatDistribution

from nasbench_mvit.cost_aware import CostAwareSampler


def affordable(params: Params) -> list[float]:
    return [cost(params) - 9.0]


def test_cheap_constraints_are_kept_while_anything_keeps_them() -> None:
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
