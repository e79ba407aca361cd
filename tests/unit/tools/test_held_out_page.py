"""The tables and the figure of searches on held-out problems, of made-up searches."""

import itertools

import pandas as pd
import pytest
from held_out import HELD_OUT, SAMPLERS
from pages.held_out import COUNTS, SETS, held_out_tables, mean_over_problems, of_held_out, set_of

from nasbench_mvit.benchmark.compare.by_name import NOISY


def share(sampler: str) -> float:
    """Return a share of the hypervolume, each sampler's a tenth of a point below the one before."""
    return 0.93 - 0.001 * SAMPLERS.index(sampler)


def searches() -> pd.DataFrame:
    """Return searches of all samplers on all problems."""
    names = [name + ending for name in (*HELD_OUT, "nasbench201") for ending in ("", NOISY)]
    rows = [
        (name, sampler, seed, count, share(sampler), 1.0, count, 0.1)
        for name, sampler, seed, count in itertools.product(names, SAMPLERS, (20, 21), COUNTS)
    ]
    columns = ["benchmark", "sampler", "seed", "evaluation", "share", "seconds", "asks", "ask_s"]
    return pd.DataFrame(rows, columns=columns)


def test_every_held_out_problem_is_of_one_set() -> None:
    assert {set_of(name + ending) for name in HELD_OUT for ending in ("", NOISY)} == set(SETS)


def test_a_lead_is_over_problems_and_its_p_over_sets() -> None:
    text = held_out_tables(searches())
    (row,) = (line for line in text.splitlines() if "| `cost_aware` | `ridge` | 50 |" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    # Seven sets, all ahead: the smallest p of the test is 2/2^7.
    assert cells[3:] == ["+0.30", "+0.30 – +0.30", "26, 0, 0", "0.02"]
    assert text.startswith("26 problems, 2 searches of each sampler on each (seeds 20 to 21).")


def test_seeds_that_a_sampler_lacks_somewhere_count_nowhere() -> None:
    rows = of_held_out(searches())
    lacks = (rows.benchmark == HELD_OUT[0]) & (rows.sampler == "tpe") & (rows.seed == 21)
    found = mean_over_problems(rows[~lacks])
    assert set(found.seed) == {20}
    assert set(found.benchmark) == set(SETS.values())
    ours = found[(found.sampler == "cost_aware") & (found.evaluation == 50)]
    assert ours.share.tolist() == pytest.approx([0.93] * 4)
    assert held_out_tables(rows[~lacks]).startswith("26 problems, 1 searches")
