"""Predictions beside the truth: boxes where they lie, masks over the image."""

import base64
import io

import numpy as np
from PIL import Image

from nasbench_mvit.figures.columns import CATEGORIES
from nasbench_mvit.figures.found import COVER, Marks, Picture, found_figure

NAMES = ("background", "<b>boot</b>", "hat")
IMAGE = np.full((4, 6, 3), 100, np.uint8)
NONE = (np.zeros((0, 4), np.float32), np.zeros(0, np.int64))


def boxed(*boxes: tuple[float, ...], label: int, scores: list[float] | None = None) -> Marks:
    return Marks(
        boxes=np.array(boxes, np.float32),
        labels=np.full(len(boxes), label),
        scores=None if scores is None else np.array(scores, np.float32),
    )


def masked(mask_HW: list[list[int]]) -> Marks:
    return Marks(boxes=NONE[0], labels=NONE[1], mask=np.array(mask_HW, np.uint8))


def test_boxes_lie_on_the_edges_of_their_pixels_and_tell_how_sure_they_are() -> None:
    truth, found = boxed((0, 0, 6, 4), label=1), boxed((1, 2, 3, 4), label=2, scores=[0.876])
    figure = found_figure([Picture(image=IMAGE, truth=truth, found=found)], NAMES, frozenset())
    drawn = [trace for trace in figure.data if trace.type == "scatter"]
    there, seen = (trace for trace in drawn if trace.mode == "lines")
    assert (min(there.x), max(there.x), min(there.y), max(there.y)) == (-0.5, 5.5, -0.5, 3.5)
    assert (there.xaxis, seen.xaxis) == ("x", "x2")
    assert there.text == "&lt;b&gt;boot&lt;/b&gt;"
    assert seen.text == "hat, 88 % sure"
    assert there.line.color != seen.line.color
    legend = [trace.name for trace in drawn if trace.mode == "markers"]
    assert legend == ["&lt;b&gt;boot&lt;/b&gt;", "hat"]


def test_a_mask_lies_over_its_image_and_background_is_left_as_it_is() -> None:
    mask = [[0, 0, 2, 2, 255, 255]] * 4
    picture = Picture(image=IMAGE, truth=masked(mask), found=masked([[0] * 6] * 4))
    figure = found_figure([picture], NAMES, frozenset({0, 255}))
    sources = [trace.source for trace in figure.data if trace.type == "image"]
    there, seen = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
        for source in sources
    )
    color = np.array([int(CATEGORIES[0][start : start + 2], 16) for start in (1, 3, 5)])
    np.testing.assert_allclose(there[0, 2], (1 - COVER) * 100 + COVER * color, atol=1)
    np.testing.assert_array_equal(there[:, [0, 1, 4, 5]], 100)
    np.testing.assert_array_equal(seen, IMAGE)
