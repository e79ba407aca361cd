"""Separable self-attention of MobileViTv2 (arXiv 2206.02680 §3), on the map without unfolding.

Axes: B batch, D token width, H height, W width; a patch is h×w pixels, and the map holds
rows·columns = N patches. The pixels at one position of all patches attend together: every linear
layer is a 1×1 convolution of the map, and only two sums run over the patches, so that nothing has
N² numbers, no tensor is permuted and none has a rank above 5.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.models.layers import LAYER_NORM_EPS, PixelLinear, static_shape

ROWS, COLUMNS = 1, 3  # the axes of the patches in a map of rank 5


class MapNorm(nn.GroupNorm):
    """Normalisation of a map over all its channels and pixels together.

    Without the base's check of the size, which a trace would take for a part of the network.
    """

    def forward(self, x_BDHW: Tensor) -> Tensor:
        """Return (B, D, H, W)."""
        return torch.group_norm(x_BDHW, self.num_groups, self.weight, self.bias, self.eps)


def map_norm(dim: int) -> nn.GroupNorm:
    """Return the normalisation of a map of ``dim`` channels."""
    return MapNorm(1, dim, eps=LAYER_NORM_EPS)


class SeparableAttention(nn.Module):
    """A context for each position of a patch, by which every value there is multiplied.

    One projection gives for each pixel a score, a key and a value. The softmax of the scores over
    the patches weighs the keys; their sum, the context, multiplies the rectified values.
    """

    def __init__(self, dim: int, patch: tuple[int, int]) -> None:
        super().__init__()
        self.patch, self.dim = patch, dim
        self.qkv = PixelLinear(dim, 1 + 2 * dim)
        self.proj = PixelLinear(dim, dim)

    def forward(self, x_BDHW: Tensor) -> Tensor:
        """Attend over the patches; (B, D, H, W) in and out, H and W whole patches."""
        batch, _, height, width = static_shape(x_BDHW)
        h, w = self.patch
        grid = (height // h, h, width // w, w)
        q_B1HW, k_BDHW, v_BDHW = self.qkv(x_BDHW).split((1, self.dim, self.dim), 1)
        q_BRhMw = q_B1HW.reshape(batch, *grid)
        weights_BRhMw = (q_BRhMw - q_BRhMw.amax((ROWS, COLUMNS), keepdim=True)).exp()
        total_B1h1w = weights_BRhMw.sum((ROWS, COLUMNS), keepdim=True)
        weights_B1HW = (weights_BRhMw / total_B1h1w).reshape(batch, 1, height, width)
        keys_XRhMw = (k_BDHW * weights_B1HW).reshape(batch * self.dim, *grid)
        context_X1h1w = keys_XRhMw.sum((ROWS, COLUMNS), keepdim=True)
        values_XRhMw = functional.relu(v_BDHW).reshape(batch * self.dim, *grid)
        y_BDHW = (values_XRhMw * context_X1h1w).reshape(batch, self.dim, height, width)
        out_BDHW: Tensor = self.proj(y_BDHW)
        return out_BDHW


class SeparableLayer(nn.Module):
    """Pre-norm transformer layer on a map: separable attention, then 1×1 convolutions with SiLU.

    Dropout acts after the attention projection and after the second feed-forward layer.
    """

    def __init__(self, dim: int, ffn_dim: int, patch: tuple[int, int], dropout: float) -> None:
        super().__init__()
        self.attention_norm = map_norm(dim)
        self.attention = SeparableAttention(dim, patch)
        self.ffn_norm = map_norm(dim)
        self.ffn_expand = PixelLinear(dim, ffn_dim)
        self.ffn_reduce = PixelLinear(ffn_dim, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x_BDHW: Tensor) -> Tensor:
        """Return (B, D, H, W)."""
        x_BDHW = x_BDHW + self.dropout(self.attention(self.attention_norm(x_BDHW)))
        hidden_BFHW = functional.silu(self.ffn_expand(self.ffn_norm(x_BDHW)))
        y_BDHW: Tensor = x_BDHW + self.dropout(self.ffn_reduce(hidden_BFHW))
        return y_BDHW
