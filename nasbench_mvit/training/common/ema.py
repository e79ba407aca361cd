"""An exponential moving average of a network, as MobileViT's authors evaluate (Table 7).

As in ml-cvnets ``cvnets/misc/averaging_utils.py`` the average starts at the initial weights, takes
in every optimizer update and includes the buffers: the running statistics of batch normalisation
are averaged like weights.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn


class MovingAverage:
    """The average ``a ← decay · a + (1 - decay) · w`` of all weights and buffers of a network.

    Attributes:
        model: a network of its own with the averaged values, in evaluation mode.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start at the values of ``model``.

        Args:
            model: the network that will be trained; it is left as it is.
            decay: the share the average keeps at each update, 0 up to 1; 0 follows the network.
                The paper's 0.9995 looks back over some 1 / (1 - decay) = 2,000 updates, of the
                375,000 there are: a shorter training needs a smaller one.

        Raises:
            ValueError: the decay is below 0 or not below 1.
        """
        if not 0 <= decay < 1:
            raise ValueError(f"an average keeps a share of 0 up to 1 of itself, got {decay}.")
        self.model = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)
        self._decay = decay

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Update the average with the values of ``model`` after an optimizer step.

        Integer counters are copied, not averaged.
        """
        averages: list[Tensor] = []
        values: list[Tensor] = []
        current = model.state_dict()
        for name, average in self.model.state_dict().items():
            if average.is_floating_point():
                averages.append(average)
                values.append(current[name])
            else:
                average.copy_(current[name])
        torch._foreach_lerp_(averages, values, 1 - self._decay)

    def state_dict(self) -> dict[str, Any]:
        """Return the state that a checkpoint holds."""
        return self.model.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what a checkpoint holds."""
        self.model.load_state_dict(state)
