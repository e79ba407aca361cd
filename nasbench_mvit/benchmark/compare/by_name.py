"""Samplers and problems by name, or by ``MODULE:NAME`` of a module of the user's."""

import dataclasses
import warnings
from collections.abc import Callable, Mapping

from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, GPSampler

from nasbench_mvit.benchmark.compare import (
    hpolib,
    nasbench201,
    nasbench_macro,
    own_table,
    plug_in,
)
from nasbench_mvit.benchmark.compare.problem import MakeSampler, Problem
from nasbench_mvit.benchmark.compare.ridge import RidgeSampler
from nasbench_mvit.cost_aware import CostAwareSampler
from nasbench_mvit.errors import StudyError, listed, unknown
from nasbench_mvit.search.samplers.by_name import make_sampler

TOP1, COST = 0, 1  # of the objectives; the cost is known without a trial
WITH_PRIOR = "cost_aware_prior"
NOISY = "_noisy"  # ending of the name of a problem whose trainings are observed with noise
_LOADERS: Mapping[str, Callable[[str], Problem]] = {
    **dict.fromkeys(own_table.TABLES, own_table.load),
    **dict.fromkeys(nasbench201.SETS, nasbench201.load),
    **dict.fromkeys(nasbench_macro.SETS, nasbench_macro.load),
    **dict.fromkeys(hpolib.SETS, hpolib.load),
}
PROBLEMS = tuple(_LOADERS)


def load_problem(name: str) -> Problem:
    """Return the problem of that name; that of a user's module is called by its location.

    Raises:
        StudyError: there is none.
        TableError: its data are missing or damaged.
    """
    if plug_in.is_plug_in(name):
        problem = plug_in.load(name)
        if not isinstance(problem, Problem):
            raise StudyError(f"{name} is {type(problem).__name__}. {plug_in.PROBLEM}")
        with plug_in.faults_of(name, "when it was read", plug_in.PROBLEM):
            problem = dataclasses.replace(problem, name=name)
            is_useful = problem.digest and problem.best_hypervolume > 0
        if not is_useful:
            raise StudyError(
                f"no network of {name} is better than its reference point, accuracy "
                f"{problem.worst_accuracy:g} and cost {problem.worst_cost:g}. Give a worse one."
            )
        return problem
    plain = name.removesuffix(NOISY)
    if plain not in PROBLEMS:
        raise StudyError(unknown("benchmark", plain, PROBLEMS))
    return dataclasses.replace(_LOADERS[plain](plain), name=name, is_noisy=plain != name)


def _cost_aware(problem: Problem, seed: int) -> BaseSampler:
    return CostAwareSampler({COST: problem.cost}, seed=seed, reference=problem.reference)


def _untold(problem: Problem, seed: int) -> BaseSampler:
    return CostAwareSampler({COST: problem.cost}, seed=seed)


def _learnt(problem: Problem, seed: int) -> BaseSampler:
    return CostAwareSampler({}, seed=seed, reference=problem.reference)


def _with_prior(problem: Problem, seed: int) -> BaseSampler:
    if problem.make_estimates is None:
        raise StudyError(
            f"the sampler {WITH_PRIOR} starts from what other trainings say of each network, and "
            f"of {problem.name} none are known. Compare it on {listed(own_table.TABLES)}."
        )
    return CostAwareSampler(
        {COST: problem.cost},
        seed=seed,
        reference=problem.reference,
        estimates={TOP1: problem.estimate},
    )


def _gp(problem: Problem, seed: int) -> BaseSampler:
    del problem
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return GPSampler(seed=seed)


def _by_name(name: str) -> MakeSampler:
    return lambda problem, seed: make_sampler(name, seed)  # noqa: ARG005 - knows no problem


SAMPLER_MAKERS: Mapping[str, MakeSampler] = {
    "random": _by_name("random"),
    "nsga2": _by_name("nsga2"),
    "tpe": _by_name("tpe"),
    "gp": _gp,
    "cost_aware": _cost_aware,
    "cost_aware_untold": _untold,
    "cost_aware_learnt": _learnt,
    WITH_PRIOR: _with_prior,
    "ridge": lambda problem, seed: RidgeSampler(problem, seed, reference=problem.reference),
    "ridge_untold": lambda problem, seed: RidgeSampler(problem, seed, reference=None),
}


def find_sampler(name: str) -> MakeSampler:
    """Return a function that makes the sampler of that name, from a problem and a seed.

    Raises:
        StudyError: there is none, or it is not such a function.
    """
    if plug_in.is_plug_in(name):
        return plug_in.OwnSampler(name, plug_in.load(name))
    if name not in SAMPLER_MAKERS:
        raise StudyError(unknown("sampler", name, SAMPLER_MAKERS))
    return SAMPLER_MAKERS[name]
