import dataclasses
import math

import pytest
import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
from nasbench_mvit.errors import SpecError
from nasbench_mvit.models.layers import InvertedResidual, TransformerLayer
from nasbench_mvit.models.mobilevit import build_model

S = published("mobilevit_s")
BATCH_NORM = 2  # parameters a channel


def num_params(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def with_blocks(spec: MobileViTSpec, **changes: object) -> MobileViTSpec:
    """Return ``spec`` with each of its MobileViT blocks changed."""
    stages = tuple(
        stage
        if stage.block is None
        else dataclasses.replace(stage, block=dataclasses.replace(stage.block, **changes))  # type: ignore[arg-type]
        for stage in spec.stages
    )
    return dataclasses.replace(spec, stages=stages)


def block_channels(spec: MobileViTSpec) -> list[int]:
    return [stage.channels for stage in spec.stages if stage.block is not None]


@pytest.mark.parametrize("name", BASELINES)
def test_published_networks_have_exactly_their_parameters(name: str) -> None:
    assert num_params(build_model(published(name))) == FIGURES[name].params


def test_without_fusion_the_last_convolution_is_gone() -> None:
    removed = sum(9 * 2 * c * c + BATCH_NORM * c for c in block_channels(S))
    without = num_params(build_model(with_blocks(S, fusion=False)))
    assert without == FIGURES["mobilevit_s"].params - removed
    assert round(without / 1e6, 2) == 4.66


@pytest.mark.parametrize(("kernel", "millions"), [(1, 4.35), (5, 8.04)])
def test_kernel_applies_to_both_dense_convolutions(kernel: int, millions: float) -> None:
    added = sum((kernel**2 - 9) * (c * c + 2 * c * c) for c in block_channels(S))
    params = num_params(build_model(with_blocks(S, kernel=kernel)))
    assert params == FIGURES["mobilevit_s"].params + added
    assert round(params / 1e6, 2) == millions


def test_every_knob_reaches_the_network() -> None:
    block = BlockSpec(dim=20, depth=2, patch=(1, 3), ffn_ratio=1.5, heads=5, kernel=5)
    plain = StageSpec(channels=8, expansion=1.0, mv2_depth=2)
    spec = MobileViTSpec(
        stem_channels=12,
        stages=(StageSpec(channels=10, block=block), plain, plain, plain, plain),
        head_expansion=3.0,
        dropout=0.25,
        classifier_dropout=0.5,
    )
    model = build_model(spec, num_classes=7)
    shapes = {name: tuple(value.shape) for name, value in model.named_parameters()}
    assert shapes["stem.conv.weight"] == (12, 3, 3, 3)
    assert shapes["stages.0.mv2.0.depthwise.conv.weight"] == (48, 1, 3, 3)
    assert shapes["stages.0.block.local.conv.weight"] == (10, 10, 5, 5)
    assert shapes["stages.0.block.fuse.conv.weight"] == (10, 20, 5, 5)
    assert shapes["stages.0.block.layers.1.attention.qkv.weight"] == (60, 20)
    assert shapes["stages.0.block.layers.1.ffn_expand.weight"] == (30, 20)
    assert "stages.0.block.layers.2.ffn_expand.weight" not in shapes
    assert shapes["stages.4.mv2.1.expand.conv.weight"] == (8, 8, 1, 1)
    assert shapes["head.conv.weight"] == (24, 8, 1, 1)
    assert shapes["classifier.weight"] == (7, 24)
    dropouts = {name: module.p for name, module in model.named_modules()
                if isinstance(module, nn.Dropout)}  # fmt: skip
    assert dropouts.pop("dropout") == 0.5
    assert set(dropouts.values()) == {0.25}
    assert model(torch.randn(2, 3, 64, 64)).shape == (2, 7)


def test_heads_split_the_width_of_a_token() -> None:
    torch.manual_seed(0)
    one, four = TransformerLayer(8, 16, 1, 0.0), TransformerLayer(8, 16, 4, 0.0)
    four.load_state_dict(one.state_dict())
    x = torch.randn(2, 5, 8)
    assert not torch.allclose(one(x), four(x))


def test_dropout_acts_on_both_residual_branches_and_only_in_training() -> None:
    layer = TransformerLayer(8, 16, 2, 1.0)
    x = torch.randn(3, 4, 8)
    assert torch.equal(layer.train()(x), x)
    assert not torch.allclose(layer.eval()(x), x)


@pytest.mark.parametrize(
    ("channels", "stride", "residual"), [((8, 8), 1, True), ((8, 8), 2, False), ((8, 12), 1, False)]
)
def test_mv2_adds_its_input_iff_the_shapes_agree(
    channels: tuple[int, int], stride: int, *, residual: bool
) -> None:
    block = InvertedResidual(channels[0], 16, channels[1], stride=stride)
    assert isinstance(block.project.norm, nn.BatchNorm2d)
    nn.init.zeros_(block.project.norm.weight)  # silences the branch
    x = torch.randn(2, channels[0], 6, 6)
    expected = x if residual else torch.zeros(2, channels[1], 6 // stride, 6 // stride)
    assert torch.equal(block(x), expected)


def test_mv2_projects_without_activation() -> None:
    block = InvertedResidual(8, 16, 12, stride=1)
    y = block(torch.randn(4, 8, 6, 6))
    assert y.mean().abs() < 1e-6  # straight out of batch normalisation


def test_initialisation_is_that_of_ml_cvnets() -> None:
    torch.manual_seed(0)
    for name, module in build_model(S).named_modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.out_channels * math.prod(module.kernel_size)
            _assert_spread(module.weight, math.sqrt(2 / fan_out), name)
        elif isinstance(module, nn.Linear):
            _assert_spread(module.weight, 0.02, name)
            assert not module.bias.any(), name
        elif isinstance(module, nn.BatchNorm2d | nn.LayerNorm):
            assert module.eps == 1e-5
            assert (module.weight == 1).all(), name
            assert not module.bias.any(), name
        if isinstance(module, nn.BatchNorm2d):
            assert module.momentum == 0.1


def _assert_spread(weight: Tensor, std: float, name: str) -> None:
    error = 1 / math.sqrt(2 * weight.numel())  # relative standard error of a standard deviation
    assert weight.std().item() == pytest.approx(std, rel=5 * error), name
    assert abs(weight.mean().item()) < 5 * std / math.sqrt(weight.numel()), name


@pytest.mark.parametrize("num_classes", [0, -3])
def test_a_network_needs_classes(num_classes: int) -> None:
    with pytest.raises(SpecError, match=f"at least 1, got {num_classes}"):
        build_model(S, num_classes)
