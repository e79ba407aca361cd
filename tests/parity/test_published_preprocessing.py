"""Evaluation against the live model and image processor of transformers, on real images.

Axes: B images, C channels, H rows, W columns, K classes.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from transformers.models.mobilevit.image_processing_pil_mobilevit import MobileViTImageProcessorPil
from transformers_reference import NUM_CLASSES, TOLERANCE, reference

from nasbench_mvit.models.weights.convert import channels_flipped
from nasbench_mvit.models.weights.preprocessing import CHANNELS, PREPROCESSING
from nasbench_mvit.training.images.embedded import open_embedded
from nasbench_mvit.training.images.transforms import CentreCrop
from nasbench_mvit.workbench.evaluations.network import load_network

SIZES = ((300, 340), (512, 288), (64, 61))
NAME = "mobilevit_xxs"


def _pictures() -> list[Image.Image]:
    """Garments in colour: another one in each channel, so that a swap of channels matters."""
    images_NCSS = open_embedded(cell_size=28).val.images
    return [
        Image.fromarray(images_NCSS[3 * n : 3 * n + 3, 0].transpose(1, 2, 0)).resize(size)
        for n, size in enumerate(SIZES)
    ]


def _theirs(pictures: list[Image.Image]) -> Tensor:
    """Return the output of their processor, with the values of apple/mobilevit-*."""
    processor = MobileViTImageProcessorPil(
        size={"shortest_edge": 288},
        crop_size={"height": 256, "width": 256},
        resample=Image.Resampling.BILINEAR,
    )
    values: Tensor = processor(pictures, return_tensors="pt")["pixel_values"]
    return values


def _ours(source: str) -> Tensor:
    shown = PREPROCESSING[source]
    cut = CentreCrop(resize=shown.resize, crop=shown.crop, filter=shown.filter)
    return torch.from_numpy(np.stack([cut(picture) for picture in _pictures()])).float() / 255


def test_images_are_those_of_their_processor_but_for_the_order_of_channels() -> None:
    torch.testing.assert_close(_ours("transformers").flip(1), _theirs(_pictures()))


def test_logits_are_those_of_their_model_and_processor(tmp_path: Path) -> None:
    theirs = reference(NAME)
    torch.save(theirs.state_dict(), tmp_path / "theirs.bin")
    network = load_network(tmp_path / "theirs.bin", source="transformers")
    assert network.num_logits == NUM_CLASSES
    with torch.no_grad():
        expected_BK = theirs(_theirs(_pictures())).logits
        actual_BK = network.model(_ours("transformers"))
        swapped_BK = network.model(_ours("transformers").flip(1))
    scale = expected_BK.abs().max()
    assert (actual_BK - expected_BK).abs().max() < TOLERANCE * scale
    assert (swapped_BK - expected_BK).abs().max() > 0.01 * scale, "the order should matter"


@pytest.mark.parametrize(
    ("source", "channels"),
    [("transformers", "bgr"), ("ml-cvnets", "bgr"), ("timm", "rgb"), ("nasbench_mvit", "rgb")],
)
def test_each_source_has_its_order_of_channels(source: str, channels: str) -> None:
    assert PREPROCESSING[source].channels == channels


def test_flipped_weights_make_of_rgb_what_the_others_make_of_bgr(tmp_path: Path) -> None:
    torch.save(reference(NAME).state_dict(), tmp_path / "theirs.bin")
    bgr, rgb = (
        load_network(tmp_path / "theirs.bin", source="transformers", channels=order).model
        for order in CHANNELS[::-1]
    )
    images_BCHW = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        expected_BK = rgb(images_BCHW.flip(1))
        torch.testing.assert_close(bgr(images_BCHW), expected_BK)
        again = channels_flipped(bgr.state_dict())
        bgr.load_state_dict(again)
        torch.testing.assert_close(bgr(images_BCHW.flip(1)), expected_BK)


def test_timm_scales_to_its_crop_share_by_a_bicubic_filter() -> None:
    shown = PREPROCESSING["timm"]
    assert (shown.resize, shown.crop, shown.filter) == (int(256 / 0.9), 256, "bicubic")
