"""Supernet: the shared weights of all networks of a space.

It is a tree of the layers that ``models`` builds for the largest networks, under the names they
have there; layers that differ in kind stand side by side. A network is the module that ``models``
builds for it, with weights cut from these.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SupernetError
from nasbench_mvit.models.backbone import initialised
from nasbench_mvit.models.mobilevit import MobileViT
from nasbench_mvit.supernet.cuts import cut, shared_name
from nasbench_mvit.supernet.initialisation import pass_through


class Supernet(nn.Module):
    """The shared weights; freshly initialised, so that blocks of all kinds pass their input on.

    On the device "meta" it has shapes alone, for weights that are loaded.

    Attributes:
        largest: the networks whose layers it has.
        num_classes: number of logits.
    """

    def __init__(self, largest: Sequence[MobileViTSpec], num_classes: int) -> None:
        super().__init__()
        self.largest, self.num_classes = tuple(largest), num_classes
        for spec in self.largest:
            for name, layer in MobileViT(spec, num_classes).named_modules():
                if next(layer.parameters(recurse=False), None) is not None:
                    self._add(shared_name(name, spec).split("."), layer)
        if not next(self.parameters()).is_meta:
            initialised(self)
            for name, module in self.named_modules():
                if name.endswith(".block"):
                    pass_through(module)

    def _add(self, path: list[str], layer: nn.Module) -> None:
        """Put a layer at its place in the tree, unless one is there."""
        *folders, last = path
        place: nn.Module = self
        for folder in folders:
            if folder not in place._modules:  # noqa: SLF001 - getattr would find methods too
                place.add_module(folder, nn.Module())
            place = place.get_submodule(folder)
        if last not in place._modules:  # noqa: SLF001
            if isinstance(layer, nn.BatchNorm2d):  # each network has statistics of its own
                layer = nn.BatchNorm2d(layer.num_features, track_running_stats=False)
            place.add_module(last, layer)

    def forward(self, x_BCHW: Tensor, spec: MobileViTSpec) -> Tensor:
        """Return the logits (B, num_classes) of a network in training, differentiable.

        Raises:
            SupernetError: it does not hold the network.
        """
        model = self._empty(spec)
        logits: Tensor = functional_call(model, self._state(model, spec), (x_BCHW,), strict=True)
        return logits

    @torch.no_grad()
    def network(self, spec: MobileViTSpec) -> nn.Module:
        """Return a network with copies of its weights, in training mode.

        The running statistics of its batch normalisations are those of a new network.

        Raises:
            SupernetError: it does not hold the network.
        """
        model = self._empty(spec)
        state = {name: value.clone() for name, value in self._state(model, spec).items()}
        model.load_state_dict(state, assign=True)
        return model

    def holds(self, spec: MobileViTSpec) -> bool:
        """Return whether a network can be cut out of it."""
        try:
            self._state(self._empty(spec), spec)
        except SupernetError:
            return False
        return True

    def _empty(self, spec: MobileViTSpec) -> nn.Module:
        """Return the module of a network, without memory."""
        with torch.device("meta"):
            return MobileViT(spec, self.num_classes)

    def _state(self, model: nn.Module, spec: MobileViTSpec) -> dict[str, Tensor]:
        """Return the weights of a network, cut from the shared ones, and new buffers."""
        full, shared = self.largest[0], dict(self.named_parameters())
        device = next(iter(shared.values())).device
        state = {}
        for name, own in model.named_parameters():
            if (key := shared_name(name, spec)) not in shared:
                raise SupernetError(
                    f"the supernet has no {key}, a part of the network. Train a supernet of a "
                    "space that holds the network."
                )
            state[name] = cut(shared[key], name, spec, full, own)
        for name, buffer in model.named_buffers():
            new = torch.ones if name.endswith("running_var") else torch.zeros
            state[name] = new(buffer.shape, dtype=buffer.dtype, device=device)
        return state
