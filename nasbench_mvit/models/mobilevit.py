"""Build the network a ``MobileViTSpec`` describes (arXiv 2110.02178, Table 4 and Appendix A).

The names of the modules are the keys of saved weights: renaming one changes the file format.
"""

from torch import Tensor, nn

from nasbench_mvit.architecture.spec import (
    A_SPEC,
    STAGE_STRIDES,
    STEM_STRIDE,
    MobileViTSpec,
    StageSpec,
)
from nasbench_mvit.errors import SpecError, check_type
from nasbench_mvit.models.layers import IMAGE_CHANNELS, ConvNormAct, InvertedResidual, initialise
from nasbench_mvit.models.mobilevit_block import MobileViTBlock


class Stage(nn.Module):
    """MV2 blocks, of which the first has the stage's stride, then maybe a MobileViT block."""

    def __init__(self, in_channels: int, spec: StageSpec, stride: int, dropout: float) -> None:
        super().__init__()
        self.mv2 = nn.Sequential()
        for hidden in spec.hidden(in_channels):
            self.mv2.append(InvertedResidual(in_channels, hidden, spec.channels, stride=stride))
            in_channels, stride = spec.channels, 1
        block = spec.block
        self.block = None if block is None else MobileViTBlock(spec.channels, block, dropout)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, spec.channels, ⌈H/stride⌉, ⌈W/stride⌉)."""
        y_BCHW: Tensor = self.mv2(x_BCHW)
        return y_BCHW if self.block is None else self.block(y_BCHW)


class MobileViT(nn.Module):
    """The network of ``spec``: RGB images of any size to ``num_classes`` logits."""

    def __init__(self, spec: MobileViTSpec, num_classes: int) -> None:
        super().__init__()
        self.stem = ConvNormAct(IMAGE_CHANNELS, spec.stem_channels, 3, stride=STEM_STRIDE)
        self.stages = nn.Sequential(
            *(
                Stage(spec.in_channels(index), stage, stride, spec.dropout)
                for index, (stage, stride) in enumerate(
                    zip(spec.stages, STAGE_STRIDES, strict=True)
                )
            )
        )
        self.head: nn.Module = nn.Identity()
        if spec.head_channels:
            self.head = ConvNormAct(spec.stages[-1].channels, spec.head_channels, 1)
        self.dropout = nn.Dropout(spec.classifier_dropout)
        self.classifier = nn.Linear(spec.feature_channels, num_classes)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return logits (B, num_classes) of images (B, 3, H, W)."""
        features_BCHW: Tensor = self.head(self.stages(self.stem(x_BCHW)))
        logits: Tensor = self.classifier(self.dropout(features_BCHW.mean((2, 3))))
        return logits


def build_model(spec: MobileViTSpec, num_classes: int = 1000) -> nn.Module:
    """Return the network of ``spec`` with freshly initialised weights, in training mode.

    A model takes images of any size (the spec's ``resolution`` is that of deployment, not a limit);
    traced or exported at one size, all shapes of the graph are constants and no
    tensor has a rank above 5.

    Raises:
        SpecError: ``spec`` is not a network, or ``num_classes`` is not a positive whole number.

    >>> import torch
    >>> from nasbench_mvit.architecture.published import published
    >>> model = build_model(published("mobilevit_xxs"), num_classes=10).eval()
    >>> model(torch.zeros(1, 3, 64, 64)).shape
    torch.Size([1, 10])
    """
    check_type(spec, MobileViTSpec, A_SPEC, SpecError)
    check_type(num_classes, int, "`num_classes=` must be a whole number", SpecError)
    if num_classes < 1:
        raise SpecError(f"num_classes must be at least 1, got {num_classes}.")
    model = MobileViT(spec, num_classes)
    model.apply(initialise)
    return model
