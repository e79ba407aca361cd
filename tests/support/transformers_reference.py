"""The live MobileViT of transformers with random weights, as a reference."""

from collections.abc import Iterable
from typing import Any

import torch
import transformers
from rivals import logits
from torch import Tensor, nn

NUM_CLASSES = 20
TOLERANCE = 1e-5  # of the largest logit
CONFIGS: dict[str, dict[str, Any]] = {
    "mobilevit_s": {
        "hidden_sizes": [144, 192, 240],
        "neck_hidden_sizes": [16, 32, 64, 96, 128, 160, 640],
        "expand_ratio": 4.0,
    },
    "mobilevit_xs": {
        "hidden_sizes": [96, 120, 144],
        "neck_hidden_sizes": [16, 32, 48, 64, 80, 96, 384],
        "expand_ratio": 4.0,
    },
    "mobilevit_xxs": {
        "hidden_sizes": [64, 80, 96],
        "neck_hidden_sizes": [16, 16, 24, 48, 64, 80, 320],
        "expand_ratio": 2.0,
    },
}


def reference(name: str, patch: int = 2) -> nn.Module:
    """Return transformers' network with weights that leave no part of it without effect."""
    config = transformers.MobileViTConfig(num_labels=NUM_CLASSES, patch_size=patch, **CONFIGS[name])
    return _perturbed(transformers.MobileViTForImageClassification(config))


def separable_reference(width: float) -> nn.Module:
    """Return transformers' MobileViTv2 of a width multiplier, likewise."""
    config = transformers.MobileViTV2Config(num_labels=NUM_CLASSES, width_multiplier=width)
    return _perturbed(transformers.MobileViTV2ForImageClassification(config))


def segmenting_reference(name: str, output_stride: int) -> nn.Module:
    """Return transformers' DeepLabv3 on a network of ``CONFIGS``, or on a width of MobileViTv2."""
    common: dict[str, Any] = {"num_labels": NUM_CLASSES, "output_stride": output_stride}
    if name in CONFIGS:
        config = transformers.MobileViTConfig(**common, **CONFIGS[name])
        return _perturbed(transformers.MobileViTForSemanticSegmentation(config))
    wide = transformers.MobileViTV2Config(**common, width_multiplier=float(name))
    return _perturbed(transformers.MobileViTV2ForSemanticSegmentation(wide))


def check_logits(ours: nn.Module, theirs: nn.Module, sizes: Iterable[tuple[int, int]]) -> None:
    """Check that both give the same logits, which the images change, at each size in pixels."""
    for size in sizes:
        images = torch.rand(2, 3, *size)
        with torch.no_grad():
            expected, actual = logits(theirs, images), ours(images)
        spread = (expected[0] - expected[1]).abs().max()
        assert spread > 0.01 * expected.abs().max(), "the images should matter"
        error = (actual - expected).abs().max() / expected.abs().max()
        assert error < TOLERANCE, size


def _perturbed(model: nn.Module) -> nn.Module:
    torch.manual_seed(0)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    module.bias.normal_(std=0.2)
            elif isinstance(module, nn.Linear):
                nn.init.xavier_normal_(module.weight)
                module.bias.normal_(std=0.2)
            elif isinstance(module, nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.2)
            if isinstance(module, nn.BatchNorm2d):
                _as_tensor(module.running_mean).normal_(std=0.2)
                _as_tensor(module.running_var).uniform_(0.5, 1.5)
    return model.eval()


def _as_tensor(value: Tensor | None) -> Tensor:
    assert value is not None
    return value
