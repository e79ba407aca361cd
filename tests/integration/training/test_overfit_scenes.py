"""Ten scenes learnt by heart: that the loss, the matching and the decoding fit together."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from tiny_training import tiny_spec
from torch import nn

from nasbench_mvit.architecture.heads import DeepLabv3Head, SSDLiteHead
from nasbench_mvit.models.networks import build_network
from nasbench_mvit.training.common.device import place
from nasbench_mvit.training.images.annotated.annotated_image import (
    IGNORED,
    AnnotatedImage,
    AnnotatedTask,
)
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.training.images.annotated.batches import collated
from nasbench_mvit.training.tasks.annotated import TaskScore, loss_of, predict

SIZES = {"detection": 64, "segmentation": 128}  # px
SCENES, UPDATES, RATE = 10, 100, 4e-3
BORDER = 3  # px around an edge that are not scored: a map of stride 8 cannot tell its sides apart
HEADS: dict[AnnotatedTask, SSDLiteHead | DeepLabv3Head] = {
    "detection": SSDLiteHead(channels_16=64, channels_32=64, channels_64=64),
    "segmentation": DeepLabv3Head(aspp_channels=64, atrous_rate=1, output_stride=8, dropout=0.0),
}


def without_borders(scene: AnnotatedImage) -> AnnotatedImage:
    if scene.mask is None:
        return scene
    mask = Image.fromarray(scene.mask)
    least, most = (
        np.asarray(mask.filter(extreme(BORDER)))
        for extreme in (ImageFilter.MinFilter, ImageFilter.MaxFilter)
    )
    inner = np.where(least == most, scene.mask, IGNORED).astype(np.uint8)
    return dataclasses.replace(scene, mask=inner)


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_ten_scenes_are_learnt_by_heart(task: AnnotatedTask) -> None:
    data = open_annotated("embedded", task=task, size=SIZES[task])
    scenes = [without_borders(data.train[index]) for index in range(SCENES)]
    batch, placement = collated(scenes), place("cpu")
    torch.manual_seed(0)
    spec = dataclasses.replace(tiny_spec(), dropout=0.0, task_head=HEADS[task])
    model = build_network(spec, num_classes=len(data.class_names))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.3
    optimizer = torch.optim.AdamW(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=UPDATES)
    for _ in range(UPDATES):
        loss = loss_of(predict(model, batch.images, placement), batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    score = TaskScore(task, data.class_names)
    with torch.no_grad():
        score.add(predict(model.eval(), batch.images, placement), scenes)
    assert score.result(resamples=0).value >= 0.95
