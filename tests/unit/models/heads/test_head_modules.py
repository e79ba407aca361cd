"""SSDLite and DeepLabv3 over every backbone: exact parameters, shapes, and what each map gives."""

import dataclasses

import pytest
import torch
from torch import nn

from nasbench_mvit.architecture.heads import DeepLabv3Head
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.errors import SpecError
from nasbench_mvit.models.backbone import Backbone
from nasbench_mvit.models.heads.ssdlite import SSDLite
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.networks import build_network

NETWORKS: tuple[Network, ...] = (
    published("mobilevit_xxs"),
    published("mobilevitv2_0.5"),  # whose last map needs no projection to 256 channels
    published("mobilevitv3_xxs"),
    published("mobilevitv3_0.5"),
    RivalSpec("mobilenet_v2"),
    RivalSpec("mobilenet_v3_large"),
)


@pytest.mark.parametrize(
    ("size", "detection", "segmentation"),
    [("s", 5_738_890, 6_357_941), ("xs", 2_742_106, 2_944_069), ("xxs", 1_755_114, 1_854_853)],
)
def test_networks_with_heads_have_exactly_their_parameters(
    size: str, detection: int, segmentation: int
) -> None:
    spec = published(f"mobilevit_{size}")
    with torch.device("meta"):
        models = [
            build_model(spec, 80, task="detection"),
            build_model(spec, 21, task="segmentation"),
        ]
    counted = [sum(parameter.numel() for parameter in model.parameters()) for model in models]
    assert counted == [detection, segmentation]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_every_backbone_detects_and_segments(network: Network) -> None:
    images = torch.rand(2, 3, 72, 104)  # maps of 5×7 and 3×4, then 2×2, 1×1 and 1×1
    num_anchors = 6 * (5 * 7 + 3 * 4 + 2 * 2 + 1 + 1) + 4
    with torch.no_grad():
        found = build_network(network, 7, task="detection").eval()(images)
        logits = build_network(network, 7, task="segmentation").eval()(images)
    assert found.offsets.shape == (2, num_anchors, 4)
    assert found.logits.shape == (2, num_anchors, 8)
    assert logits.shape == (2, 7, 5, 7)


@pytest.mark.parametrize("output_stride", [8, 16, 32])
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_dilation_keeps_the_size_of_maps(network: Network, output_stride: int) -> None:
    head = DeepLabv3Head(output_stride=output_stride, aspp_channels=8)
    model = build_network(dataclasses.replace(network, task_head=head)).eval()
    assert isinstance(model, Backbone)
    with torch.no_grad():
        maps = model.maps(torch.rand(1, 3, 64, 64))
    assert [64 // x.shape[-1] for x in maps] == [8, min(16, output_stride), output_stride]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_backbones_of_all_tasks_share_their_weights(network: Network) -> None:
    backbones = [
        {
            key: value.shape
            for key, value in build_network(network, 3, task=task).state_dict().items()
            if key.startswith(("stem.", "stages.", "bottlenecks."))
        }
        for task in ("classification", "detection", "segmentation")
    ]
    assert backbones[0] == backbones[1] == backbones[2] != {}


def test_each_anchor_belongs_to_the_cell_that_predicts_it() -> None:
    head = build_model(published("mobilevit_xxs"), 2, task="detection").eval().task_head
    assert isinstance(head, SSDLite)
    maps = [torch.zeros(1, 64, 4, 6), torch.zeros(1, 80, 2, 3)]
    with torch.no_grad():
        before = head(maps).logits
        maps[0][0, :, 3, 1] = 9.0
        changed = (head(maps).logits != before).any(-1)[0]
    cells = {int(anchor) // 6 for anchor in changed.nonzero()}
    assert cells == {6 * row + column for row in (2, 3) for column in (0, 1, 2)}


def test_the_pooled_view_of_a_pyramid_sees_the_whole_map() -> None:
    spec = dataclasses.replace(published("mobilevit_xxs"), task_head=DeepLabv3Head(atrous_rate=64))
    head = build_model(spec, 3).eval().task_head
    assert isinstance(head, nn.Module)
    far = torch.zeros(1, 80, 9, 9)
    with torch.no_grad():
        before = head((far,))
        far[..., 0, 0] = 5.0
        assert (head((far,)) != before).flatten(2).any(2).all()


@pytest.mark.parametrize(
    ("num_classes", "word"), [(0, "at least 1"), ("7", "whole number"), (1.5, "whole number")]
)
@pytest.mark.parametrize("network", [NETWORKS[0], NETWORKS[-1]], ids=str)
def test_a_number_of_classes_is_checked(network: Network, num_classes: object, word: str) -> None:
    with pytest.raises(SpecError, match=word):
        build_network(network, num_classes, task="detection")  # type: ignore[arg-type]
