"""A detector as it is deployed: boxes and probabilities in place of offsets and logits.

Axes: B images, N anchors, C classes without background.
"""

from torch import Tensor, nn

from nasbench_mvit.models.heads.anchors import anchors, decode


class Decoded(nn.Module):
    """A detector for images of one ``size``, (height, width), without suppression."""

    anchors: Tensor

    def __init__(self, model: nn.Module, size: tuple[int, int]) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("anchors", anchors(*size))

    def forward(self, x_BCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Return corners (B, N, 4) in shares of the image and probabilities (B, N, C)."""
        offsets_BN4, logits_BNK = self.model(x_BCHW)
        boxes_BN4 = decode(offsets_BN4, self.anchors).clamp(0, 1)
        return boxes_BN4, logits_BNK.softmax(-1)[..., 1:]
