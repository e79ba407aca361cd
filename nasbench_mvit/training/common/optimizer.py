"""The optimizers of trainings: AdamW as in the paper (§4.1), and Muon for short trainings."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.999)
FIRST_AND_LAST = ("stem", "patches", "classifier")  # modules whose weights Muon leaves to AdamW


def adamw(
    parameters: Iterable[nn.Parameter] | list[dict[str, Any]], *, weight_decay: float
) -> torch.optim.AdamW:
    """Return AdamW over parameters or groups of them; each update sets its rate first."""
    return torch.optim.AdamW(parameters, betas=BETAS, weight_decay=weight_decay, fused=True)


class MuonWithAdamW(torch.optim.Optimizer):
    """Muon for the matrices of a network, AdamW for everything else, at one rate.

    Muon (K. Jordan et al., 2024) replaces the momentum of a matrix by its nearest orthogonal one,
    so that all directions are learned at the same pace. Its updates are scaled by 0.2·√max(m, n),
    the size of AdamW's (J. Liu et al., arXiv 2502.16982), whose rate and weight decay carry over.
    Matrices are the linear layers and dense convolutions, these flattened to (outputs, inputs ·
    kernel), without the first and the last layer of the network.
    """

    def __init__(
        self, model: nn.Module, *, weight_decay: float, max_kernel: float = math.inf
    ) -> None:
        """Make the optimizer of a network, on whose device it must be already.

        Args:
            model: the network.
            weight_decay: of all parameters, decoupled.
            max_kernel: largest side of the kernel of a convolution that is taken for a matrix.
        """
        weights = {id(weight): weight for weight in _matrices(model, max_kernel)}
        self._weights = list(weights.values())
        # They share their memory with the weights, which Muon cannot take in four dimensions.
        self._flat = [nn.Parameter(_flattened(weight.data, weight)) for weight in self._weights]
        self._muon = torch.optim.Muon(
            self._flat, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
        )
        others = [parameter for parameter in model.parameters() if id(parameter) not in weights]
        self._adamw = adamw(others, weight_decay=weight_decay)
        super().__init__(model.parameters(), {"lr": 0.0})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient, at the rate of the first group."""
        rate = self.param_groups[0]["lr"]
        for flat, weight in zip(self._flat, self._weights, strict=True):
            flat.grad = None if weight.grad is None else _flattened(weight.grad, weight)
        for optimizer in (self._muon, self._adamw):
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step(closure)  # type: ignore[no-untyped-call]

    def state_dict(self) -> dict[str, Any]:
        """Return the states of both."""
        return {"muon": self._muon.state_dict(), "adamw": self._adamw.state_dict()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over the states of both."""
        self._muon.load_state_dict(state_dict["muon"])
        self._adamw.load_state_dict(state_dict["adamw"])


def _matrices(model: nn.Module, max_kernel: float) -> Iterable[nn.Parameter]:
    for name, module in model.named_modules():
        is_matrix = isinstance(module, nn.Linear) or (
            isinstance(module, nn.Conv2d)
            and module.groups == 1
            and max(module.kernel_size) <= max_kernel
        )
        if is_matrix and name.partition(".")[0] not in FIRST_AND_LAST:
            yield module.weight


def _flattened(values: Tensor, weight: Tensor) -> Tensor:
    """Return values laid out as a weight, (outputs, …), as a matrix; of the weight's own a view."""
    if values.ndim == 2:
        return values
    if weight.is_contiguous(memory_format=torch.channels_last):
        values = values.permute(0, 2, 3, 1)
    return values.reshape(len(values), -1)
