"""DeepLabv3 on MobileViT and MobileViTv2 against that of transformers, random weights."""

import dataclasses

import pytest
from transformers_reference import NUM_CLASSES, check_logits, segmenting_reference

from nasbench_mvit.architecture.heads import DeepLabv3Head
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.convert import convert

DIVISIBLE = (192, 320)
RESIZED = (144, 176)  # maps of 9×11, which the patch does not divide: v1 alone, as in v2 they part


def segmenting(name: str, output_stride: int, aspp_channels: int = 256) -> MobileViTSpec:
    head = DeepLabv3Head(output_stride=output_stride, aspp_channels=aspp_channels)
    return dataclasses.replace(published(name), task_head=head)


@pytest.mark.parametrize(
    ("name", "output_stride"), [("mobilevit_s", 16), ("mobilevit_xs", 8), ("mobilevit_xxs", 32)]
)
def test_logits_of_v1_agree(name: str, output_stride: int) -> None:
    theirs = segmenting_reference(name, output_stride)
    ours = build_model(segmenting(name, output_stride), NUM_CLASSES).eval()
    ours.load_state_dict(convert(theirs.state_dict(), "transformers"), strict=True)
    check_logits(ours, theirs, (DIVISIBLE, RESIZED))


@pytest.mark.parametrize(("width", "output_stride"), [("0.5", 8), ("1.0", 16), ("0.5", 32)])
def test_logits_of_v2_agree(width: str, output_stride: int) -> None:
    theirs = segmenting_reference(width, output_stride)
    spec = segmenting(f"mobilevitv2_{width}", output_stride, aspp_channels=512)
    ours = build_model(spec, NUM_CLASSES).eval()
    ours.load_state_dict(convert(theirs.state_dict(), "transformers"), strict=True)
    check_logits(ours, theirs, (DIVISIBLE,))
