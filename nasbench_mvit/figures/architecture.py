"""A diagram of a network: the blocks of each part, and the shape of its output."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from nasbench_mvit.figures.columns import INK, PALE_BLUE, PALE_GREY, PALE_ORANGE, plain
from nasbench_mvit.figures.layout import laid_out

COLORS = {"conv": PALE_GREY, "mv2": PALE_BLUE, "mobilevit": PALE_ORANGE}
TITLES = {"conv": "convolution", "mv2": "MobileNetV2 block", "mobilevit": "MobileViT block"}
WIDTHS = {"conv": 1.0, "mv2": 1.0, "mobilevit": 2.9}
GAP, HEIGHT = 0.12, 0.78
ROW_PX = 78


@dataclass(frozen=True)
class Piece:
    """A block, drawn as a box.

    Attributes:
        kind: "conv", "mv2" or "mobilevit".
        words: lines of text that describe it.
    """

    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A part of a network: its blocks and the shape (C, H, W) of its output."""

    name: str
    pieces: tuple[Piece, ...]
    shape: tuple[int, int, int]


def architecture_figure(parts: Sequence[Part], resolution: int) -> go.Figure:
    """Draw the parts below each other, the image at the top.

    Args:
        parts: the parts, in the order of execution.
        resolution: side of the image in pixels.
    """
    figure = go.Figure()
    labels = ["image"]
    shapes = [f"3 × {resolution} × {resolution}"]
    rightmost = 1.0
    for row, part in enumerate(parts, start=1):
        left = 0.0
        for piece in part.pieces:
            _box(figure, piece, left, row)
            left += WIDTHS[piece.kind] + GAP
        rightmost = max(rightmost, left)
        labels.append(part.name)
        shapes.append(" × ".join(map(str, part.shape)))
    for kind, title in TITLES.items():
        figure.add_trace(
            go.Scatter(x=[None], y=[None], mode="markers", name=title,
                       marker={"symbol": "square", "size": 12, "color": COLORS[kind]})
        )  # fmt: skip
    ticks = [f"<b>{plain(name)}</b><br>{shape}" for name, shape in zip(labels, shapes, strict=True)]
    figure.update_yaxes(
        tickvals=list(range(len(ticks))), ticktext=ticks, range=[len(ticks) - 0.5, -0.5],
        showgrid=False, zeroline=False, fixedrange=True,
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-GAP, rightmost], fixedrange=True)
    return laid_out(figure, ROW_PX * len(ticks) + 60, left=100, top=10, bottom=10)


def _box(figure: go.Figure, piece: Piece, left: float, row: int) -> None:
    right = left + WIDTHS[piece.kind]
    figure.add_shape(
        type="rect", x0=left, x1=right, y0=row - HEIGHT / 2, y1=row + HEIGHT / 2,
        line={"width": 0}, fillcolor=COLORS[piece.kind], layer="below",
    )  # fmt: skip
    figure.add_annotation(
        x=(left + right) / 2, y=row, text="<br>".join(map(plain, piece.words)), showarrow=False,
        font={"size": 11, "color": INK}, align="center",
    )  # fmt: skip
