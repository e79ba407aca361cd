"""Initialise the blocks of a supernet so that each approximates the identity.

Parts of different kinds are drawn independently, so that each would pass on its own mixture of the
channels, the layers after them would have to learn from all at once, and no network learns for
hundreds of updates. Where the tokens are narrower than the stage, they pass on a projection.
Axes: C channels of a stage, D features of a token, I inputs, k side of a kernel.
"""

import torch
from torch import Tensor, nn

RANDOM = 0.3  # what is left of random weights beside the part that passes the input on


@torch.no_grad()
def pass_through(block: nn.Module) -> None:
    """Set the convolutions of a supernet's MobileViT block so that it passes its input on.

    Tokens are orthogonal mixtures of the channels, and the way back is their transpose; the local
    convolution and the fusion add the identity, at the centre of their kernels, to ``RANDOM`` times
    the weights that they have.

    Args:
        block: the block, with parts of any kinds.
    """
    to_tokens_DC11 = block.get_parameter("to_tokens.weight")
    mixture_DC = nn.init.orthogonal_(torch.empty(to_tokens_DC11.shape[:2]))
    to_tokens_DC11.copy_(mixture_DC[..., None, None])
    of_map, of_tokens = torch.eye(len(mixture_DC.T)), mixture_DC.T
    for name, convolution in block.named_modules():
        match name.split("."):
            case ["local", kind, "conv"]:
                of_each = of_map.sum(1, keepdim=True)
                _add(convolution, of_each if kind == "depthwise" else of_map)
            case ["from_tokens", _, "conv"]:
                convolution.get_parameter("weight").copy_(of_tokens[..., None, None])
            case ["fuse", kind, "conv"]:
                beside = of_tokens if kind.startswith("fusion_local") else of_map
                after = of_tokens if kind.endswith("fused") else of_map
                _add(convolution, torch.cat((beside, after), 1))


def _add(convolution: nn.Module, passed_CI: Tensor) -> None:
    """Add what passes inputs on to the centre of the random kernel of a convolution."""
    kernel_CIkk = convolution.get_parameter("weight")
    centre = kernel_CIkk.shape[-1] // 2
    kernel_CIkk.mul_(RANDOM)[:, :, centre, centre] += passed_CI
