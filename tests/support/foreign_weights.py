"""Weights of MobileViT-XXS under the names of another library."""

import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.foreign_names import modules

XXS = published("mobilevit_xxs")


def xxs(num_classes: int = 2) -> nn.Module:
    torch.manual_seed(0)
    return build_model(XXS, num_classes).eval()


def named_by(source: str, model: nn.Module, spec: MobileViTSpec = XXS) -> dict[str, Tensor]:
    """Return the state dict of a network, by default an XXS, by the names of a source."""
    paths = modules(spec, source)
    renamed: dict[str, Tensor] = {}
    for key, value in model.state_dict().items():
        module, _, leaf = key.rpartition(".")
        parts = value.chunk(len(paths[module])) if value.ndim else [value]
        renamed |= {
            f"{path}.{leaf}": part.clone() for path, part in zip(paths[module], parts, strict=True)
        }
    return renamed
