"""Draws the figures of ``docs/latency.md`` and ``docs/samplers.md``, or the front of a search.

``python tools/draw_figures.py --front RUN_DIR`` draws the front of that run into the folder of its
study; that of ``latency_iphone`` is the picture of README.

It needs Chromium (or Google Chrome) on the path. Run it when records or searches were added or
predictors have changed; ``tools/generate.py`` makes the tables of the same pages.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import plotly.graph_objects as go
from pages.held_out import mean_over_problems, of_held_out
from pages.latency_evidence import shipped
from pages.samplers import first

from nasbench_mvit import open_study
from nasbench_mvit.benchmark.compare.archive import SearchArchive
from nasbench_mvit.benchmark.compare.by_name import load_problem
from nasbench_mvit.benchmark.compare.standings import NUM_ATTAINED, attainment, courses, standings
from nasbench_mvit.figures.samplers import attainment_figure, courses_figure
from nasbench_mvit.latency.fitting.evaluation import evaluate
from nasbench_mvit.latency.fitting.report import evaluation_figure
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.reports.text import study_figure

DOCS = Path(__file__).parents[1] / "docs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH, HEIGHT, ONE_ROW, MARGIN = 1000, 780, 420, 16


def draw(figure: go.Figure, path: Path, height: int = HEIGHT) -> None:
    """Write a figure as a PNG, and say so."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is on the path; install one of them")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "page.html"
        figure.update_layout(width=WIDTH, height=height)
        figure.write_html(page, config={"displayModeBar": False})
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   f"--user-data-dir={scratch}/profile", f"--window-size={WIDTH},{height + MARGIN}",
                   "--force-device-scale-factor=1.5", "--virtual-time-budget=8000",
                   f"--screenshot={path}", page.as_uri()]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - all of it is ours
    sys.stdout.write(f"wrote {path}\n")


def latency_figures() -> Iterator[tuple[go.Figure, Path]]:
    """Return predicted against measured latencies, a figure for each target."""
    for name, found in shipped().items():
        predictor = LatencyPredictor(found.document)
        figure = evaluation_figure(predictor, evaluate(predictor, found.rows))
        yield figure, DOCS / f"latency/{name}.png"


def samplers_figures() -> Iterator[tuple[go.Figure, Path]]:
    """Return the figures of the searches that compare samplers."""
    rows = first(SearchArchive(DOCS / "samplers/searches.parquet").rows)
    costs = {name: load_problem(name).cost_name for name in rows["benchmark"].unique()}
    yield courses_figure(courses(standings(rows))), DOCS / "samplers/courses.png"
    surfaces = attainment(rows, NUM_ATTAINED)
    yield attainment_figure(surfaces, costs), DOCS / "samplers/attainment.png"


def held_out_figure() -> tuple[go.Figure, Path]:
    """Return the courses of the searches on held-out problems, and where they are drawn.

    There are as many colours as samplers without the second ridge regression.
    """
    rows = mean_over_problems(of_held_out(SearchArchive(DOCS / "samplers/held_out.parquet").rows))
    found = courses(standings(rows[rows["sampler"] != "ridge_untold"]))
    return courses_figure(found[found["against"] == "evaluations"]), DOCS / "samplers/held_out.png"


def front_figure(run_dir: Path) -> tuple[go.Figure, Path]:
    """Return the front of a study, as its report has it, and where it is drawn."""
    study = open_study(run_dir)
    if study.predictor is None:
        sys.exit(study.latency_title)
    figure = study_figure(study.config, study.summary, study.predictor)
    return figure, DOCS / study.name / "front.png"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--front", type=Path, metavar="RUN_DIR")
    run_dir = parser.parse_args().front
    if run_dir is not None:
        figure, path = front_figure(run_dir)
        draw(figure, path, figure.layout.height)
    else:
        for figure, path in (*latency_figures(), *samplers_figures()):
            draw(figure, path)
        draw(*held_out_figure(), height=ONE_ROW)
