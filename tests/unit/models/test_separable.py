"""Separable attention against its definition, and the blocks of v2 and v3 part by part."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.published import published
from nasbench_mvit.models.layers import ConvNormAct
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.mobilevit_block import MobileViTBlock
from nasbench_mvit.models.separable import SeparableAttention

CHANNELS, DIM = 6, 4


def perturbed(module: nn.Module) -> nn.Module:
    """Return the module in evaluation mode with statistics that are not the identity."""
    torch.manual_seed(0)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            assert part.running_mean is not None
            assert part.running_var is not None
            part.running_mean.normal_(std=0.2)
            part.running_var.uniform_(0.5, 1.5)
    return module.eval()


def block(**parts: object) -> MobileViTBlock:
    spec = BlockSpec(dim=DIM, depth=1, heads=2, **parts)  # type: ignore[arg-type]
    made = perturbed(MobileViTBlock(CHANNELS, spec, dropout=0.0))
    assert isinstance(made, MobileViTBlock)
    return made


def by_definition(attention: SeparableAttention, x_BDHW: Tensor) -> Tensor:
    """Attend by unfolding: (B, D, P, N), softmax of the query over N, one context for each P."""
    h, w = attention.patch
    _, dim, height, width = x_BDHW.shape
    rows, columns = height // h, width // w
    x_BDPN = functional.unfold(x_BDHW, (h, w), stride=(h, w)).reshape(
        len(x_BDHW), dim, h * w, rows * columns
    )
    q, k, v = attention.qkv(x_BDPN).split((1, dim, dim), 1)
    context = (k * q.softmax(-1)).sum(-1, keepdim=True)
    y_BDPN = attention.proj(functional.relu(v) * context)
    flat = y_BDPN.reshape(len(x_BDHW), dim * h * w, rows * columns)
    return functional.fold(flat, (height, width), (h, w), stride=(h, w))


@pytest.mark.parametrize("patch", [(1, 1), (2, 2), (4, 2)])
def test_attention_is_a_softmax_over_the_patches_at_each_position(patch: tuple[int, int]) -> None:
    torch.manual_seed(1)
    attention = SeparableAttention(DIM, patch)
    images = 3 * torch.randn(2, DIM, 8, 12)
    with torch.no_grad():
        torch.testing.assert_close(attention(images), by_definition(attention, images))


def test_large_scores_stay_finite() -> None:
    attention = SeparableAttention(DIM, (2, 2))
    with torch.no_grad():
        assert attention(1e4 * torch.randn(1, DIM, 8, 8)).isfinite().all()


def test_v2_ends_in_its_projection_without_activation() -> None:
    v2 = block(local="depthwise", attention="separable", fusion=False, activation=False)
    assert v2.fuse is None
    assert v2.from_tokens is not None
    assert v2.from_tokens.linear
    assert v2.local.conv.groups == CHANNELS
    outputs = v2(torch.randn(1, CHANNELS, 8, 8))
    assert (outputs < -0.3).any()  # SiLU has no value below -0.28


def test_v3_joins_the_local_representation_first_and_adds_the_input() -> None:
    v3 = block(local="depthwise", fusion="local", fusion_kernel=1, residual=True)
    assert v3.fuse is not None
    assert v3.from_tokens is not None
    assert tuple(v3.fuse.conv.weight.shape) == (CHANNELS, DIM + CHANNELS, 1, 1)
    x = torch.randn(1, CHANNELS, 8, 8)
    with torch.no_grad():
        local = v3.to_tokens(v3.local(x))
        projected = v3.from_tokens(v3._transformed(local))
        expected = x + v3.fuse(torch.cat((local, projected), 1))
        torch.testing.assert_close(v3(x), expected)


def test_v3_on_v2_projects_by_its_fusion() -> None:
    v3 = block(
        local="depthwise",
        attention="separable",
        fusion="local",
        fusion_kernel=1,
        projection="fused",
        residual=True,
        activation=False,
    )
    assert v3.from_tokens is None
    assert v3.fuse is not None
    assert tuple(v3.fuse.conv.weight.shape) == (CHANNELS, 2 * DIM, 1, 1)
    assert v3.fuse.linear


def test_without_residual_and_fusion_nothing_of_the_input_remains() -> None:
    v2 = block(local="depthwise", attention="separable", fusion=False, activation=False)
    assert v2.from_tokens is not None
    nn.init.zeros_(v2.from_tokens.conv.weight)
    one, other = v2(torch.randn(1, CHANNELS, 8, 8)), v2(torch.randn(1, CHANNELS, 8, 8))
    torch.testing.assert_close(one, other)


def test_a_map_that_the_patch_does_not_divide_is_resized_and_back() -> None:
    v2 = block(local="depthwise", attention="separable", fusion=False, activation=False)
    assert v2.from_tokens is not None
    x = torch.randn(1, CHANNELS, 7, 5)
    with torch.no_grad():
        tokens = v2.to_tokens(v2.local(x))
        up = functional.interpolate(tokens, (8, 6), mode="bilinear", align_corners=False)
        down = functional.interpolate(
            v2.norm(v2.layers(up)), (7, 5), mode="bilinear", align_corners=False
        )
        torch.testing.assert_close(v2(x), v2.from_tokens(down))


def test_v2_has_no_head_convolution() -> None:
    spec = published("mobilevitv2_0.5")
    model = build_model(spec, 7)
    assert spec.head_channels == 0
    assert spec.feature_channels == 256
    assert isinstance(model.head, nn.Identity)
    assert tuple(model.get_parameter("classifier.weight").shape) == (7, 256)


@pytest.mark.parametrize("name", ["mobilevitv2_0.5", "mobilevitv3_xxs", "mobilevitv3_0.5"])
def test_the_parts_can_be_trained(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(published(name), 3)
    loss = functional.cross_entropy(model(torch.rand(4, 3, 64, 64)), torch.tensor([0, 1, 2, 0]))
    loss.backward()  # type: ignore[no-untyped-call]
    for path, parameter in model.named_parameters():
        assert parameter.grad is not None, path
        assert math.isfinite(parameter.grad.norm().item()), path
    assert isinstance(model.stem, ConvNormAct)
