import dataclasses

import pytest
import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.inference import fuse_norms
from nasbench_mvit.models.mobilevit import build_model

TOLERANCE = 1e-5  # of the largest logit


def trained(spec: MobileViTSpec) -> nn.Module:
    """Return a network of which no normalisation is the identity."""
    torch.manual_seed(0)
    model = build_model(spec, 10)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.2)
        for _ in range(3):
            model(torch.rand(4, 3, 64, 64))
    return model


def images() -> Tensor:
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_fusing_keeps_the_logits(name: str, memory_format: torch.memory_format) -> None:
    model = trained(published(name)).to(memory_format=memory_format)  # type: ignore[call-overload]
    x = images().contiguous(memory_format=memory_format)
    fused = fuse_norms(model)
    with torch.no_grad():
        expected, actual = model.eval()(x), fused(x)
    assert (actual - expected).abs().max() < TOLERANCE * expected.abs().max()


def test_no_batch_normalisation_is_left() -> None:
    model = trained(published("mobilevit_xxs"))
    fused = fuse_norms(model)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fused.modules())
    assert not fused.training
    assert not any(parameter.requires_grad for parameter in fused.parameters())


def test_the_model_stays_as_it_is() -> None:
    model = trained(published("mobilevit_xxs"))
    before = {key: value.clone() for key, value in model.state_dict().items()}
    fuse_norms(model)
    assert model.training
    assert all(parameter.requires_grad for parameter in model.parameters())
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[key], before[key]) for key in before)


def test_fusing_twice_changes_nothing() -> None:
    fused = fuse_norms(trained(published("mobilevit_xxs")))
    with torch.no_grad():
        assert torch.equal(fuse_norms(fused)(images()), fused(images()))


@pytest.mark.filterwarnings("ignore:`torch.jit.trace:DeprecationWarning")
def test_a_fused_network_can_be_traced_and_exported() -> None:
    xxs = published("mobilevit_xxs")
    fused, x = fuse_norms(trained(dataclasses.replace(xxs, resolution=64))), images()
    traced = torch.jit.trace(fused, x)  # type: ignore[no-untyped-call]
    exported = torch.export.export(fused, (x,))
    with torch.no_grad():
        torch.testing.assert_close(traced(x), fused(x))
        torch.testing.assert_close(exported.module()(x), fused(x))
