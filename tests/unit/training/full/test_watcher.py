"""Reports and results as plain data."""

import dataclasses
import math
import pickle

import numpy as np
import pytest

from nasbench_mvit.training.proxy.result import (
    FinalResult,
    FractionReport,
    NonFiniteLossError,
    TrainingResult,
)


def _report(top1: float, num_images: int, *, seconds: float = 1.0) -> FractionReport:
    return FractionReport(
        fraction=1.0,
        step=8,
        top1=top1,
        num_images=num_images,
        train_loss=2.0,
        seconds=seconds,
        cpu_seconds=2 * seconds,
    )


def test_result_is_read_off_the_last_report() -> None:
    curve = (_report(0.2, 100), _report(0.8, 5000, seconds=30.0))
    result = TrainingResult(curve=curve, device="cpu", precision="float32")
    assert (result.top1, result.num_images) == (0.8, 5000)
    assert (result.seconds, result.cpu_seconds) == (30.0, 60.0)
    assert result.top1_standard_error == pytest.approx(math.sqrt(0.8 * 0.2 / 5000))


def test_divergence_survives_the_way_between_processes() -> None:
    error = NonFiniteLossError("loss", step=7, learning_rate=0.5)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (copy.quantity, copy.step, copy.learning_rate) == ("loss", 7, 0.5)
    assert str(copy) == str(error) == "the loss is not finite at step 7, learning rate 0.5."


@pytest.mark.parametrize("num_images", [1, 8, 13])
def test_hits_are_packed_and_come_back(num_images: int) -> None:
    training = TrainingResult(curve=(_report(0.5, 10),), device="cpu", precision="float32")
    hits = np.random.default_rng(0).random(num_images) < 0.5
    result = FinalResult.of(training, hits)
    assert result.unpacked().tolist() == hits.tolist()
    assert result.test_top1 == hits.mean()
    assert (result.top1, result.num_test_images) == (0.5, num_images)
    with pytest.raises(ValueError, match="do not hold"):
        dataclasses.replace(result, num_test_images=num_images + 8).unpacked()
