"""Build the head of a task on the maps of a backbone."""

from torch import nn

from nasbench_mvit.architecture.heads import SSDLiteHead, TaskHead
from nasbench_mvit.models.heads.deeplabv3 import DeepLabv3
from nasbench_mvit.models.heads.ssdlite import SSDLite


def build_head(head: TaskHead, channels: tuple[int, int], num_classes: int) -> nn.Module:
    """Return the module of a head, with weights yet to be initialised.

    Args:
        head: its data.
        channels: widths of the maps of stages 4 and 5.
        num_classes: classes, in detection without background.
    """
    if isinstance(head, SSDLiteHead):
        return SSDLite(head, channels, num_classes)
    return DeepLabv3(head, channels[-1], num_classes)
