"""Muon beside AdamW: what each of them moves, and that a training resumes exactly."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture.published import published
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.training.common.optimizer import MuonWithAdamW

RATE, DECAY = 0.01, 0.1


def network() -> nn.Module:
    torch.manual_seed(0)
    model = build_model(published("mobilevitv2_0.5"), 3)
    return nn.utils.convert_conv2d_weight_memory_format(model, torch.channels_last)


def learn(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int, seed: int = 1) -> None:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE
        images = torch.rand(4, 3, 64, 64, generator=generator)
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(images), torch.tensor([0, 1, 2, 0])).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def rms(change: Tensor) -> float:
    return float(change.square().mean().sqrt())


def test_an_update_of_a_matrix_is_orthogonal_and_of_adamw_s_size() -> None:
    model = network()
    optimizer = MuonWithAdamW(model, weight_decay=0.0)
    layer = "stages.2.block.layers.0.ffn_expand.weight"
    before = model.get_parameter(layer).detach().clone()
    learn(model, optimizer, 1)
    change = (model.get_parameter(layer).detach() - before).flatten(1) / RATE
    values = torch.linalg.svdvals(change) / (0.2 * max(change.shape) ** 0.5)
    assert ((values > 0.4) & (values < 1.4)).all()  # five steps of Newton and Schulz
    assert rms(change) == pytest.approx(0.2, rel=0.3)


def test_the_first_and_last_layer_and_vectors_move_as_by_adamw() -> None:
    ours, theirs = network(), network()
    learn(ours, MuonWithAdamW(ours, weight_decay=DECAY), 1)
    learn(theirs, torch.optim.AdamW(theirs.parameters(), weight_decay=DECAY), 1)
    others = dict(theirs.named_parameters())
    same = {
        name for name, value in ours.named_parameters()
        if torch.allclose(value, others[name], atol=1e-7)
    }  # fmt: skip
    matrices = {
        name for name, value in ours.named_parameters()
        if value.ndim > 1 and value[0].numel() > 9 and not name.startswith(("stem", "classifier"))
    }  # fmt: skip
    assert same == {*others} - matrices
    assert {"stem.conv.weight", "classifier.weight", "stages.0.mv2.0.depthwise.conv.weight"} <= same


def test_kernels_beyond_the_largest_move_as_by_adamw() -> None:
    ours, theirs = network(), network()
    learn(ours, MuonWithAdamW(ours, weight_decay=DECAY, max_kernel=1), 1)
    learn(theirs, torch.optim.AdamW(theirs.parameters(), weight_decay=DECAY), 1)
    others = dict(theirs.named_parameters())
    kernels = {name for name, value in ours.named_parameters() if value.shape[3:] > (1,)}
    assert kernels
    for name, value in ours.named_parameters():
        by_adamw = torch.allclose(value, others[name], atol=1e-7)
        is_matrix = value.ndim > 1 and name not in kernels and not name.startswith("classifier")
        assert by_adamw != is_matrix, name


def test_weights_decay_at_the_same_rate() -> None:
    model = network()
    optimizer = MuonWithAdamW(model, weight_decay=DECAY)
    weight = model.get_parameter("stages.3.block.to_tokens.weight")
    before = weight.detach().clone()
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    for group in optimizer.param_groups:
        group["lr"] = RATE
    optimizer.step()
    torch.testing.assert_close(weight.detach(), before * (1 - RATE * DECAY))


def test_a_training_resumes_exactly() -> None:
    whole = network()
    optimizer = MuonWithAdamW(whole, weight_decay=DECAY)
    learn(whole, optimizer, 2)
    state = copy.deepcopy((whole.state_dict(), optimizer.state_dict()))
    learn(whole, optimizer, 2, seed=2)
    resumed = network()
    other = MuonWithAdamW(resumed, weight_decay=DECAY)
    resumed.load_state_dict(state[0])
    other.load_state_dict(state[1])
    learn(resumed, other, 2, seed=2)
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, rtol=0, atol=0, msg=name)
