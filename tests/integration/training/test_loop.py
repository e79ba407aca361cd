"""The whole training of a very small network: reports, resuming, repeating, diverging."""

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_training import NUM_VAL, PROXY, tiny_data, tiny_spec
from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy import training
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, NonFiniteLossError, TrainingResult


class StoppedError(Exception):
    """Stands for whatever ends a training from outside."""


def _ignore(_: FractionReport) -> None:
    return


def _train(
    path: Path | None = None,
    *,
    seed: int = 0,
    proxy: ProxyConfig = PROXY,
    report: Callable[[FractionReport], None] = _ignore,
) -> TrainingResult:
    return train_proxy(
        tiny_spec(),
        proxy,
        tiny_data(proxy.cell_size),
        seed,
        report=report,
        checkpoint_path=path,
        device="cpu",
    )


def _scores(result: TrainingResult) -> list[tuple[float, float]]:
    return [(report.top1, report.train_loss) for report in result.curve]


def _stop_after(step: int) -> Callable[[FractionReport], None]:
    def report(done: FractionReport) -> None:
        if done.step == step:
            raise StoppedError

    return report


def test_reports_come_at_equal_fractions_and_the_last_scores_everything() -> None:
    seen: list[FractionReport] = []
    result = _train(report=seen.append)
    assert tuple(seen) == result.curve
    parts = PROXY.fractions
    assert [r.fraction for r in seen] == [part / parts for part in range(1, parts + 1)]
    assert [r.step for r in seen] == [PROXY.step_after(part) for part in range(1, parts + 1)]
    assert [r.num_images for r in seen] == [PROXY.interim_images] * (parts - 1) + [NUM_VAL]
    assert all(0 <= r.top1 <= 1 and np.isfinite(r.train_loss) for r in seen)
    seconds = [r.seconds for r in seen]
    assert seconds == sorted(seconds)
    assert (result.device, result.precision) == ("cpu", "float32")


@pytest.mark.parametrize("layout", ["grid", "scattered"])
@pytest.mark.parametrize("grid", [1, 2])
def test_it_learns_what_can_be_learned(grid: int, layout: Literal["grid", "scattered"]) -> None:
    proxy = ProxyConfig(
        mosaic_grid=grid,
        layout=layout,
        input_size=32,
        steps=120,
        batch_size=16,
        learning_rate=0.01,
        dropout=0.0,
    )
    spec = dataclasses.replace(tiny_spec(), head_expansion=8.0)
    result = train_proxy(spec, proxy, tiny_data(proxy.cell_size), 0, report=_ignore, device="cpu")
    assert result.top1 > 0.8  # chance is 0.5
    assert result.curve[-1].train_loss < result.curve[0].train_loss


def test_same_seed_same_bits_another_seed_others() -> None:
    first, again, other = _train(seed=1), _train(seed=1), _train(seed=2)
    assert _scores(first) == _scores(again)
    assert _scores(first) != _scores(other)


@pytest.mark.parametrize("part", [1, 5, 8])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path: Path, part: int) -> None:
    whole, cut = tmp_path / "whole.pt", tmp_path / "cut.pt"
    expected = _train(whole)
    with pytest.raises(StoppedError):
        _train(cut, report=_stop_after(PROXY.step_after(part)))
    seen: list[FractionReport] = []
    resumed = _train(cut, report=seen.append)
    assert _scores(resumed) == _scores(expected)
    assert tuple(seen) == resumed.curve
    weights = [torch.load(path, weights_only=True)["tensors"]["model"] for path in (whole, cut)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


RICH = PROXY.model_copy(
    update={"ema_decay": 0.8, "input_sizes": (32, 40, 48), "final_rate_fraction": 0.1}
)


def test_an_average_and_drawn_sizes_resume_to_the_same_bits(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.pt", tmp_path / "cut.pt"
    expected = _train(whole, proxy=RICH)
    with pytest.raises(StoppedError):
        _train(cut, proxy=RICH, report=_stop_after(RICH.step_after(3)))
    assert _scores(_train(cut, proxy=RICH)) == _scores(expected)
    states = [torch.load(path, weights_only=True)["tensors"] for path in (whole, cut)]
    for part in ("model", "average"):
        assert all(torch.equal(states[0][part][n], states[1][part][n]) for n in states[0][part])
    assert any(not torch.equal(v, states[0]["average"][n]) for n, v in states[0]["model"].items())


def test_dropout_of_the_recipe_replaces_that_of_the_network() -> None:
    without = dataclasses.replace(tiny_spec(), dropout=0.0, classifier_dropout=0.0)
    proxy = PROXY.model_copy(update={"dropout": 0.0})
    data = tiny_data(PROXY.cell_size)
    expected = train_proxy(without, PROXY, data, 0, report=_ignore, device="cpu")
    assert _scores(_train(proxy=proxy)) == _scores(expected)
    assert _scores(_train()) != _scores(expected)


def test_an_average_that_keeps_nothing_is_the_network_itself() -> None:
    follows = _train(proxy=PROXY.model_copy(update={"ema_decay": 0.0}))
    assert _scores(follows) == _scores(_train())


def test_time_before_an_interruption_counts(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    first = _train(path)
    again = _train(path)
    assert again.curve == first.curve


def test_checkpoint_of_another_seed_is_ignored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.pt"
    _train(path, seed=1)
    with caplog.at_level(logging.WARNING):
        result = _train(path, seed=0)
    assert "another training" in caplog.text
    assert _scores(result) == _scores(_train(seed=0))


def test_checkpoint_whose_weights_do_not_fit_is_ignored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.pt"
    with pytest.raises(StoppedError):
        _train(path, report=_stop_after(PROXY.step_after(3)))
    content = torch.load(path, weights_only=True)
    del content["tensors"]["optimizer"]
    torch.save(content, path)
    with caplog.at_level(logging.WARNING):
        result = _train(path)
    assert "does not fit" in caplog.text
    assert _scores(result) == _scores(_train())


def test_random_state_of_the_caller_is_untouched() -> None:
    before = torch.random.get_rng_state()
    _train()
    assert torch.equal(torch.random.get_rng_state(), before)


class _Poisoned(nn.Module):
    """A network whose output turns infinite after some calls in one mode."""

    def __init__(self, model: nn.Module, *, calls: int, while_training: bool) -> None:
        super().__init__()
        self.model = model
        self.left = calls
        self.while_training = while_training

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.model(x)
        if self.training is self.while_training:
            self.left -= 1
        return y / 0 if self.left < 0 else y


@pytest.mark.parametrize(
    ("while_training", "quantity", "step"), [(True, "loss", 3), (False, "validation output", 6)]
)
def test_divergence_is_told_with_its_step(
    monkeypatch: pytest.MonkeyPatch, while_training: bool, quantity: str, step: int
) -> None:
    calls = step if while_training else 2  # one validation batch a part

    def poisoned(spec: MobileViTSpec, num_classes: int) -> nn.Module:
        return _Poisoned(build_model(spec, num_classes), calls=calls, while_training=while_training)

    monkeypatch.setattr(training, "build_network", poisoned)
    with pytest.raises(NonFiniteLossError) as caught:
        _train()
    assert (caught.value.quantity, caught.value.step) == (quantity, step)


class _PoisonedGradient(nn.Module):
    """A network with a finite output and an infinite gradient."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.model(x)
        return y + self.bias.abs().sqrt() - self.bias.abs().sqrt()[0] * y.detach().sign()


def test_infinite_gradient_is_told_before_it_reaches_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        training,
        "build_network",
        lambda spec, num_classes: _PoisonedGradient(build_model(spec, num_classes)),
    )
    with pytest.raises(NonFiniteLossError, match="the gradient is not finite at step 0"):
        _train()


def test_a_folder_of_photographs_trains_through_the_same_code(tmp_path: Path) -> None:
    for name, colour in (("apple", (200, 20, 20)), ("pear", (20, 200, 20))):
        (tmp_path / name).mkdir()
        for index in range(10):
            Image.new("RGB", (40 + index, 50), colour).save(tmp_path / name / f"{index}.png")
    proxy = ProxyConfig(mosaic_grid=1, input_size=32, steps=8, batch_size=4)
    data = open_images(f"imagefolder:{tmp_path}", cell_size=proxy.cell_size)
    result = train_proxy(tiny_spec(), proxy, data, 0, report=_ignore, device="cpu")
    assert result.num_images == len(data.val) == 4
    assert np.isfinite(result.curve[-1].train_loss)


def test_images_of_another_size_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="images of 32 px do not fill cells of 16"):
        train_proxy(tiny_spec(), PROXY, tiny_data(32), 0, report=_ignore)


def test_steps_that_do_not_divide_evenly_are_all_done() -> None:
    proxy = PROXY.model_copy(update={"steps": 19})
    assert _train(proxy=proxy).curve[-1].step == 19
