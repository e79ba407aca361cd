"""One search over a table: which networks a sampler has trained, in which order."""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import optuna
import pandas as pd

from nasbench_mvit.benchmark.compare import plug_in
from nasbench_mvit.benchmark.compare.problem import DIRECTIONS, Choices, MakeSampler, Problem
from nasbench_mvit.cost_aware import SamplerError
from nasbench_mvit.errors import StudyError

MAX_REPEATS = 4  # known networks in a row, after which a new one is drawn
COLUMNS = ("evaluation", "network", "accuracy", "cost", "seconds", "asks", "ask_s", "share")


def search(
    problem: Problem,
    make_sampler: MakeSampler,
    *,
    seed: int,
    trials: int,
    clock: Callable[[], float] = time.perf_counter,
) -> pd.DataFrame:
    """Let a sampler search a table with a budget of distinct networks.

    A network that was trained before is answered at once and costs nothing, for every sampler
    alike. A sampler that proposes only such networks gets a new one drawn at random, as in a
    search of the workbench. Networks are trained one after another.

    Args:
        problem: the table.
        make_sampler: returns the sampler.
        seed: seed of the sampler.
        trials: distinct networks to train, fewer where there are no more.
        clock: tells the seconds that a sampler takes.

    Returns:
        One row for each network trained, in order: ``evaluation`` counts them from 1, ``seconds``
        the trainings so far, ``asks`` the proposals, ``ask_s`` what these took the sampler,
        ``share`` the hypervolume so far as a share of that of all networks.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(directions=DIRECTIONS, sampler=make_sampler(problem, seed))
    budget = min(trials, len(problem.outcomes))
    rng = np.random.default_rng(seed)
    known: set[Choices] = set()
    rows: list[tuple[object, ...]] = []
    trained_s = asked_s = 0.0
    repeats = 0
    for asks in itertools.count(1):
        if len(known) >= budget:
            break
        if repeats >= MAX_REPEATS:
            study.enqueue_trial(_unknown(problem, known, rng))
        before = clock()
        with _faults(make_sampler):
            trial = study.ask(fixed_distributions=dict(problem.distributions))
        asked_s += clock() - before
        outcome = problem.outcome(trial.params)
        choices = problem.choices(trial.params)
        repeats = repeats + 1 if choices in known else 0
        if not repeats:
            known.add(choices)
            trained_s += outcome.seconds
            name = " ".join(map(str, choices))
            rows.append(
                (len(known), name, outcome.accuracy, outcome.cost, trained_s, asks, asked_s)
            )
        with _faults(make_sampler):
            study.tell(trial, (problem.observed(trial.params, seed), outcome.cost))
    points = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    return points.assign(share=problem.shares(points["accuracy"], points["cost"]))


@contextlib.contextmanager
def _faults(make_sampler: MakeSampler) -> Iterator[None]:
    """Convert the errors of a sampler, whatever one of the user's raises."""
    try:
        if isinstance(make_sampler, plug_in.OwnSampler):
            with plug_in.faults_of(make_sampler.name, "in its sampler", plug_in.SAMPLER):
                yield
        else:
            yield
    except SamplerError as error:
        raise StudyError(str(error)) from None


def _unknown(problem: Problem, known: set[Choices], rng: np.random.Generator) -> dict[str, Any]:
    """Return the parameters of a network that was not trained yet, drawn at random."""
    others = [choices for choices in problem.outcomes if choices not in known]
    return dict(zip(problem.distributions, others[int(rng.integers(len(others)))], strict=True))
