"""From the command to a front that survives fresh seeds: what it costs, by four ways of searching.

    python tools/time_to_front.py search WAY SEED…    # random, ours, ours_prior, users_way (timm)
    python tools/time_to_front.py time                # needs timm and an idle machine
    python tools/time_to_front.py evaluate

``search`` writes what each search has trained to ``docs/time_to_front/searches``; ``time`` times
a few updates of each of its networks into ``docs/time_to_front/core_seconds.csv``; ``evaluate``
trains every network that a search would have handed over within 20 core-minutes, with fresh seeds,
into ``docs/time_to_front/trainings.parquet``. All go on where they were, but for the user's
way, which begins anew. ``pages/time_to_front.py`` makes the tables. A search takes some 20
core-minutes, the timing as long, and the evaluation of thirteen searches some three core-hours.
"""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from fronts.arms import ARMS, COLUMNS, STUDY, searched
from fronts.evaluation import USERS_WAY, networks_on_fronts
from fronts.timing import timed
from pages.time_to_front import BUDGETS, CORE_SECONDS, SEARCHES, is_timm, read_searches, trained

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.batch.run import evaluator_for
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.workbench.shared.trainings.planned import training_run

FOLDER = Path(__file__).parents[1] / "docs/time_to_front"
RUNS = Path("runs/time_to_front")
FRESH = (1000, 1001)  # seeds
#: Enough for the last budget, of which an arm that ends trainings early sees more.
TRIALS = {"random": 16, "ours": 22, "ours_prior": 22, USERS_WAY: 30}
ORDER = 0  # seed of the order in which networks are timed


def search(arm: str, seeds: Sequence[int]) -> None:
    """Search by one arm with each seed, and keep what was trained."""
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
    file = FOLDER / CORE_SECONDS
    known = pd.read_csv(file) if file.exists() else pd.DataFrame(columns=["spec_id", "is_timm"])
    done = set(zip(known.spec_id, known.is_timm, strict=True))
    searches = trained(FOLDER)
    networks = {
        (spec.id, by_timm): (spec, by_timm)
        for spec, by_timm in zip(
            map(MobileViTSpec.from_json, searches.spec), is_timm(searches), strict=True
        )
        if (spec.id, by_timm) not in done
    }
    order = np.random.default_rng(ORDER).permutation(len(networks))
    shuffled = [list(networks.values())[place] for place in order]
    for (spec, by_timm), seconds in timed(shuffled, STUDY):
        row = pd.DataFrame([(spec.id, by_timm, seconds)], columns=["spec_id", "is_timm", "seconds"])
        row.to_csv(file, mode="a", header=not file.exists(), index=False, float_format="%.2f")


def evaluate() -> None:
    """Train what the fronts of all searches hold, with fresh seeds.

    Raises:
        ValueError: a search ended before the last budget, or its networks were not timed.
    """
    _, study = load_study(STUDY)
    searches = read_searches(FOLDER)
    networks = networks_on_fronts(searches, BUDGETS)
    images = open_images(study.data, cell_size=study.proxy.cell_size).fingerprint
    trainings = [
        Training("fresh", study.proxy, name, spec, images, seed)
        for seed, (name, spec) in itertools.product(FRESH, networks.items())
    ]
    with training_run(FOLDER, None, workers=None, ray=None) as run:
        run.train(trainings, evaluator_for(study.proxy, data=study.data, seed=0, folder=FOLDER))


def main() -> None:
    """Search by one arm, time what was trained, or evaluate the fronts of all."""
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
