"""MobileNetV2 and DeiT-Tiny against their live twins in transformers, random weights."""

import re
from collections.abc import Mapping

import pytest
import torch
import transformers
from torch import Tensor, nn

from nasbench_mvit.architecture.rival_tables import TABLES, VisionTransformerTable
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.models.networks import build_network

NUM_CLASSES = 20
TOLERANCE = 1e-5  # of the largest logit
SIZES = ((224, 224), (64, 64), (96, 160))


def unsettle(model: nn.Module) -> None:
    """Draw weights that leave no part of the network without effect."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("cls_token", "position_embeddings")):
                parameter.normal_()
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    module.bias.normal_(std=0.2)
            elif isinstance(module, nn.Linear):
                nn.init.xavier_normal_(module.weight)
                module.bias.normal_(std=0.2)
            elif isinstance(module, nn.BatchNorm2d | nn.LayerNorm):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.2)
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.normal_(std=0.2)
                module.running_var.uniform_(0.5, 1.5)


def assert_equal_logits(ours: nn.Module, theirs: nn.Module, **options: bool) -> None:
    for size in SIZES:
        images = torch.rand(2, 3, *size)
        with torch.no_grad():
            expected, actual = theirs(images, **options).logits, ours(images)
        assert (expected[0] - expected[1]).abs().max() > 1e-3 * expected.abs().max()
        assert (actual - expected).abs().max() < TOLERANCE * expected.abs().max(), size


def test_mobilenet_v2_agrees_with_transformers() -> None:
    config = transformers.MobileNetV2Config(
        num_labels=NUM_CLASSES, tf_padding=False, layer_norm_eps=1e-5
    )
    theirs: nn.Module = transformers.MobileNetV2ForImageClassification(config).eval()
    unsettle(theirs)
    ours = build_network(RivalSpec("mobilenet_v2"), NUM_CLASSES).eval()
    # Both hold the same tensors in the order of execution, under other names.
    pairs = zip(ours.state_dict(), theirs.state_dict().values(), strict=True)
    ours.load_state_dict(dict(pairs), strict=True)
    assert_equal_logits(ours, theirs)


def converted(state: Mapping[str, Tensor], depth: int) -> dict[str, Tensor]:
    """Return the tensors of transformers' ViT under our names."""
    names = {
        "layernorm_before": "attention_norm",
        "layernorm_after": "ffn_norm",
        "mlp.fc1": "ffn_expand",
        "mlp.fc2": "ffn_reduce",
        "attention.o_proj": "attention.proj",
    }
    found: dict[str, Tensor] = {}
    for key, value in state.items():
        match = re.fullmatch(r"vit\.layers\.(\d+)\.(.+)\.(weight|bias)", key)
        if match and match[2] in names:
            found[f"layers.{match[1]}.{names[match[2]]}.{match[3]}"] = value
    for layer in range(depth):
        for kind in ("weight", "bias"):
            parts = [state[f"vit.layers.{layer}.attention.{p}_proj.{kind}"] for p in "qkv"]
            found[f"layers.{layer}.attention.qkv.{kind}"] = torch.cat(parts)
    for kind in ("weight", "bias"):
        found[f"patches.{kind}"] = state[f"vit.embeddings.patch_embeddings.projection.{kind}"]
        found[f"norm.{kind}"] = state[f"vit.layernorm.{kind}"]
        found[f"classifier.{kind}"] = state[f"classifier.{kind}"]
    positions_1TD = state["vit.embeddings.position_embeddings"]
    side = round((positions_1TD.shape[1] - 1) ** 0.5)
    found["class_token"] = state["vit.embeddings.cls_token"]
    found["class_position"] = positions_1TD[:, :1]
    batch, _, dim = positions_1TD.shape
    found["positions"] = positions_1TD[:, 1:].transpose(1, 2).reshape(batch, dim, side, side)
    return found


@pytest.mark.parametrize("resolution", [224, 64])
def test_deit_tiny_agrees_with_transformers(resolution: int) -> None:
    table = TABLES["deit_tiny"]
    assert isinstance(table, VisionTransformerTable)
    config = transformers.ViTConfig(
        hidden_size=table.dim,
        num_hidden_layers=table.depth,
        num_attention_heads=table.heads,
        intermediate_size=table.ffn_dim,
        layer_norm_eps=table.norm_eps,
        image_size=resolution,
        patch_size=table.patch,
        num_labels=NUM_CLASSES,
    )
    theirs: nn.Module = transformers.ViTForImageClassification(config).eval()
    unsettle(theirs)
    ours = build_network(RivalSpec("deit_tiny", resolution), NUM_CLASSES).eval()
    ours.load_state_dict(converted(theirs.state_dict(), table.depth), strict=True)
    assert_equal_logits(ours, theirs, interpolate_pos_encoding=True)
