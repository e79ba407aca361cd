"""Choosing one network of a study."""

import dataclasses

import pytest
from exporting import small_spec
from fakes import curve_of

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.results.choose import best_under, find_trial
from nasbench_mvit.search.study.sections import Limits
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import (
    Evaluation,
    Role,
    State,
    StoredTrial,
    TrialLatency,
    TrialRecord,
)
from nasbench_mvit.training.proxy.result import TrainingResult


def trial(
    number: int,
    *,
    top1: float = 0.5,
    high: float = 5.0,
    state: State = State.COMPLETE,
    reason: str | None = None,
    duplicate_of: int | None = None,
) -> StoredTrial:
    spec = small_spec()
    last = dataclasses.replace(curve_of(spec, 0)[-1], top1=top1)
    result = TrainingResult(curve=(last,), device="cpu", precision="float32")
    complete = state is State.COMPLETE
    record = TrialRecord(
        role=Role.SEARCH,
        spec=spec.to_dict(),
        spec_id=spec.id,
        params=1,
        macs=1,
        latency=TrialLatency(
            ms=high - 1,
            low=high - 2,
            high=high,
            kind="estimated",
            calibrated_on="published",
            extrapolating=False,
            predictor="p",
        ),
        seeds=(0,),
        evaluations=(Evaluation(seed=0, result=result),) if complete else (),
        rejection=reason if state is State.REJECTED else None,
        failure=reason if state is State.FAILED else None,
        duplicate_of=duplicate_of,
        versions={},
    )
    return StoredTrial(number=number, state=state, record=record)


TRIALS = [
    trial(0, top1=0.9, high=9.0),
    trial(1, top1=0.6, high=5.0),
    trial(2, top1=0.6, high=4.0),
    trial(3, top1=0.3, high=3.0),
    trial(4, state=State.REJECTED, reason="too slow"),
    trial(5, state=State.FAILED, reason="the loss is not finite."),
    trial(6, top1=0.9, high=3.0, duplicate_of=0),
    trial(8, state=State.RUNNING),
]
NO_LIMITS = LimitCheck(Limits())


def test_a_trial_is_found_by_its_number() -> None:
    assert find_trial(TRIALS, 3).number == 3


def test_a_repeated_network_stands_for_the_trial_it_repeats() -> None:
    assert find_trial(TRIALS, 6).number == 0


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (7, "there is no trial 7. The nearest complete trials are 0, 1, 2, 3, of 4 in all"),
        (4, "trial 4 is rejected (too slow), so nothing"),
        (5, "trial 5 is failed (the loss is not finite), so nothing"),
        (8, "trial 8 is running, so nothing"),
    ],
)
def test_a_trial_that_is_not_complete_is_refused(number: int, words: str) -> None:
    with pytest.raises(StudyError) as refused:
        find_trial(TRIALS, number)
    assert words in str(refused.value)


def test_the_nearest_alternatives_are_listed() -> None:
    many = [trial(number) for number in range(0, 100, 10)]
    with pytest.raises(StudyError, match="are 20, 30, 40, 50, 60, of 10 in all"):
        find_trial(many, 41)


def test_a_study_without_a_complete_trial_says_so() -> None:
    with pytest.raises(StudyError, match="No trial is complete yet"):
        find_trial(TRIALS[-1:], 8)
    with pytest.raises(StudyError, match="no trial is complete yet"):
        best_under(TRIALS[-1:], NO_LIMITS, 9.0)


@pytest.mark.parametrize(("limit_ms", "number"), [(9.0, 0), (8.99, 2), (4.0, 2), (3.5, 3)])
def test_the_most_accurate_below_a_limit_is_taken_and_of_equals_the_faster(
    limit_ms: float, number: int
) -> None:
    assert best_under(TRIALS, NO_LIMITS, limit_ms).number == number


def test_a_limit_below_the_fastest_names_it() -> None:
    with pytest.raises(StudyError, match=r"the fastest, trial 3, needs 2\.00 ms and up to 3\.00"):
        best_under(TRIALS, NO_LIMITS, 2.5)


def test_a_network_beyond_the_study_s_limits_is_never_the_best() -> None:
    limits = LimitCheck(Limits(latency_ms=4.5))
    assert best_under(TRIALS, limits, 9.0).number == 2
    with pytest.raises(StudyError, match="none of 4 complete networks keeps the study's limits"):
        best_under(TRIALS, LimitCheck(Limits(latency_ms=1.0)), 9.0)


def test_of_networks_equal_in_both_the_earlier_trial_is_the_best() -> None:
    twins = [trial(3, top1=0.6, high=4.0), trial(5, top1=0.6, high=4.0)]
    assert best_under(twins, NO_LIMITS, 9.0).number == 3
