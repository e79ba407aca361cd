"""What a network finds on images, beside what is there. Axes: N boxes, H rows, W columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nasbench_mvit.figures.columns import CATEGORIES, PERCENT, plain
from nasbench_mvit.figures.layout import laid_out
from nasbench_mvit.io import png
from nasbench_mvit.io.png import UInt8Array

DATA_URL = "data:image/png;base64,"
ROW_PX = 260
COVER = 0.6  # of a mask over its image
# Further ones are Okabe & Ito's yellow, and of Paul Tol's muted colours; then they begin anew.
COLORS = (*CATEGORIES, "#F0E442", "#882255", "#44AA99", "#332288")
TRUTH, FOUND = "what is there", "what the network finds"


@dataclass(frozen=True, kw_only=True, eq=False)
class Marks:
    """What is marked on an image: boxes, or a mask.

    Attributes:
        boxes: (N, 4): x1, y1, x2, y2 in pixels of the image.
        labels: (N,), the class of each box.
        scores: (N,), how sure each is, from 0 to 1; None where the boxes are the truth.
        mask: (H, W), the class of each pixel; None where there are boxes.
    """

    boxes: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32] | None = None
    mask: UInt8Array | None = None

    @property
    def classes(self) -> list[int]:
        """The classes that occur."""
        return [int(label) for label in np.unique(self.labels if self.mask is None else self.mask)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """An image (H, W, 3) with what is there and what a network finds."""

    image: UInt8Array
    truth: Marks
    found: Marks


def found_figure(
    pictures: Sequence[Picture], class_names: Sequence[str], unmarked: frozenset[int]
) -> go.Figure:
    """Draw images below each other, the truth on the left and the predictions on the right.

    Args:
        pictures: the images.
        class_names: names of the classes.
        unmarked: classes of a mask that are left as they are, such as the background.
    """
    both = [marks for picture in pictures for marks in (picture.truth, picture.found)]
    classes = sorted({label for marks in both for label in marks.classes} - unmarked)
    colors = {label: COLORS[place % len(COLORS)] for place, label in enumerate(classes)}
    figure = make_subplots(
        rows=len(pictures), cols=2, column_titles=[TRUTH, FOUND],
        horizontal_spacing=0.02, vertical_spacing=0.02,
    )  # fmt: skip
    for row, picture in enumerate(pictures, start=1):
        for column, marks in enumerate((picture.truth, picture.found), start=1):
            shown = picture.image if marks.mask is None else _blended(picture.image, marks, colors)
            figure.add_trace(
                go.Image(source=DATA_URL + png.encoded(shown), hoverinfo="skip"), row, column
            )
            for box in _boxes(marks, class_names, colors):
                figure.add_trace(box, row, column)
    for label in classes:
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", name=plain(class_names[label]),
                       marker={"symbol": "square", "size": 12, "color": colors[label]})
        )  # fmt: skip
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, constrain="domain")
    for axis in figure.select_yaxes():  # square pixels, each on its own axes
        axis.scaleanchor = axis.anchor
    return laid_out(figure, ROW_PX * len(pictures) + 100, left=10, top=50)


def _boxes(
    marks: Marks, class_names: Sequence[str], colors: dict[int, str]
) -> Iterator[go.Scatter]:
    scores = [None] * len(marks.labels) if marks.scores is None else marks.scores.tolist()
    for corners, label, score in zip(
        marks.boxes.tolist(), marks.labels.tolist(), scores, strict=True
    ):
        # A pixel's centre has whole coordinates here.
        left, top, right, bottom = (value - 0.5 for value in corners)
        sure = "" if score is None else f", {score * PERCENT:.0f} % sure"
        yield go.Scatter(
            x=[left, right, right, left, left],
            y=[top, top, bottom, bottom, top],
            mode="lines",
            line={"color": colors[label], "width": 2.5},
            hoverinfo="text",
            text=f"{plain(class_names[label])}{sure}",
            showlegend=False,
        )


def _blended(image_HW3: UInt8Array, marks: Marks, colors: dict[int, str]) -> UInt8Array:
    """Return the image with its mask over it; ignored and unmarked pixels stay as they are."""
    mask_HW, blended_HW3 = marks.mask, image_HW3.astype(np.float32)
    for label, color in colors.items():
        rgb = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
        here_HW = mask_HW == label
        blended_HW3[here_HW] = (1 - COVER) * blended_HW3[here_HW] + COVER * np.array(rgb)
    return blended_HW3.astype(np.uint8)
