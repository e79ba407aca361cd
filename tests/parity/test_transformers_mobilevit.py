"""The builder and the conversion against the live MobileViT of transformers, random weights."""

from typing import Any

import pytest
import torch
import transformers
from torch import Tensor, nn

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights import convert

NUM_CLASSES = 20
TOLERANCE = 1e-5  # of the largest logit
# At 256 px patches of 2×2 need no resizing; 232 px leads to maps of 29, 15 and 8 pixels.
SIZES = ((256, 256), (232, 232), (200, 264))
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
    torch.manual_seed(0)
    config = transformers.MobileViTConfig(num_labels=NUM_CLASSES, patch_size=patch, **CONFIGS[name])
    model: nn.Module = transformers.MobileViTForImageClassification(config).eval()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
            elif isinstance(module, nn.Linear):
                nn.init.xavier_normal_(module.weight)
                module.bias.normal_(std=0.2)
            elif isinstance(module, nn.BatchNorm2d | nn.LayerNorm):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.2)
            if isinstance(module, nn.BatchNorm2d):
                _as_tensor(module.running_mean).normal_(std=0.2)
                _as_tensor(module.running_var).uniform_(0.5, 1.5)
    return model


def _as_tensor(value: Tensor | None) -> Tensor:
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("name", "patch"), [*((name, 2) for name in BASELINES), ("mobilevit_xxs", 3)]
)
def test_logits_agree_with_transformers(name: str, patch: int) -> None:
    theirs = reference(name, patch)
    ours = build_model(published(name, patches=(patch, patch, patch)), NUM_CLASSES).eval()
    ours.load_state_dict(convert(theirs.state_dict(), "transformers"), strict=True)
    for size in SIZES:
        images = torch.rand(2, 3, *size)
        with torch.no_grad():
            expected, actual = theirs(images).logits, ours(images)
        spread = (expected[0] - expected[1]).abs().max()
        assert spread > 0.01 * expected.abs().max(), "the images should matter"
        error = (actual - expected).abs().max() / expected.abs().max()
        assert error < TOLERANCE, size


def test_a_network_without_classifier_is_refused() -> None:
    state = reference("mobilevit_xxs").state_dict()
    headless = {key: value for key, value in state.items() if not key.startswith("classifier")}
    with pytest.raises(WeightsError, match=r"no key 'classifier\.weight'"):
        convert(headless, "transformers")


def test_a_part_of_query_key_and_value_is_named() -> None:
    state = reference("mobilevit_xxs").state_dict()
    key = "mobilevit.encoder.layer.2.transformer.layer.0.attention.attention.key"
    del state[f"{key}.weight"]
    state[f"{key}.bias"] = torch.zeros(192)
    with pytest.raises(WeightsError) as error:
        convert(state, "transformers")
    assert f"missing: {key}.weight;" in str(error.value)
    assert f"{key}.bias ((192,), needs (64,))" in str(error.value)
