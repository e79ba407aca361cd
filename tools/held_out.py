"""Searches of the samplers over problems that ``cost_aware`` was made on, and over held-out ones.

Run ``python tools/held_out.py`` to make the searches that docs/samplers/held_out.parquet lacks; the
same command resumes. ``--only`` limits it to some problems, ``--samplers`` to some samplers.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nasbench_mvit.benchmark.compare.archive import ArchivedSearch, SearchArchive
from nasbench_mvit.benchmark.compare.by_name import NOISY, PROBLEMS, load_problem
from nasbench_mvit.benchmark.compare.searches import play

FILE = Path(__file__).parents[1] / "docs/samplers/held_out.parquet"
TUNED = (
    "nasbench201",
    "nasbench201_latency",
    "mobilevit_table",
    "mobilevit_table_pixel_4",
    "hpolib_protein",
)
HELD_OUT = tuple(name for name in PROBLEMS if name not in TUNED)
SAMPLERS = (
    "cost_aware",
    "cost_aware_untold",
    "cost_aware_learnt",
    "ridge",
    "ridge_untold",
    "tpe",
    "nsga2",
)
SEEDS = range(20, 30)  # of the report; decisions were made with seeds below
TRIALS = 100


def main(argv: Sequence[str] | None = None) -> int:
    """Make the searches that are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[*TUNED, *HELD_OUT])
    parser.add_argument("--samplers", nargs="*", default=SAMPLERS)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(argv)
    names = [name + ending for ending in ("", NOISY) for name in options.only]
    archive = SearchArchive(FILE)
    digests = {name: load_problem(name).digest for name in names}
    entries = [
        ArchivedSearch(name, digest, sampler, seed, TRIALS)
        for seed in SEEDS
        for name, digest in digests.items()
        for sampler in options.samplers
    ]
    missing = archive.missing(entries)
    print(f"{len(entries)} searches, {len(missing)} of them to make", flush=True)
    try:
        play(missing, archive, workers=options.workers, observe=_observe)
    finally:
        archive.compact()
    return 0


def _observe(entry: ArchivedSearch, points: pd.DataFrame) -> None:
    share = points["share"].iloc[-1]
    print(f"{entry.benchmark} {entry.sampler} {entry.seed}: {share:.4f}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
