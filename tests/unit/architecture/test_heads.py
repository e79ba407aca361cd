"""Task heads as data: their rules, their JSON, and that networks without one are what they were."""

import dataclasses
from typing import Any

import pytest

from nasbench_mvit.architecture.fields import FIELDS, flatten, unflatten
from nasbench_mvit.architecture.heads import DeepLabv3Head, SSDLiteHead, TaskHead
from nasbench_mvit.architecture.network import network_from_dict
from nasbench_mvit.architecture.patches import patches_per_stage
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.architecture.strides import dilate
from nasbench_mvit.errors import SpecError

HEADS: tuple[TaskHead, ...] = (
    SSDLiteHead(channels_64=96),
    DeepLabv3Head(output_stride=8, atrous_rate=12),
)
XXS = published("mobilevit_xxs")


@pytest.mark.parametrize("name", [*PUBLISHED, "mobilenet_v2", "deit_tiny"])
def test_a_classifier_is_written_as_before_there_were_heads(name: str) -> None:
    network = RivalSpec(name) if name not in PUBLISHED else published(name)
    assert "task_head" not in network.to_dict()
    assert network.for_task("classification") is network


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("network", [XXS, RivalSpec("mobilenet_v2")])
def test_a_head_is_part_of_json_id_and_fields(
    network: MobileViTSpec | RivalSpec, head: TaskHead
) -> None:
    headed = dataclasses.replace(network, task_head=head)
    again = network_from_dict(headed.to_dict())
    assert again == headed
    others = {network.id, network.for_task(head.task).id}
    assert again.id == headed.id
    assert headed.id not in others
    assert len(others) == 2
    if isinstance(headed, MobileViTSpec):
        assert unflatten(flatten(headed)) == headed
        assert set(flatten(headed)) <= set(FIELDS)


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_the_classifier_counts_only_where_there_is_one(task: str) -> None:
    wide = dataclasses.replace(XXS, head_expansion=2.0, classifier_dropout=0.3)
    assert wide.id != XXS.id
    assert wide.for_task(task).id == XXS.for_task(task).id


def test_a_network_keeps_its_own_head_of_a_task() -> None:
    narrow = dataclasses.replace(XXS, task_head=SSDLiteHead(channels_16=64))
    assert narrow.for_task("detection") is narrow
    assert narrow.for_task("segmentation").task_head == DeepLabv3Head()
    assert narrow.for_task("classification") == XXS


@pytest.mark.parametrize(
    ("output_stride", "expected"),
    [
        (32, [(1, 1), (2, 1), (1, 1), (2, 1), (2, 1), (1, 1), (2, 1), (1, 1)]),
        (16, [(1, 1), (2, 1), (1, 1), (2, 1), (2, 1), (1, 1), (1, 1), (1, 2)]),
        (8, [(1, 1), (2, 1), (1, 1), (2, 1), (1, 1), (1, 2), (1, 2), (1, 4)]),
    ],
)
def test_dilation_takes_the_place_of_strides(
    output_stride: int, expected: list[tuple[int, int]]
) -> None:
    assert list(dilate((1, 2, 1, 2, 2, 1, 2, 1), output_stride)) == expected


def test_dilated_maps_hold_more_patches() -> None:
    dilated = dataclasses.replace(XXS, task_head=DeepLabv3Head(output_stride=8))
    assert patches_per_stage(XXS, 64) == {3: 16, 4: 4, 5: 1}
    assert patches_per_stage(dilated, 64) == {3: 16, 4: 16, 5: 16}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SSDLiteHead(channels_32=0), ["channels_32", "1 to 4096", "0", "nearest"]),
        (lambda: SSDLiteHead(channels_pooled=1.5), ["channels_pooled", "whole number", "1.5"]),  # type: ignore[arg-type]
        (lambda: DeepLabv3Head(output_stride=4), ["output_stride", "8, 16, 32", "4"]),
        (lambda: DeepLabv3Head(output_stride=True), ["output_stride", "8, 16, 32", "True"]),
        (lambda: DeepLabv3Head(aspp_channels=-1), ["aspp_channels", "-1"]),
        (lambda: DeepLabv3Head(atrous_rate=65), ["atrous_rate", "1 to 64", "65"]),
        (lambda: DeepLabv3Head(dropout=1.0), ["dropout", "below 1", "1.0"]),
        (lambda: XXS.for_task("detecting"), ["task", "detecting", "detection"]),
        (
            lambda: dataclasses.replace(XXS, task_head="ssd"),  # type: ignore[arg-type]
            ["task_head", "SSDLiteHead", "'ssd'"],
        ),
        (lambda: RivalSpec("deit_tiny").for_task("detection"), ["deit_tiny", "mobilenet_v2"]),
        (lambda: headed_by({"task": "pose"}), ["task", "pose", "detection"]),
        (lambda: headed_by({"channels_16": 3}), ["task_head: has no task", "detection"]),
        (lambda: headed_by({"task": "segmentation", "channels_16": 3}), ["segmentation",
         "channels_16", "aspp_channels"]),
        (lambda: headed_by(["detection"]), ["task_head", "mapping", "detection"]),
        (lambda: unflatten(flatten(XXS) | {"task_head.channels_16": 8}), ["has no task"]),
    ],
)  # fmt: skip
def test_a_wrong_head_is_refused_with_its_rule(make: Any, words: list[str]) -> None:
    with pytest.raises(SpecError) as refused:
        make()
    assert all(word in str(refused.value) for word in words), refused.value


def headed_by(head: Any) -> MobileViTSpec:
    return MobileViTSpec.from_dict(XXS.to_dict() | {"task_head": head})
