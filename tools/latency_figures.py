"""Draws the figures of ``docs/latency.md``: predicted against measured, one for each target.

It needs Chromium (or Google Chrome) on the path. Run it when records were added or their predictors
have changed; ``tools/generate.py`` makes the tables of the same page.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import plotly.graph_objects as go
from latency_evidence import shipped

from nasbench_mvit.latency.fitting.evaluation import evaluate
from nasbench_mvit.latency.fitting.report import evaluation_figure
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor

FOLDER = Path(__file__).parents[1] / "docs/latency"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH, HEIGHT = 1000, 780


def browser() -> str:
    """Return the path of a browser."""
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        sys.exit(f"none of {', '.join(BROWSERS)} is on the path; install one of them")
    return found[0]


def draw(figure: go.Figure, path: Path, program: str) -> None:
    """Write ``figure`` as a PNG."""
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "page.html"
        figure.update_layout(width=WIDTH, height=HEIGHT)
        figure.write_html(page, config={"displayModeBar": False})
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   f"--user-data-dir={scratch}/profile", f"--window-size={WIDTH},{HEIGHT}",
                   "--virtual-time-budget=8000", f"--screenshot={path}", page.as_uri()]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - all of it is ours


def main() -> int:
    """Draw the figure of every target; return the exit code."""
    program = browser()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, found in shipped().items():
        predictor = LatencyPredictor(found.document)
        figure = evaluation_figure(predictor, evaluate(predictor, found.rows))
        draw(figure, FOLDER / f"{name}.png", program)
        sys.stdout.write(f"wrote {FOLDER / name}.png\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
