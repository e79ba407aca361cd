"""Draws the figures of ``docs/samplers.md`` from the searches next to it.

Run it when searches were added; ``tools/generate.py`` makes the tables. It needs Chromium (or
Google Chrome) on the path.
"""

import sys
from pathlib import Path

from latency_figures import browser, draw
from samplers_tables import first

from nasbench_mvit.benchmark.compare.archive import SearchArchive
from nasbench_mvit.benchmark.compare.by_name import load_problem
from nasbench_mvit.benchmark.compare.standings import (
    NUM_ATTAINED,
    attainment,
    courses,
    standings,
)
from nasbench_mvit.figures.samplers import attainment_figure, courses_figure

FOLDER = Path(__file__).parents[1] / "docs/samplers"


def main() -> int:
    """Write the pictures; return the exit code."""
    rows = first(SearchArchive(FOLDER / "searches.parquet").rows)
    costs = {name: load_problem(name).cost_name for name in rows["benchmark"].unique()}
    figures = {
        "courses": courses_figure(courses(standings(rows))),
        "attainment": attainment_figure(attainment(rows, NUM_ATTAINED), costs),
    }
    program = browser()
    for name, figure in figures.items():
        draw(figure, FOLDER / f"{name}.png", program)
        sys.stdout.write(f"wrote {FOLDER / name}.png\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
