"""Fronts of noisy scores, judged by trainings that no rule has observed."""

import numpy as np
import pandas as pd
import pytest
from noisy_fronts import PERCENT, RULES, SEEDS, Trained, judged, table
from optuna.distributions import IntDistribution

from nasbench_mvit.benchmark.compare.problem import Outcome, Problem

#         width: observed, second, unseen
DRAWS = {1: (0.50, 0.50, 0.50), 2: (0.70, 0.50, 0.54), 3: (0.60, 0.62, 0.61), 4: (0.80, 0.84, 0.82)}
PROBLEM = Problem(
    name="noisy",
    distributions={"width": IntDistribution(1, 4)},
    outcomes={(w,): Outcome(float(np.mean(d)), float(w), 1.0, d) for w, d in DRAWS.items()},
    cost_name="width",
    worst_accuracy=0.4,
    worst_cost=5.0,
    is_noisy=True,
)
FOUND = Trained(PROBLEM, list(PROBLEM.outcomes), np.arange(1.0, 5.0), list(DRAWS.values()))


def test_a_front_is_judged_by_what_it_gives_and_not_by_what_it_promises() -> None:
    given, flattery, size = judged(FOUND, FOUND.single)  # widths 1, 2 and 4: 2 was lucky
    assert size == 3
    assert given == pytest.approx(PERCENT * (0.50 + 0.54 + 0.54 + 0.82) / 4)
    assert flattery == pytest.approx(PERCENT * (0.0 + 0.16 - 0.02) / 3)


def test_second_trainings_go_to_the_front_and_let_a_lucky_network_fall() -> None:
    assert FOUND.retrained(1) == pytest.approx([0.50, 0.70, 0.60, 0.82])  # the most accurate first
    assert FOUND.retrained(2) == pytest.approx([0.50, 0.60, 0.60, 0.82])
    assert FOUND.retrained(9) == pytest.approx([0.50, 0.60, 0.60, 0.82])  # 3 is on no front
    assert FOUND.single == pytest.approx([0.50, 0.70, 0.60, 0.80])


def test_no_choice_gives_more_than_that_by_the_truth() -> None:
    best, flattery, _ = judged(FOUND, FOUND.unseen)
    assert flattery == 0.0
    assert all(judged(FOUND, scores)[0] <= best for scores in (FOUND.single, FOUND.retrained(2)))


def test_the_table_holds_the_lead_of_each_half_and_its_interval() -> None:
    rows = pd.DataFrame(
        {"problem": "p", "half": half, "seed": seed, "rule": rule, "flattery": 1.0, "size": 3,
         "given": 50.0 + seed + (rule == "posterior means") * (1 + seed % 2)}
        for half, seeds in SEEDS.items() for seed in seeds for rule in RULES
    )  # fmt: skip
    line = next(line for line in table(rows).splitlines() if "posterior means" in line)
    assert line.count("+1.50 ± 0.22") == len(SEEDS)  # 1.96 · 0.513 / √20
