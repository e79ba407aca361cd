"""Build DeiT-Tiny, a plain vision transformer (arXiv 2012.12877, 2010.11929), from its table.

Axes: B batch, C channels, H height, W width, D token width, N patches; T = N + 1 tokens, the
first of which is the class token.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture import rival_tables
from nasbench_mvit.models.layers import IMAGE_CHANNELS, INIT_STD, TransformerLayer, static_shape


class VisionTransformer(nn.Module):
    """The network of a table: RGB images of any size to ``num_classes`` logits.

    It has a position embedding for the patches of ``resolution``. For another grid of patches it is
    resized bicubically, as the authors do for fine-tuning at other sizes. Pixels at the border that
    do not fill a patch are ignored.
    """

    def __init__(
        self, table: rival_tables.VisionTransformerTable, resolution: int, num_classes: int
    ) -> None:
        super().__init__()
        side = resolution // table.patch
        self.patches = nn.Conv2d(IMAGE_CHANNELS, table.dim, table.patch, stride=table.patch)
        self.class_token = nn.Parameter(torch.empty(1, 1, table.dim))
        self.class_position = nn.Parameter(torch.empty(1, 1, table.dim))
        self.positions = nn.Parameter(torch.empty(1, table.dim, side, side))
        self.layers = nn.Sequential(
            *(
                TransformerLayer(
                    table.dim,
                    table.ffn_dim,
                    table.heads,
                    dropout=0.0,
                    activation=functional.gelu,
                    norm_eps=table.norm_eps,
                )
                for _ in range(table.depth)
            )
        )
        self.norm = nn.LayerNorm(table.dim, eps=table.norm_eps)
        self.classifier = nn.Linear(table.dim, num_classes)
        for parameter in (self.class_token, self.class_position, self.positions):
            nn.init.trunc_normal_(parameter, std=INIT_STD)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return logits (B, num_classes) of images (B, 3, H, W)."""
        y_BDHW: Tensor = self.patches(x_BCHW)
        batch, _, height, width = static_shape(y_BDHW)
        positions_1DHW: Tensor = self.positions
        if static_shape(positions_1DHW)[2:] != (height, width):
            positions_1DHW = functional.interpolate(
                positions_1DHW, size=(height, width), mode="bicubic", align_corners=False
            )
        patches_BND = (y_BDHW + positions_1DHW).flatten(2).transpose(1, 2)
        class_B1D = (self.class_token + self.class_position).expand(batch, -1, -1)
        x_BTD = self.layers(torch.cat((class_B1D, patches_BND), 1))
        logits: Tensor = self.classifier(self.norm(x_BTD)[:, 0])
        return logits
