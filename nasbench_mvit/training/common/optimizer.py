"""The optimizer of every training: AdamW as in the paper (§4.1)."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

BETAS = (0.9, 0.999)


def adamw(
    parameters: Iterable[nn.Parameter] | list[dict[str, Any]], *, weight_decay: float
) -> torch.optim.AdamW:
    """Return AdamW over parameters or groups of them; each update sets its rate first."""
    return torch.optim.AdamW(parameters, betas=BETAS, weight_decay=weight_decay, fused=True)
