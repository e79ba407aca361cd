"""Pages of their own, and where names stand in figures."""

import gzip
import re
from pathlib import Path

import pandas as pd
import plotly
import plotly.graph_objects as go
import pytest

from nasbench_mvit.figures import page
from nasbench_mvit.figures.layout import error_bars, name_places

MAX_BYTES = 1_500_000


def points(kind: type[go.Scatter] = go.Scatter) -> go.Figure:
    return go.Figure(kind(x=[1, 2], y=[3, 4]))


@pytest.mark.parametrize("kind", [go.Scatter, go.Scattergl, go.Bar])
def test_points_lines_and_bars_need_the_small_build_alone(kind: type[go.Scatter]) -> None:
    drawn = page.figure(points(kind), "points")
    text = page.page("p", [drawn])
    assert len(text) < MAX_BYTES
    (traces,) = re.findall(r'Plotly\.newPlot\(\s*"[^"]+",\s*(\[.*?\]),\s*\{', drawn, re.DOTALL)
    assert "scattergl" not in traces
    assert text.count('data-save="svg"') == text.count('data-save="png"') == 1


def test_other_figures_bring_the_whole_of_it() -> None:
    figure = go.Figure(go.Parcoords(dimensions=[{"values": [1, 2]}]))
    assert len(page.page("p", [page.figure(figure, "lines")])) > MAX_BYTES


def test_a_page_without_figures_is_small_and_escapes() -> None:
    text = page.page("<i>", [page.heading("<b>"), page.paragraph("a < b"), page.items(["<u>"])])
    assert len(text) < 5_000
    assert not {"<i>", "<b>", "<u>"} & {text[i : i + 3] for i in range(len(text))}
    assert "<p>A &lt; b.</p>" in text
    assert "prefers-color-scheme: dark" in text
    assert "width=device-width" in text


def test_the_small_build_is_of_the_version_that_plotly_brings() -> None:
    packed = Path(page.__file__).with_name("plotly") / "plotly-basic.min.js.gz"
    ours = gzip.decompress(packed.read_bytes()).decode()
    whole = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text("utf-8")
    version = next(line for line in whole.splitlines() if "plotly.js v" in line).split(" v")[-1]
    assert f"v{version}" in ours[:300]


AROUND = pd.DataFrame({"x": [0.0, 10.0], "y": [0.0, 10.0]})


@pytest.mark.parametrize("spread", [0.0, 0.01])
def test_names_of_points_close_together_are_clear_of_each_other(spread: float) -> None:
    ats = pd.Series([5.0, 5.0 + spread, 5.0 + 2 * spread])
    places = name_places(["XXS", "XS", "S"], ats, ats, AROUND)
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [(0, 0, "top right"), (10, 0, "top left"), (10, 10, "bottom left"), (0, 10, "bottom right")],
)
def test_a_name_at_an_edge_stands_inside(x: float, y: float, place: str) -> None:
    assert name_places(["MobileNetV2"], pd.Series([x]), pd.Series([y]), AROUND) == [place]


def test_error_bars_reach_from_low_to_high() -> None:
    bars = error_bars(pd.Series([5.0]), pd.Series([4.0]), pd.Series([7.0]), width=0)
    assert (list(bars["array"]), list(bars["arrayminus"])) == ([2.0], [1.0])  # type: ignore[call-overload]
    assert bars["width"] == 0
