"""Which entries of a shared weight belong to a network: the places along each of its axes.

Axes begin with a network's own entries, kernels have them at their centre, and what a layer
concatenates or splits (queries, keys and values; the two inputs of a fusion; heads) is cut part by
part. The names are those of ``models``.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SupernetError

SPATIAL = 2  # from this axis on, the sides of a kernel
OF_HEAD = {True: "head", False: "stage5"}  # what a classifier stands on


def shared_name(name: str, spec: MobileViTSpec) -> str:
    """Return the name in a supernet of a network's layer or weight.

    Layers of other kinds have weights of their own: a part of the name says which kind.
    """
    first, *rest = name.split(".")
    if first == "classifier":
        return ".".join((first, OF_HEAD[bool(spec.head_channels)], *rest))
    block = _block(name, spec)
    if block is None:
        return name
    stage, _, part, *inner = rest
    kinds = {
        "local": block.local,
        "layers": block.attention,
        "norm": block.attention,
        "from_tokens": f"fusion_{block.fusion}",
        "fuse": f"fusion_{block.fusion}_{block.projection}",
    }
    kind = (kinds[part],) if part in kinds else ()
    return ".".join((first, stage, "block", part, *kind, *inner))


def cut(shared: Tensor, name: str, spec: MobileViTSpec, full: MobileViTSpec, own: Tensor) -> Tensor:
    """Return the part of a shared weight that belongs to a network, differentiable.

    Args:
        shared: the weight.
        name: name of the weight in the network.
        spec: the network.
        full: a largest network, which has ``shared`` whole.
        own: a tensor of the shape that the network's weight has.

    Raises:
        SupernetError: the network's is larger.
    """
    if any(mine > whole for mine, whole in zip(own.shape, shared.shape, strict=True)):
        raise SupernetError(
            f"the supernet has {name} of shape {tuple(shared.shape)} at most, and the network "
            f"needs {tuple(own.shape)}. Train a supernet of a space that holds the network."
        )
    for axis, (length, whole) in enumerate(zip(own.shape, shared.shape, strict=True)):
        if length == whole:
            continue
        if (places := _places(name, axis, spec, full)) is not None:
            shared = shared.index_select(axis, places.to(shared.device))
        else:
            start = (whole - length) // 2 if axis >= SPATIAL else 0
            shared = shared.narrow(axis, start, length)
    return shared


def _block(name: str, spec: MobileViTSpec) -> BlockSpec | None:
    """Return the MobileViT block that a layer is in, None for others."""
    first, *rest = name.split(".")
    return spec.stages[int(rest[0])].block if first == "stages" and rest[1] == "block" else None


def _places(name: str, axis: int, spec: MobileViTSpec, full: MobileViTSpec) -> Tensor | None:
    """Return the places along an axis that holds several parts, None for any other axis."""
    own, whole = _block(name, spec), _block(name, full)
    if own is None or whole is None:
        return None
    if (axis, name.endswith(("qkv.weight", "qkv.bias"))) == (0, True):
        if own.attention == "separable":
            return _joined([(1, 1), (own.dim, whole.dim), (own.dim, whole.dim)])
        of_heads = _heads(own.dim, own.heads, whole.dim)
        return torch.cat([of_heads + part * whole.dim for part in range(3)])
    if (axis, name.endswith("proj.weight"), own.attention) == (1, True, "softmax"):
        return _heads(own.dim, own.heads, whole.dim)
    if (axis, name.endswith("fuse.conv.weight")) == (1, True):
        stage = int(name.split(".")[1])
        channels = spec.stages[stage].channels, full.stages[stage].channels
        dims = own.dim, whole.dim
        beside = dims if own.fusion == "local" else channels
        return _joined([beside, channels if own.is_projected else dims])
    return None


def _joined(parts: Iterable[tuple[int, int]]) -> Tensor:
    """Return the places of the first entries of parts in a row: how many of how many in each."""
    places, start = [], 0
    for length, whole in parts:
        places.append(torch.arange(start, start + length))
        start += whole
    return torch.cat(places)


def _heads(dim: int, heads: int, whole: int) -> Tensor:
    """Return the places of the tokens' features of all heads: each begins at its share of all."""
    starts = torch.arange(heads) * whole // heads
    return (starts[:, None] + torch.arange(dim // heads)).flatten()
