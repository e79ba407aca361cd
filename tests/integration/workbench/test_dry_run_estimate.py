"""What a dry run expects of a training beside what it takes, by a clock of which all is known."""

import dataclasses
import itertools
import random
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from fakes import InlineExecutor
from numpy.typing import NDArray
from tiny_training import noise_split, tiny_data, tiny_spec

from nasbench_mvit.architecture.published import published
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.evaluators import proxy as evaluators
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.loop import estimate
from nasbench_mvit.search.loop.estimate import time_training
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.proxy import canvases, loop, training
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import NonFiniteLossError
from nasbench_mvit.training.proxy.stream import Batch

PROXY = ProxyConfig(input_size=32, batch_size=8, steps=80)
UPDATE_S, CANVAS_S, CHECKPOINT_S = 0.3, 0.3 / 3 / PROXY.batch_size, 0.02


class Clock:
    """Stands still but for what the training does, of which each takes up to 30 % longer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        self._now = 0.0
        self._random = random.Random(seed)  # noqa: S311 - noise
        monkeypatch.setattr(time, "perf_counter", lambda: self._now)
        monkeypatch.setattr(canvases, "hits_of", self._hits_of)
        monkeypatch.setattr(training.ProxyTraining, "_update", lambda *_: self._pass(UPDATE_S))
        monkeypatch.setattr(training.ProxyTraining, "save", lambda *_: self._pass(CHECKPOINT_S))

    def _pass(self, seconds: float) -> float:
        self._now += seconds * self._random.uniform(1.0, 1.3)
        return 0.0

    def _hits_of(
        self, _model: object, batches: Iterable[Batch], *_rest: object
    ) -> NDArray[np.bool_]:
        shown = list(batches)
        self._pass(sum(len(batch.canvases) for batch in shown) * CANVAS_S)
        return np.concatenate([batch.counted[batch.counted].numpy() for batch in shown])


def _data(num_val: int) -> ImageData:
    data = tiny_data(PROXY.cell_size)
    return dataclasses.replace(data, val=noise_split(num_val, PROXY.cell_size, 1))


def _evaluator(folder: Path) -> ProxyEvaluator:
    return ProxyEvaluator(
        proxy=PROXY,
        data="",
        data_seed=0,
        cache_dir=folder,
        checkpoint_dir=folder,
        device="cpu",
    )


def _estimate(folder: Path, data: ImageData, monkeypatch: pytest.MonkeyPatch) -> float:
    """Return the seconds a dry run expects of one training."""
    monkeypatch.setattr(evaluators, "_images", lambda *_: data)
    monkeypatch.setattr(estimate, "TIMED_NETWORK", "mobilevit_xxs")
    pace = time_training(_evaluator(folder), InlineExecutor)
    assert pace.start_seconds >= 0
    return pace.seconds_per_mac * count_costs(published("mobilevit_xxs")).macs


@pytest.mark.parametrize("num_val", [60, 400, 5_000])
def test_a_dry_run_expects_what_a_training_takes(
    num_val: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = _data(num_val)
    for seed in range(3):
        Clock(monkeypatch, seed)
        expected = _estimate(tmp_path, data, monkeypatch)
        taken = train_proxy(tiny_spec(), PROXY, data, 0, report=lambda _: None, device="cpu")
        assert expected == pytest.approx(taken.seconds, rel=0.15)


def test_it_grows_with_the_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = []
    for num_val in (60, 400, 5_000):
        Clock(monkeypatch, 0)
        seconds.append(_estimate(tmp_path, _data(num_val), monkeypatch))
    assert all(fewer < more for fewer, more in itertools.pairwise(seconds))


def test_a_real_timing_is_positive_in_every_part(tmp_path: Path) -> None:
    data = _data(3)
    timed = loop.time_proxy(tiny_spec(), PROXY, data, 0, folder=tmp_path, device="cpu")
    assert min(vars(timed).values()) > 0


def test_a_network_that_cannot_be_timed_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(*_: object) -> float:
        raise NonFiniteLossError("loss", step=1, learning_rate=0.1)

    monkeypatch.setattr(training.ProxyTraining, "_update", diverge)
    with pytest.raises(StudyError, match=r"trial run of mobilevit_xxs failed: the loss is not"):
        _estimate(tmp_path, _data(60), monkeypatch)
