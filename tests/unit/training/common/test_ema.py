"""The moving average of a network: the formula, the buffers, a checkpoint."""

import pytest
import torch
from torch import nn

from nasbench_mvit.training.common.ema import MovingAverage

DECAY = 0.9


def _network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))


def _step(model: nn.Module, seed: int) -> None:
    """Change weights and running statistics."""
    torch.manual_seed(seed)
    model.train()(torch.rand(8, 3, 4, 4))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter))


def test_average_of_weights_and_buffers_is_the_geometric_sum() -> None:
    model = _network()
    average = MovingAverage(model, DECAY)
    states = [{key: value.clone() for key, value in model.state_dict().items()}]
    for seed in range(3):
        _step(model, seed)
        average.update(model)
        states.append({key: value.clone() for key, value in model.state_dict().items()})
    shares = [DECAY**3, *(DECAY ** (3 - step) * (1 - DECAY) for step in (1, 2, 3))]
    assert sum(shares) == pytest.approx(1)
    for key, value in average.model.state_dict().items():
        if value.is_floating_point():
            expected = sum(share * state[key] for share, state in zip(shares, states, strict=True))
            torch.testing.assert_close(value, expected)
        else:
            assert value == states[-1][key]


def test_model_is_neither_changed_nor_shared() -> None:
    model = _network()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    average = MovingAverage(model, DECAY)
    assert model.training
    assert not average.model.training
    assert not any(parameter.requires_grad for parameter in average.model.parameters())
    average.update(model)
    _step(average.model, 0)
    for key, value in model.state_dict().items():
        assert torch.equal(value, before[key])


def test_decay_of_nothing_follows_the_model() -> None:
    model = _network()
    average = MovingAverage(model, 0.0)
    _step(model, 0)
    average.update(model)
    for key, value in model.state_dict().items():
        assert torch.equal(average.model.state_dict()[key], value)


def test_state_goes_on_to_the_same_bits() -> None:
    model = _network()
    first = MovingAverage(model, DECAY)
    _step(model, 0)
    first.update(model)
    second = MovingAverage(_network(), DECAY)
    second.load_state_dict(first.state_dict())
    _step(model, 1)
    for average in (first, second):
        average.update(model)
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key])


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_decay_outside_its_range_is_refused(decay: float) -> None:
    with pytest.raises(ValueError, match="share of 0 up to 1"):
        MovingAverage(_network(), decay)
