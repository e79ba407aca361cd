"""Anchors and offsets against cases worked by hand."""

import math

import pytest
import torch

from nasbench_mvit.models.heads.anchors import anchors, decode, encode, grids, iou, to_corners


def test_anchors_of_one_cell_follow_the_scales() -> None:
    found = anchors(320, 320)
    assert len(found) == 6 * (20**2 + 10**2 + 5**2 + 3**2 + 2**2) + 4
    between = math.sqrt(0.1 * (0.1 + 0.95 / 6))
    sizes = [(0.1, 0.1), (between, between)]
    for ratio in (math.sqrt(2), math.sqrt(3)):
        sizes += [(0.1 * ratio, 0.1 / ratio), (0.1 / ratio, 0.1 * ratio)]
    first = [(0.5 / 20, 0.5 / 20, *size) for size in sizes]
    assert found[:6].tolist() == [pytest.approx(anchor) for anchor in first]
    assert found[6, :2].tolist() == pytest.approx([1.5 / 20, 0.5 / 20])  # the next to the right
    scale = 0.1 + 5 * 0.95 / 6
    wide = (0.5, 0.5, 1.0, scale / math.sqrt(2))  # at most the image
    assert found[-2].tolist() == pytest.approx(wide)


def test_maps_of_an_image_that_no_stride_divides_are_rounded_up() -> None:
    assert grids(200, 328) == ((13, 21), (7, 11), (4, 6), (2, 3), (1, 2), (1, 1))


def test_an_offset_is_in_units_of_the_anchor_and_the_variances() -> None:
    anchor = torch.tensor([[0.5, 0.5, 0.2, 0.4]])
    box = torch.tensor([[0.4, 0.5, 0.8, 0.7]])  # centre (0.6, 0.6), size (0.4, 0.2)
    offset = torch.tensor(
        [[0.1 / 0.2 / 0.1, 0.1 / 0.4 / 0.1, math.log(2) / 0.2, -math.log(2) / 0.2]]
    )
    assert torch.allclose(encode(box, anchor), offset)
    assert torch.allclose(decode(offset, anchor), box)


def test_decoding_inverts_encoding() -> None:
    generator = torch.Generator().manual_seed(0)
    known = anchors(96, 160)
    corners = to_corners(torch.rand(len(known), 4, generator=generator) * 0.5 + 0.1)
    assert torch.allclose(decode(encode(corners, known), known), corners, atol=1e-5)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0.0, 0.0, 0.5, 0.5), 1.0),
        ((0.25, 0.0, 0.75, 0.5), 1 / 3),
        ((0.5, 0.0, 1.0, 0.5), 0.0),  # an edge in common
        ((0.6, 0.6, 0.9, 0.9), 0.0),
        ((0.1, 0.1, 0.2, 0.2), 0.04),
        ((0.3, 0.3, 0.3, 0.3), 0.0),  # a point
    ],
)
def test_intersection_over_union(other: tuple[float, ...], expected: float) -> None:
    boxes = torch.tensor([[0.0, 0.0, 0.5, 0.5]])
    assert iou(boxes, torch.tensor([other])).item() == pytest.approx(expected, abs=1e-6)


def test_two_points_have_nothing_in_common() -> None:
    point = torch.full((1, 4), 0.3)
    assert iou(point, point).item() == 0
