"""The MobileViT block: convolutions for local, a transformer for global structure.

MobileViT (arXiv 2110.02178) §3.1 and Fig. 1b, and the parts of v2 and v3. Axes: B batch,
C channels, H height, W width, D token width. A patch is h×w pixels, P = h·w; the map holds
N = rows·columns patches, R = B·rows, M = columns. S = P·B independent sequences: each pixel
position attends over all patches.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.models.layers import ConvNormAct, TransformerLayer, layer_norm, static_shape
from nasbench_mvit.models.separable import SeparableLayer, map_norm


class MobileViTBlock(nn.Module):
    """Shape-preserving block that ends a stage, of the parts that its spec names.

    A map that the patch does not divide is resized bilinearly up to the next multiple before
    unfolding, and back after folding, as ml-cvnets, timm and transformers do.
    """

    def __init__(self, channels: int, spec: BlockSpec, dropout: float) -> None:
        super().__init__()
        self.patch = spec.patch
        self.fusion, self.residual = spec.fusion, spec.residual
        groups = channels if spec.local == "depthwise" else 1
        self.local = ConvNormAct(channels, channels, spec.kernel, groups=groups)
        self.to_tokens = nn.Conv2d(channels, spec.dim, 1, bias=False)
        self.is_separable = spec.attention == "separable"
        self.layers = nn.Sequential(
            *(
                SeparableLayer(spec.dim, spec.ffn_dim, spec.patch, dropout)
                if self.is_separable
                else TransformerLayer(spec.dim, spec.ffn_dim, spec.heads, dropout)
                for _ in range(spec.depth)
            )
        )
        self.norm = map_norm(spec.dim) if self.is_separable else layer_norm(spec.dim)
        linear = not spec.activation
        # Where the fusion projects, and where there is none, one of the two is absent.
        self.from_tokens = (
            ConvNormAct(spec.dim, channels, 1, linear=linear) if spec.is_projected else None
        )
        beside = spec.dim if spec.fusion == "local" else channels
        tokens = channels if spec.is_projected else spec.dim
        self.fuse = (
            ConvNormAct(
                beside + tokens,
                channels,
                spec.size_of_fusion,
                linear=linear and not spec.is_projected,
            )
            if spec.fusion
            else None
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, C, H, W)."""
        local_BDHW: Tensor = self.to_tokens(self.local(x_BCHW))
        y_BEHW = self._transformed(local_BDHW)  # E is D, or C once projected
        if self.from_tokens is not None:
            y_BEHW = self.from_tokens(y_BEHW)
        if self.fuse is not None:
            beside_BFHW = local_BDHW if self.fusion == "local" else x_BCHW
            y_BEHW = self.fuse(torch.cat((beside_BFHW, y_BEHW), 1))
        return x_BCHW + y_BEHW if self.residual else y_BEHW

    def _transformed(self, x_BDHW: Tensor) -> Tensor:
        _, _, height, width = static_shape(x_BDHW)
        h, w = self.patch
        rows, columns = -(-height // h), -(-width // w)
        y_BDHW = _resize(x_BDHW, rows * h, columns * w)
        if self.is_separable:  # works on the map: only its sums over patches know of patches
            y_BDHW = self.norm(self.layers(y_BDHW))
        else:
            x_SND = self.norm(self.layers(unfold(y_BDHW, self.patch)))
            y_BDHW = fold(x_SND, (rows, columns), self.patch)
        return _resize(y_BDHW, height, width)


def unfold(x_BDHW: Tensor, patch: tuple[int, int]) -> Tensor:
    """Gather the pixels at each position of all patches: (B, D, H, W) to (P·B, N, D).

    The sequences are independent, so the pixel position may come before the batch; images and
    rows of patches then form one axis, and a single permutation of rank 5 suffices. In
    channels-last memory it moves contiguous runs of D.
    """
    batch, dim, height, width = static_shape(x_BDHW)
    h, w = patch
    rows, columns = height // h, width // w
    x_RhMwD = x_BDHW.permute(0, 2, 3, 1).reshape(batch * rows, h, columns, w, dim)
    return x_RhMwD.permute(1, 3, 0, 2, 4).reshape(h * w * batch, rows * columns, dim)


def fold(x_SND: Tensor, grid: tuple[int, int], patch: tuple[int, int]) -> Tensor:
    """Invert ``unfold``: (P·B, N, D) to (B, D, H, W), where ``grid`` is patches (down, across)."""
    sequences, _, dim = static_shape(x_SND)
    (h, w), (rows, columns) = patch, grid
    batch = sequences // (h * w)
    x_hwRMD = x_SND.reshape(h, w, batch * rows, columns, dim)
    x_BHWD = x_hwRMD.permute(2, 0, 3, 1, 4).reshape(batch, rows * h, columns * w, dim)
    return x_BHWD.permute(0, 3, 1, 2)


def _resize(x_BDHW: Tensor, height: int, width: int) -> Tensor:
    if static_shape(x_BDHW)[2:] == (height, width):
        return x_BDHW
    return functional.interpolate(
        x_BDHW, size=(height, width), mode="bilinear", align_corners=False
    )
