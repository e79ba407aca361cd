"""Make the table and the picture of ``docs/pruning.md`` from finished trainings.

``python tools/pruning_page.py TRAININGS`` reads the Parquet file of an ``Archive``, of
networks trained by one recipe. Needs Chromium (or Google Chrome) on the path.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from latency_figures import browser, draw

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.benchmark.halving import Curves
from nasbench_mvit.benchmark.halving_report import courses, replays, table
from nasbench_mvit.figures.halving import halving_figure
from nasbench_mvit.search.candidates import Candidates
from nasbench_mvit.search.record import Role
from nasbench_mvit.search.study import Pruning, StudyConfig, load_study, predictor_of

PAGE = Path(__file__).parents[1] / "docs/pruning.md"
FIGURE = PAGE.parent / "pruning/replay.png"
BEGIN, END = "<!-- table made by tools/pruning_page.py -->\n", "<!-- end of the table -->\n"
STUDY = "latency_iphone"
SEEDS = range(100)
WORKERS = 4
FIRST_SEED = 0


def read_curves(path: Path, config: StudyConfig) -> Curves:
    """Return the trainings with the first seed of the networks that keep the study's limits."""
    rows = pd.read_parquet(path)
    rows = rows[rows.seed == FIRST_SEED]
    candidates = Candidates(SearchSpace.load(config.space), predictor_of(config), config.limits)
    latency_ms = {}
    for spec_id, text in rows.groupby("spec_id").spec.first().items():
        spec = MobileViTSpec.from_json(text)
        record = candidates.record(spec, role=Role.SEARCH, seeds=[FIRST_SEED])
        if candidates.rejection(record) is None:
            latency_ms[spec_id] = record.latency.ms
    return Curves.from_frames(
        rows.pivot(index="spec_id", columns="fraction", values="top1"),
        rows.pivot(index="spec_id", columns="fraction", values="cpu_seconds"),
        pd.Series(latency_ms),
    )


def main() -> int:
    """Write the table and the picture; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainings", type=Path, help="Parquet file of finished trainings")
    path = parser.parse_args().trainings
    _, config = load_study(STUDY)
    curves, pruning = read_curves(path, config), config.pruning or Pruning()
    found = {
        budget: replays(
            curves, config.reference, pruning, seeds=SEEDS, budget=budget, workers=WORKERS
        )
        for budget in (config.trials, len(curves))
    }
    grown = courses(curves, config.reference, pruning, seeds=SEEDS, workers=WORKERS)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(found)}\n\n{END}{after}", encoding="utf-8")
    FIGURE.parent.mkdir(exist_ok=True)
    draw(halving_figure(grown), FIGURE, browser())
    sys.stdout.write(f"wrote {PAGE} and {FIGURE}, of {len(curves)} networks\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
