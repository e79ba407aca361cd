"""Task heads as data: SSDLite to detect, DeepLabv3 to segment; without one a network classifies.

SSDLite is that of ml-cvnets' ``config/detection/ssd_coco/mobilevit.yaml`` (MobileViT, arXiv
2110.02178, Table 1), DeepLabv3 (arXiv 1706.05587) that of the paper's Table 2, as transformers'
``MobileViTForSemanticSegmentation`` has it.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from nasbench_mvit.architecture.checks import check_int, set_float
from nasbench_mvit.architecture.strides import FULL_STRIDE, OUTPUT_STRIDES
from nasbench_mvit.errors import SpecError, listed, unknown

Task = Literal["classification", "detection", "segmentation"]
TASKS: tuple[Task, ...] = get_args(Task)
#: Classes of ImageNet-1k, of COCO (without background) and of PASCAL VOC (with it).
USUAL_CLASSES: Mapping[Task, int] = {"classification": 1000, "detection": 80, "segmentation": 21}
#: Pixels at which networks of a task are deployed, as in the papers.
USUAL_RESOLUTION: Mapping[Task, int] = {
    "classification": 256,
    "detection": 320,
    "segmentation": 512,
}
MAX_CHANNELS = 4096


@dataclass(frozen=True, kw_only=True)
class SSDLiteHead:
    """Boxes from six maps: those of stages 4 and 5, and four that separable convolutions add.

    Attributes:
        channels_16: width in which the map of stride 16 is read.
        channels_32: width in which that of stride 32 is read.
        channels_64: width of the first further map.
        channels_128: width of the second.
        channels_256: width of the third.
        channels_pooled: width of the last, of one pixel.
    """

    task: ClassVar[Task] = "detection"
    output_stride: ClassVar[int] = FULL_STRIDE
    channels_16: int = 512
    channels_32: int = 256
    channels_64: int = 256
    channels_128: int = 128
    channels_256: int = 128
    channels_pooled: int = 64

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            check_int(name, value, 1, MAX_CHANNELS)


@dataclass(frozen=True, kw_only=True)
class DeepLabv3Head:
    """A class for each pixel, from the last map by atrous spatial pyramid pooling (ASPP).

    Attributes:
        aspp_channels: width of each of the five branches, and of what they are joined to.
        atrous_rate: dilation of the first 3×3 branch; the other two have twice and three times it.
        output_stride: stride of the last map, 8, 16 or 32; below 32 the last stages keep their
            input's size, and later convolutions of theirs are dilated.
        dropout: share of channels dropped before the classifier.
    """

    task: ClassVar[Task] = "segmentation"
    aspp_channels: int = 256
    atrous_rate: int = 6
    output_stride: int = 16
    dropout: float = 0.1

    def __post_init__(self) -> None:
        check_int("aspp_channels", self.aspp_channels, 1, MAX_CHANNELS)
        check_int("atrous_rate", self.atrous_rate, 1, 64)
        if self.output_stride not in OUTPUT_STRIDES or isinstance(self.output_stride, bool):
            raise SpecError(
                f"output_stride must be one of {listed(OUTPUT_STRIDES)}, got "
                f"{self.output_stride!r}."
            )
        set_float(self, "dropout", 0.0, 1.0, open_high=True)

    @property
    def atrous_rates(self) -> tuple[int, int, int]:
        """Dilations of the three 3×3 branches."""
        return (self.atrous_rate, 2 * self.atrous_rate, 3 * self.atrous_rate)


TaskHead = SSDLiteHead | DeepLabv3Head
HEADS: Mapping[str, type[TaskHead]] = {
    SSDLiteHead.task: SSDLiteHead,
    DeepLabv3Head.task: DeepLabv3Head,
}


def head_of(task: str) -> TaskHead | None:
    """Return the usual head of a task, None for the classifier.

    Raises:
        SpecError: there is no such task.
    """
    if task not in TASKS:
        raise SpecError(unknown("task", task, TASKS))
    return None if task == "classification" else HEADS[task]()


def check_head(head: object) -> None:
    """Check that a field is a task head, or None.

    Raises:
        SpecError: it is not.
    """
    if head is not None and not isinstance(head, SSDLiteHead | DeepLabv3Head):
        raise SpecError(
            f"task_head must be an SSDLiteHead, a DeepLabv3Head or None for a classifier, got "
            f"{head!r}."
        )


def head_to_dict(head: TaskHead) -> dict[str, Any]:
    """Return plain JSON-ready data; ``head_from_dict`` is its inverse."""
    return {"task": head.task} | dataclasses.asdict(head)


def head_from_dict(data: object) -> TaskHead | None:
    """Build a head from ``head_to_dict`` data, or None from None.

    Raises:
        SpecError: the task or a field is unknown, or a value breaks a rule.
    """
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise SpecError(f"task_head must be a mapping of fields with a task, got {data!r}.")
    task = data.get("task")
    if task is None:
        raise SpecError(f"task_head: has no task. Write one of {listed(HEADS)}.")
    if not isinstance(task, str) or task not in HEADS:
        raise SpecError(f"task_head: {unknown('task', task, HEADS)}")
    fields = [field.name for field in dataclasses.fields(HEADS[task])]
    values = {name: value for name, value in data.items() if name != "task"}
    for name in values:
        if name not in fields:
            raise SpecError(f"the head of {task}: {unknown('field', name, fields)}")
    return HEADS[task](**values)
