"""The MobileViT block: convolutions for local, a transformer for global structure.

MobileViT (arXiv 2110.02178) §3.1 and Fig. 1b. Axes: B batch, C channels, H height, W width,
D token width. A patch is h×w pixels, P = h·w; the map holds N = rows·columns patches, R = B·rows,
M = columns. S = P·B independent sequences: each pixel position attends over all patches.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture.spec import BlockSpec
from nasbench_mvit.models.layers import LAYER_NORM_EPS, ConvNormAct, TransformerLayer, static_shape


class MobileViTBlock(nn.Module):
    """Shape-preserving block that ends a stage.

    A map that the patch does not divide is resized bilinearly up to the next multiple before
    unfolding, and back after folding, as ml-cvnets, timm and transformers do.
    """

    def __init__(self, channels: int, spec: BlockSpec, dropout: float) -> None:
        super().__init__()
        self.patch = spec.patch
        self.local = ConvNormAct(channels, channels, spec.kernel)
        self.to_tokens = nn.Conv2d(channels, spec.dim, 1, bias=False)
        self.layers = nn.Sequential(
            *(
                TransformerLayer(spec.dim, spec.ffn_dim, spec.heads, dropout)
                for _ in range(spec.depth)
            )
        )
        self.norm = nn.LayerNorm(spec.dim, eps=LAYER_NORM_EPS)
        self.from_tokens = ConvNormAct(spec.dim, channels, 1)
        # Without fusion there is no last convolution at all, as in ml-cvnets and timm.
        self.fuse = ConvNormAct(2 * channels, channels, spec.kernel) if spec.fusion else None

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, C, H, W)."""
        y_BDHW: Tensor = self.to_tokens(self.local(x_BCHW))
        _, _, height, width = static_shape(y_BDHW)
        h, w = self.patch
        rows, columns = -(-height // h), -(-width // w)
        x_SND = unfold(_resize(y_BDHW, rows * h, columns * w), self.patch)
        x_SND = self.norm(self.layers(x_SND))
        y_BDHW = _resize(fold(x_SND, (rows, columns), self.patch), height, width)
        y_BCHW: Tensor = self.from_tokens(y_BDHW)
        if self.fuse is None:
            return y_BCHW
        fused_BCHW: Tensor = self.fuse(torch.cat((x_BCHW, y_BCHW), 1))
        return fused_BCHW


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
