"""The published scores of networks with heads: to detect on COCO, to segment on PASCAL VOC."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nasbench_mvit.architecture.heads import Task

_PAPER = "arXiv 2110.02178v2"


@dataclass(frozen=True, kw_only=True)
class TaskBenchmark:
    """What published networks of a task are scored on.

    Attributes:
        images: name of the images.
        metric: name of the score, beginning with that of the images.
        key: name of the images in the keys of files.
        scores: percent, by the name of the network; those of classifiers are in ``FIGURES``.
        rivals: likewise, of rivals with the same head; those of classifiers in ``RIVAL_FIGURES``.
        source: where they are printed.
    """

    images: str
    metric: str
    key: str
    scores: Mapping[str, float] = field(default_factory=dict)
    rivals: Mapping[str, float] = field(default_factory=dict)
    source: str = ""


#: COCO's mAP is the mean over overlaps of 0.5 to 0.95, with SSDLite at 320 px; mIoU is on the
#: validation images of PASCAL VOC 2012, with DeepLabv3 at 512 px.
BENCHMARKS: Mapping[Task, TaskBenchmark] = {
    "classification": TaskBenchmark(images="ImageNet-1k", metric="ImageNet top-1", key="imagenet"),
    "detection": TaskBenchmark(
        images="COCO",
        metric="COCO mAP",
        key="coco",
        scores={"mobilevit_s": 27.7, "mobilevit_xs": 24.8, "mobilevit_xs_patch_8_4_2": 23.1},
        rivals={"mobilenet_v2": 22.1, "mobilenet_v3_large": 22.0},
        source=f"{_PAPER} Tables 1 and 9",
    ),
    "segmentation": TaskBenchmark(
        images="PASCAL VOC 2012",
        metric="VOC mIoU",
        key="voc",
        scores={
            "mobilevit_s": 79.1,
            "mobilevit_xs": 77.1,
            "mobilevit_xxs": 73.6,
            "mobilevit_xs_patch_8_4_2": 75.4,
        },
        rivals={"mobilenet_v2": 75.7},
        source=f"{_PAPER} Tables 2 and 10",
    ),
}
