"""What is said of results that say less than they seem to."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
from driving import study
from exporting import small_spec
from fakes import curve_of

from nasbench_mvit.search.results.cautions import Kind, cautions
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import (
    Evaluation,
    Role,
    State,
    StoredTrial,
    TrialLatency,
    TrialRecord,
)
from nasbench_mvit.training.images.validation_images import ENOUGH_IMAGES, ValidationImages
from nasbench_mvit.training.proxy.result import TrainingResult

REFERENCE = {"top1": 0.1, "latency_ms": 10.0}


def trial(number: int, top1: float, ms: float, num_images: int) -> StoredTrial:
    spec = small_spec()
    last = dataclasses.replace(curve_of(spec, 0)[-1], top1=top1, num_images=num_images)
    record = TrialRecord(
        role=Role.SEARCH,
        spec=spec.to_dict(),
        spec_id=f"{number:016x}",
        params=1,
        macs=1,
        latency=TrialLatency(
            ms=ms,
            low=ms,
            high=ms,
            kind="measured",
            calibrated_on="here",
            extrapolating=False,
            predictor="p",
        ),
        seeds=(0,),
        evaluations=(
            Evaluation(
                seed=0, result=TrainingResult(curve=(last,), device="cpu", precision="float32")
            ),
        ),
        versions={},
    )
    return StoredTrial(number=number, state=State.COMPLETE, record=record)


def kinds(
    top1: list[float],
    *,
    ms: float = 5.0,
    noise: float = float("nan"),
    num_images: int = 5000,
    errors: tuple[float, ...] = (),
) -> set[Kind]:
    config = study(reference=REFERENCE)
    trials = [trial(n, value, ms + 0.1 * n, num_images) for n, value in enumerate(top1)]
    summary: Summary = summarise(trials, config, LimitCheck(config.limits))
    document = SimpleNamespace(
        name="p",
        do_not_use=None,
        rough=None,
        parent=SimpleNamespace(name="q"),
        rows=[SimpleNamespace(left_out_error=error) for error in errors],
    )
    predictor: Any = SimpleNamespace(document=document) if errors else None
    found = cautions(dataclasses.replace(summary, noise=noise), predictor)
    assert not any(caution.text.endswith(".") for caution in found)
    return {caution.kind for caution in found}


GOOD = [0.2, 0.5, 0.7]


def test_nothing_is_said_of_what_is_well() -> None:
    assert kinds(GOOD, noise=0.02, errors=(0.1, -0.2, 0.05)) == set()
    assert kinds([]) == set()


@pytest.mark.parametrize(
    ("top1", "noise", "expected"),
    [
        ([0.995, 0.99, 1.0], float("nan"), {Kind.CEILING, Kind.REFERENCE_FAR}),
        ([0.55, 0.56, 0.57], 0.02, {Kind.NOISE, Kind.REFERENCE_FAR}),
        ([0.55, 0.56, 0.57], 0.005, {Kind.REFERENCE_FAR}),
        ([0.11, 0.16], 0.5, set()),  # two networks have no spread to speak of
        ([0.05, 0.01], float("nan"), {Kind.REFERENCE_UNBEATEN}),
    ],
)
def test_accuracies_that_tell_nothing_apart(
    top1: list[float], noise: float, expected: set[Kind]
) -> None:
    assert kinds(top1, noise=noise) == expected


def test_networks_slower_than_the_reference_point_do_not_surpass_it() -> None:
    assert kinds(GOOD, ms=11.0) == {Kind.REFERENCE_UNBEATEN}


@pytest.mark.parametrize("num_images", [60, ENOUGH_IMAGES - 1, ENOUGH_IMAGES])
def test_few_images_are_those_that_are_few_before_a_search(num_images: int) -> None:
    expected = {Kind.FEW_IMAGES} if ValidationImages(num_images).are_few else set()
    assert kinds(GOOD, num_images=num_images) == expected


@pytest.mark.parametrize(
    ("errors", "is_said"),
    [((0.3, -0.3), True), ((0.26,), True), ((0.24, -0.25), False), ((0.6, 0.0, 0.0), False)],
)
def test_a_predictor_that_misses_by_more_than_a_quarter(
    errors: tuple[float, ...], *, is_said: bool
) -> None:
    assert (kinds(GOOD, errors=errors) == {Kind.PREDICTOR}) is is_said
