"""Build the network a ``MobileViTSpec`` describes (arXiv 2110.02178, Table 4 and Appendix A).

The names of the modules are the keys of saved weights: renaming one changes the file format.
"""

from collections.abc import Iterable

from torch import Tensor, nn

from nasbench_mvit.architecture.spec import A_SPEC, MobileViTSpec, StageSpec
from nasbench_mvit.architecture.strides import STEM_STRIDE
from nasbench_mvit.errors import SpecError, check_type
from nasbench_mvit.models.backbone import Backbone, Maps, checked_classes, initialised, tapped
from nasbench_mvit.models.heads.build import build_head
from nasbench_mvit.models.layers import IMAGE_CHANNELS, ConvNormAct, InvertedResidual
from nasbench_mvit.models.mobilevit_block import MobileViTBlock


class Stage(nn.Module):
    """MV2 blocks, each of its stride and dilation, then maybe a MobileViT block."""

    def __init__(
        self, in_channels: int, spec: StageSpec, steps: Iterable[tuple[int, int]], dropout: float
    ) -> None:
        super().__init__()
        self.mv2 = nn.Sequential()
        for hidden, (stride, dilation) in zip(spec.hidden(in_channels), steps, strict=True):
            self.mv2.append(
                InvertedResidual(
                    in_channels, hidden, spec.channels, stride=stride, dilation=dilation
                )
            )
            in_channels = spec.channels
        block = spec.block
        self.block = None if block is None else MobileViTBlock(spec.channels, block, dropout)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return (B, spec.channels, ⌈H/stride⌉, ⌈W/stride⌉)."""
        y_BCHW: Tensor = self.mv2(x_BCHW)
        return y_BCHW if self.block is None else self.block(y_BCHW)


class MobileViT(Backbone):
    """The network of ``spec``: RGB images of any size to what its head gives."""

    def __init__(self, spec: MobileViTSpec, num_classes: int) -> None:
        super().__init__()
        self.stem = ConvNormAct(IMAGE_CHANNELS, spec.stem_channels, 3, stride=STEM_STRIDE)
        self.stages = nn.Sequential(
            *(
                Stage(spec.in_channels(index), stage, steps, spec.dropout)
                for index, (stage, steps) in enumerate(zip(spec.stages, spec.steps(), strict=True))
            )
        )
        self.task_head = None
        if spec.task_head is not None:
            channels = (spec.stages[-2].channels, spec.stages[-1].channels)
            self.task_head = build_head(spec.task_head, channels, num_classes)
            return
        self.head: nn.Module = nn.Identity()
        if spec.head_channels:
            self.head = ConvNormAct(spec.stages[-1].channels, spec.head_channels, 1)
        self.dropout = nn.Dropout(spec.classifier_dropout)
        self.classifier = nn.Linear(spec.feature_channels, num_classes)

    def maps(self, x_BCHW: Tensor) -> Maps:
        """Return the maps of stages 3, 4 and 5."""
        return tapped(self.stages, (3, 4, 5), self.stem(x_BCHW))

    def classify(self, maps: Maps) -> Tensor:
        """Return logits (B, num_classes) of the last map."""
        logits: Tensor = self.classifier(self.dropout(self.head(maps[-1]).mean((2, 3))))
        return logits


def build_model(
    spec: MobileViTSpec, num_classes: int | None = None, *, task: str | None = None
) -> nn.Module:
    """Return the network of ``spec`` with freshly initialised weights, in training mode.

    A model takes images of any size (the spec's ``resolution`` is that of deployment, not a limit);
    traced or exported at one size, all shapes of the graph are constants and no
    tensor has a rank above 5. What a model returns depends on its head: ``Backbone.forward``.

    Args:
        spec: the network.
        num_classes: classes, in detection without background; None for 1000 of ImageNet, 80 of
            COCO or 21 of PASCAL VOC with background, by the task.
        task: "classification", "detection" or "segmentation", with the usual head of that task in
            place of one of another task; None for that of the spec.

    Raises:
        SpecError: ``spec`` is not a network, ``num_classes`` is not a positive whole number, or
            there is no such task.

    >>> import torch
    >>> from nasbench_mvit.architecture.published import published
    >>> model = build_model(published("mobilevit_xxs"), num_classes=10).eval()
    >>> model(torch.zeros(1, 3, 64, 64)).shape
    torch.Size([1, 10])
    >>> detector = build_model(published("mobilevit_xxs"), task="detection").eval()
    >>> [tuple(part.shape) for part in detector(torch.zeros(1, 3, 320, 320))]
    [(1, 3232, 4), (1, 3232, 81)]
    """
    check_type(spec, MobileViTSpec, A_SPEC, SpecError)
    if task is not None:
        spec = spec.for_task(task)
    return initialised(MobileViT(spec, checked_classes(num_classes, spec)))
