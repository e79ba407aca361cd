"""Makes the table and the figure of ``docs/pruning.md`` from the benchmark table.

Run it when the table or the rungs have changed. It needs Chromium (or Google Chrome) on the path.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from draw_figures import draw
from halving.figure import halving_figure
from halving.replay import Curves
from halving.report import courses, replays, table

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.search.study.config import StudyConfig, load_study, predictor_of
from nasbench_mvit.search.study.sections import Pruning, Reference
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.table.benchmark import DEFAULT, Benchmark

PAGE = Path(__file__).parents[1] / "docs/pruning.md"
FIGURE = PAGE.parent / "pruning/replay.png"
BEGIN, END = "<!-- table made by tools/pruning_page.py -->\n", "<!-- end of the table -->\n"
STUDY = "table_iphone"
REFERENCE = Reference(top1=0.1, latency_ms=15.0)
SEEDS = range(100)
WORKERS = 4


def read_curves(benchmark: Benchmark, config: StudyConfig) -> Curves:
    """Return the trainings with the study's seed of the networks that keep its limits."""
    candidates = Candidates(SearchSpace.load(config.space), predictor_of(config), config.limits)
    seed = config.data_seed
    latency_ms = {}
    for spec in benchmark.specs():
        record = candidates.record(spec, role=Role.SEARCH, seeds=[seed])
        if candidates.allows(record):
            latency_ms[spec.id] = record.latency.ms
    return Curves.from_frames(
        pd.DataFrame(benchmark.frame("top1").xs(seed, level="seed")),
        pd.DataFrame(benchmark.frame("cpu_seconds").xs(seed, level="seed")),
        pd.Series(latency_ms),
    )


def main() -> int:
    """Write the table and the figure; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--table", default=DEFAULT, help="its name or folder (default: %(default)s)"
    )
    benchmark = Benchmark.load(parser.parse_args().table)
    _, config = load_study(STUDY)
    curves, pruning = read_curves(benchmark, config), config.pruning or Pruning()
    found = {
        budget: replays(curves, REFERENCE, pruning, seeds=SEEDS, budget=budget, workers=WORKERS)
        for budget in (config.trials, len(curves))
    }
    grown = courses(curves, REFERENCE, pruning, seeds=SEEDS, workers=WORKERS)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(found)}\n\n{END}{after}", encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}, of {len(curves)} networks\n")
    draw(halving_figure(grown), FIGURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
