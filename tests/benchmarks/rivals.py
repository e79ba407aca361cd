"""The networks that are compared: ours and those of other projects, and what runs them alike.

transformers keeps its layout by default; the memory format ``channels_last``, in which this
project trains, is one call more for its users, so both are measured. timm is measured where it
imports: its dependency torchvision is served as a CUDA build, whose library does not load beside a
CPU torch, and declaring the operators it then misses is enough for what MobileViT needs.
"""

import dataclasses
import functools
import importlib
import sys
from collections.abc import Iterator
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.models.mobilevit import build_model

SHORT_NAMES = {
    "mobilevit_s": "S",
    "mobilevit_xs": "XS",
    "mobilevit_xxs": "XXS",
    "mobilevitv2_0.5": "v2-0.5",
    "mobilevitv2_1.0": "v2-1.0",
}
V2 = "mobilevitv2_"
TIMM = "timm in channels_last"

_NMS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def ours(name: str, **changes: Any) -> nn.Module:
    """Return the published network of this project in ``channels_last``, with other fields."""
    return in_channels_last(build_model(dataclasses.replace(published(name), **changes)))


def peers(name: str) -> Iterator[tuple[str, nn.Module]]:
    """Yield the same network of other projects, under the name it is reported by."""
    timm = live_timm()  # first: transformers, too, imports a torchvision that is there
    yield "transformers", _transformers(name)
    yield "transformers in channels_last", in_channels_last(_transformers(name))
    if timm is not None:
        yield TIMM, in_channels_last(timm.create_model(_timm_name(name)))


def in_channels_last(model: nn.Module) -> nn.Module:
    """Return the module with its convolutions' weights in that memory format."""
    converted: nn.Module = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return converted


def images_for(model: nn.Module, batch: int, pixels: int) -> Tensor:
    """Return random images in the memory format of the model's convolutions."""
    images = torch.rand(batch, 3, pixels, pixels, generator=torch.Generator().manual_seed(0))
    weight = next(m.weight for m in model.modules() if isinstance(m, nn.Conv2d))
    if weight.is_contiguous():
        return images
    return images.contiguous(memory_format=torch.channels_last)


def logits(model: nn.Module, images: Tensor) -> Tensor:
    """Return the logits, which transformers wraps."""
    output: Any = model(images)
    result: Tensor = getattr(output, "logits", output)
    return result


def _timm_name(name: str) -> str:
    """Return timm's name of a network: it writes v2's widths in hundredths."""
    if not name.startswith(V2):
        return name
    return f"{V2}{round(100 * float(name.removeprefix(V2))):03}"


def _transformers(name: str) -> nn.Module:
    """Return the network of transformers, with the widths, ratio and dropout of ours."""
    return _transformers_v2(name) if name.startswith(V2) else _transformers_v1(name)


def _transformers_v2(name: str) -> nn.Module:
    config = transformers.MobileViTV2Config(
        num_labels=1000,
        width_multiplier=float(name.removeprefix(V2)),
        classifier_dropout_prob=published(name).classifier_dropout,
    )
    model: nn.Module = transformers.MobileViTV2ForImageClassification(config)
    return model


def _transformers_v1(name: str) -> nn.Module:
    spec = published(name)
    channels = [stage.channels for stage in spec.stages]
    config = transformers.MobileViTConfig(
        num_labels=1000,
        hidden_sizes=[stage.block.dim for stage in spec.stages if stage.block is not None],
        neck_hidden_sizes=[spec.stem_channels, *channels, spec.head_channels],
        expand_ratio=spec.stages[0].expansion,
        hidden_dropout_prob=spec.dropout,
        classifier_dropout_prob=spec.classifier_dropout,
    )
    model: nn.Module = transformers.MobileViTForImageClassification(config)
    return model


@functools.cache
def live_timm() -> Any:
    """Return timm, or None, with a word on stderr, where it does not import."""
    try:
        return importlib.import_module("timm")
    except ImportError as error:
        sys.stderr.write(f"timm is left out: {error}\n")
        return None
    except RuntimeError:  # torchvision's library did not load and its operators are unknown
        for operator in ("nms", "qnms"):
            torch.library.define(f"torchvision::{operator}", _NMS)
        return importlib.import_module("timm")
