"""Weights of MobileViT-XXS under the names of another library."""

import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights import convert

XXS = published("mobilevit_xxs")


def xxs(num_classes: int = 2) -> nn.Module:
    torch.manual_seed(0)
    return build_model(XXS, num_classes).eval()


def named_by(source: str, model: nn.Module, spec: MobileViTSpec = XXS) -> dict[str, Tensor]:
    """Return the state dict of a network, by default an XXS, by the names of a source."""
    return convert.named_by(source, model.state_dict(), spec)
