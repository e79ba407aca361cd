"""Makes the table and the figure of ``docs/pruning.md`` from the benchmark table.

Run it when the table or the rungs have changed. It needs Chromium (or Google Chrome) on the path.

    python tools/pruning_page.py --seeds 1000:1100
    python tools/pruning_page.py --rungs 0.125,0.25,0.5 --reduction 2

print the table for other orders of the networks, or other rungs, and write nothing.
"""

import argparse
import sys
from collections.abc import Sequence
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


def write_page(curves: Curves, pruning: Pruning, found: str) -> None:
    """Write the table and the figure."""
    grown = courses(curves, REFERENCE, pruning, seeds=SEEDS, workers=WORKERS)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{found}\n\n{END}{after}", encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}, of {len(curves)} networks\n")
    draw(halving_figure(grown), FIGURE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table and the figure, or print the table; return the exit code."""
    options = parse(arguments)
    _, config = load_study(STUDY)
    curves, usual = read_curves(Benchmark.load(options.table), config), config.pruning or Pruning()
    given = {"rungs": options.rungs, "reduction": options.reduction}
    changes = {name: value for name, value in given.items() if value is not None}
    pruning = Pruning.model_validate(usual.model_dump() | changes)
    found = {
        budget: replays(
            curves,
            REFERENCE,
            pruning,
            seeds=options.seeds or SEEDS,
            budget=budget,
            workers=WORKERS,
        )
        for budget in (config.trials, len(curves))
    }
    if changes or options.seeds:
        sys.stdout.write(f"{table(found)}\n")
    else:
        write_page(curves, pruning, table(found))
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--table", default=DEFAULT, help="its name or folder (default: %(default)s)"
    )
    parser.add_argument(
        "--seeds", type=seeds_of, metavar="FIRST:END", help="orders of the networks (0:100)"
    )
    parser.add_argument(
        "--rungs",
        type=lambda text: [float(rung) for rung in text.split(",")],
        metavar="SHARES",
        help="rungs, separated by commas (those of the study)",
    )
    parser.add_argument("--reduction", type=int, help="one in so many goes on (as the study)")
    return parser.parse_args(arguments)


def seeds_of(text: str) -> range:
    """Return the seeds from the first to the one before the end."""
    first, end = map(int, text.split(":"))
    return range(first, end)


if __name__ == "__main__":
    sys.exit(main())
