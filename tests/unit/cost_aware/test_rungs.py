"""Rungs of a plain Optuna study with several objectives."""

import math

import optuna
import pytest
from optuna.study import StudyDirection

from nasbench_mvit.cost_aware import FrontRungs, SamplerError

DIRECTIONS = [StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE]


def stops(values: list[list[float]], *, reduction: float = 3.0, fail: int | None = None) -> bool:
    """Return whether the last of some trials at a rung stops there."""
    study = optuna.create_study(directions=DIRECTIONS)
    rungs = FrontRungs(reduction=reduction)
    answer = False
    for number, each in enumerate(values):
        trial = study.ask()
        rungs.report(trial, each, step=1)
        answer = rungs.should_prune(trial)
        if number == fail:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
    return answer


@pytest.mark.parametrize(("values", "expected"), [
    ([[0.1, 9.0]], False),  # the first
    ([[0.9, 1.0], [0.1, 9.0]], True),  # dominated by one of two
    ([[0.9, 5.0], [0.1, 1.0]], False),  # on the front: it is the fastest
    ([[0.9, 5.0], [0.95, 9.0]], False),  # on the front: it is the best
    ([[0.9, 1.0], [0.2, 2.0], [0.2, 2.0], [0.2, 2.0]], False),  # 1 of 4 is better, 1 in 3 may be
    ([[0.9, 1.0], [0.8, 0.5], [0.2, 2.0]], True),  # 2 of 3 are better
    ([[0.9, 1.0], [math.nan, 9.0]], True),  # not a number is the worst
])  # fmt: skip
def test_the_rule(values: list[list[float]], expected: bool) -> None:
    assert stops(values) == expected


def test_failed_trials_stop_nobody() -> None:
    assert stops([[0.9, 1.0], [0.1, 9.0]])
    assert not stops([[0.9, 1.0], [0.1, 9.0]], fail=0)


def test_rungs_are_apart_and_kept_in_the_storage() -> None:
    storage = optuna.storages.InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="a", directions=DIRECTIONS)
    good, bad = study.ask(), study.ask()
    FrontRungs().report(good, [0.9, 1.0], step=1)
    FrontRungs().report(bad, [0.1, 9.0], step=2)
    assert not FrontRungs().should_prune(bad)  # alone at its rung
    again = optuna.load_study(storage=storage, study_name="a")
    late = again.ask()
    FrontRungs().report(late, [0.1, 9.0], step=1)
    assert FrontRungs().should_prune(late)
    assert not FrontRungs().should_prune(again.ask())  # which has reported nothing


def test_what_makes_no_sense_is_refused() -> None:
    trial = optuna.create_study(directions=DIRECTIONS).ask()
    with pytest.raises(SamplerError, match=r"`values=` must hold the 2 objectives.*got 1"):
        FrontRungs().report(trial, [0.5], step=1)
    for reduction in (1.0, 0.5, math.nan):
        with pytest.raises(SamplerError, match="`reduction=` must be above 1"):
            FrontRungs(reduction=reduction)
