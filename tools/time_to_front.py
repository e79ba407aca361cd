"""From the command to a front that holds up under fresh seeds: what it costs, by ways of searching.

    python tools/time_to_front.py search WAY SEED…    # random, ours, ours_prior, users_way
    python tools/time_to_front.py time                # on an idle machine
    python tools/time_to_front.py evaluate

All but the search of our ways need timm. ``search`` writes what each search has trained to
``docs/time_to_front/searches``; ``time`` times a few updates of each network; ``evaluate`` trains
every network that a search would have handed over within 20 core-minutes, with fresh seeds. All go
on where they were, but for the user's way, which begins anew. ``pages/time_to_front.py`` makes the
tables. A search takes some 20 core-minutes, the timing as long, and the evaluation of twelve
searches some three core-hours.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from fronts.arms import ARMS, COLUMNS, STUDY, searched
from fronts.built import Built
from fronts.evaluation import BUILT, USERS_WAY, fronts_of
from fronts.fresh import trained
from fronts.timing import timed
from pages.time_to_front import (
    BUDGETS,
    CORE_SECONDS,
    FRESH,
    SEARCHES,
    WORST_LATENCY_MS,
    read_searches,
    rows_of,
)

from nasbench_mvit.architecture.spec import MobileViTSpec

FOLDER = Path(__file__).parents[1] / "docs/time_to_front"
RUNS = Path("runs/time_to_front")
FRESH_SEEDS = (1000, 1001)
#: Enough to use up the last budget; ways that end trainings early need more.
TRIALS = {"random": 13, "ours": 20, "ours_prior": 15, USERS_WAY: 26}
ORDER = 0  # seed of the order in which networks are timed


def search(arm: str, seeds: Sequence[int]) -> None:
    """Search by one way with each seed, and keep what was trained."""
    (FOLDER / SEARCHES).mkdir(parents=True, exist_ok=True)
    for seed, rows in zip(seeds, _found(arm, seeds), strict=True):
        table = rows.assign(arm=arm, seed=seed, place=range(len(rows)))[list(COLUMNS)]
        table.to_csv(FOLDER / SEARCHES / f"{arm}-{seed}.csv", index=False)


def _found(arm: str, seeds: Sequence[int]) -> Iterator[pd.DataFrame]:
    if arm == USERS_WAY:
        from fronts.users_way import tables  # noqa: PLC0415 - needs timm

        yield from tables(seeds, trials=TRIALS[arm], study=STUDY)
        return
    for seed in seeds:
        yield searched(arm, seed, RUNS, trials=TRIALS[arm])


def time_trainings() -> None:
    """Time the networks of all searches that were not timed yet."""
    columns = [*BUILT, "whole", "part"]
    networks = list(_networks(rows_of(FOLDER), _kept(FOLDER / CORE_SECONDS, columns)))
    order = np.random.default_rng(ORDER).permutation(len(networks))
    for network, costs in timed([networks[place] for place in order], STUDY):
        row = (network.spec.id, network.is_timm, *(f"{seconds:.2f}" for seconds in costs))
        _keep(FOLDER / CORE_SECONDS, columns, row)


def evaluate() -> None:
    """Train what the fronts of all searches hold, with fresh seeds.

    Raises:
        ValueError: a search ended before the last budget, or its networks were not timed.
    """
    columns = [*BUILT, "seed", "top1"]
    known = _kept(FOLDER / FRESH, columns)
    on_fronts = fronts_of(read_searches(FOLDER), BUDGETS, WORST_LATENCY_MS).networks
    missing = [
        (network, seed)
        for seed in FRESH_SEEDS
        for network in _networks(on_fronts, known[known.seed == seed])
    ]
    for (network, seed), top1 in trained(missing, STUDY):
        _keep(FOLDER / FRESH, columns, (network.spec.id, network.is_timm, seed, f"{top1:.4f}"))


def _networks(rows: pd.DataFrame, known: pd.DataFrame) -> Iterator[Built]:
    """Yield each network of some rows that is not known yet, once."""
    done = set(zip(known.spec_id, known.is_timm, strict=True))
    for row in rows.drop_duplicates(BUILT).itertuples():
        if (row.spec_id, row.is_timm) not in done:
            yield Built(MobileViTSpec.from_json(str(row.spec)), bool(row.is_timm))


def _kept(file: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Return what a file holds, nothing where there is none."""
    return pd.read_csv(file) if file.exists() else pd.DataFrame(columns=list(columns))


def _keep(file: Path, columns: Sequence[str], row: Iterable[object]) -> None:
    """Add a row to a file."""
    lines = [] if file.exists() else [",".join(columns)]
    with file.open("a") as opened:
        opened.writelines(f"{line}\n" for line in (*lines, ",".join(map(str, row))))


def main() -> None:
    """Search by one way, time what was trained, or evaluate the fronts of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    of_search = verbs.add_parser("search")
    of_search.add_argument("arm", choices=[*ARMS, USERS_WAY])
    of_search.add_argument("seed", type=int, nargs="+")
    verbs.add_parser("time")
    verbs.add_parser("evaluate")
    options = parser.parse_args()
    if options.verb == "search":
        search(options.arm, options.seed)
    elif options.verb == "time":
        time_trainings()
    else:
        evaluate()


if __name__ == "__main__":
    main()
