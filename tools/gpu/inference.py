"""Milliseconds of a batch on the device, of networks whose iPhone latency is published too."""

from typing import Any

import torch
from gpu.plan import Plan, network_named
from torch import nn

from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.rivals import RIVAL_FIGURES
from nasbench_mvit.models.inference import fuse_norms
from nasbench_mvit.models.networks import build_network
from nasbench_mvit.training.common.device import place
from nasbench_mvit.training.proxy.timing import seconds_of

MS = 1000.0


def inference(plan: Plan) -> dict[str, Any]:
    """Return the times of each network in float32 and, where another is used, in that format."""
    placement = place()
    formats = dict.fromkeys((torch.float32, placement.autocast or torch.float32))
    return {
        "batch": plan.batch,
        "rows": [
            _timed(name, plan.batch, placement.device, number)
            for number in formats
            for name in plan.timed
        ],
    }


@torch.inference_mode()
def _timed(name: str, batch: int, device: torch.device, number: torch.dtype) -> dict[str, Any]:
    """Return the median time of a batch; norms are fused into convolutions."""
    network = network_named(name)
    model = nn.utils.convert_conv2d_weight_memory_format(
        fuse_norms(build_network(network)).to(device), torch.channels_last
    )
    images = torch.rand(batch, 3, network.resolution, network.resolution).to(
        device, memory_format=torch.channels_last
    )

    def show() -> None:
        with torch.autocast(device.type, number, enabled=number is not torch.float32):
            logits = model(images)
        logits.cpu()  # waits for the device

    seconds_of(show)  # the first runs choose kernels
    return {
        "network": name,
        "resolution": network.resolution,
        "precision": str(number).removeprefix("torch."),
        "ms": MS * seconds_of(show),
        "iphone12_ms_published": (FIGURES | RIVAL_FIGURES)[name].latency_ms,
    }
