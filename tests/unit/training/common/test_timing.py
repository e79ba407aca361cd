"""Estimates of how long trainings and evaluations take, from timings made up."""

import itertools
import time

import pytest

from nasbench_mvit.training.full.timing import Mark, evaluation_seconds
from nasbench_mvit.training.proxy import timing
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.timing import ProxyTiming, seconds_of

PROXY = ProxyConfig()
COUNTS = (1, 2, 60, 383, 384, 385, 400, 5_000)
TIMED = ProxyTiming(start=2.0, update=0.5, canvas=0.01, checkpoint=0.05)


@pytest.mark.parametrize(
    ("num_val", "canvases"),
    [  # of 4 images each: 7 scores of up to 384 images and one of all
        (60, 7 * 15 + 15),
        (400, 7 * 96 + 100),
        (5_000, 7 * 96 + 1_250),
    ],
)
def test_a_training_takes_as_long_as_its_parts(num_val: int, canvases: int) -> None:
    parts = 2.0 + PROXY.steps * 0.5 + canvases * 0.01 + PROXY.fractions * 0.05
    assert TIMED.training(PROXY, num_val) == pytest.approx(parts, rel=1e-12)
    share = PROXY.steps * 0.5 / parts
    assert TIMED.update_share(PROXY, num_val) == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize("grid", [1, 2, 4])
def test_a_training_never_gets_shorter_by_more_images(grid: int) -> None:
    proxy = ProxyConfig(mosaic_grid=grid)
    seconds = [TIMED.training(proxy, count) for count in COUNTS]
    assert min(seconds) > 0
    assert seconds == sorted(seconds)
    assert TIMED.training(proxy, 60) < TIMED.training(proxy, 400) < TIMED.training(proxy, 5_000)


@pytest.mark.parametrize("part", ["start", "update", "canvas", "checkpoint"])
@pytest.mark.parametrize("num_val", [60, 400, 5_000])
def test_a_part_timed_wrong_moves_the_whole_no_more_than_itself(part: str, num_val: int) -> None:
    """Noise of a timing is never multiplied: it was by 60 where 384 images or fewer validate."""
    for factor in (0.7, 1.5):
        noisy = ProxyTiming(**vars(TIMED) | {part: getattr(TIMED, part) * factor})
        ratio = noisy.training(PROXY, num_val) / TIMED.training(PROXY, num_val)
        assert min(1, factor) <= ratio <= max(1, factor)


START, BATCH, PER_IMAGE = 6.0, 128, 0.004


def _marks(num_images: int, num_batches: int) -> list[Mark]:
    """An evaluation that starts in 6 s and then scores 250 images a second."""
    shown = [min(n * BATCH, num_images) for n in range(1, num_batches + 1)]
    return [
        Mark(START + PER_IMAGE * count, count)
        for count, before in zip(shown, [0, *shown], strict=False)
        if count > before
    ]


@pytest.mark.parametrize("num_batches", [1, 2, 4, 25])
@pytest.mark.parametrize("num_images", [60, 400, 5_000])
def test_an_evaluation_starts_once(num_images: int, num_batches: int) -> None:
    estimated = evaluation_seconds(_marks(num_images, num_batches), num_images)
    if num_batches > 1 or num_images <= BATCH:
        assert estimated == pytest.approx(START + PER_IMAGE * num_images)
    assert estimated > 0


def test_an_evaluation_never_gets_shorter_by_more_images() -> None:
    for num_batches in (1, 2, 4):
        marks = _marks(5_000, num_batches)
        counts = [marks[-1].num_images + more for more in range(0, 5_000, 100)]
        seconds = [evaluation_seconds(marks, count) for count in counts]
        assert min(seconds) > 0
        assert seconds == sorted(seconds)


def test_an_action_is_timed_by_its_median(monkeypatch: pytest.MonkeyPatch) -> None:
    durations = itertools.chain([8.0, 0.25, 0.5, 0.125, 0.25], itertools.repeat(0.25))
    now = 0.0

    def action() -> None:
        nonlocal now
        now += next(durations)

    monkeypatch.setattr(time, "perf_counter", lambda: now)
    assert seconds_of(action) == 0.25
    before = now
    assert seconds_of(action, at_least=1) == 0.25
    assert now - before == timing.LONG_S
