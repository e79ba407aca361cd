"""Fronts by single scores, by posterior means and by second trainings, on tables with noise.

Run ``python tools/noisy_fronts.py``; it writes the table of ``docs/samplers/noisy_fronts.md``. A
search observes one training of each network; its front is judged by trainings that it has not
observed. Axes: N networks of a search, in the order in which they were trained.
"""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.analysis.pareto import pareto_front
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.compare.by_name import find_sampler, load_problem
from nasbench_mvit.benchmark.compare.problem import Choices, Outcome, Problem
from nasbench_mvit.benchmark.compare.search import search
from nasbench_mvit.cost_aware.encoding import Encoding
from nasbench_mvit.cost_aware.gaussian_process import GaussianProcess
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.search.samplers.by_name import parameters
from nasbench_mvit.table.benchmark import DEFAULT, Benchmark

Floats = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs/samplers/noisy_fronts.md"
BEGIN = "<!-- table made by tools/noisy_fronts.py -->\n"
END = "<!-- end of the table -->\n"
REPEATED = "mobilevit_table_repeated"  # the networks of the table that were trained thrice
PROBLEMS = (
    REPEATED,
    f"{DEFAULT}_noisy",
    "nasbench201_latency_noisy",
    "nasbench201_imagenet16_noisy",
    "nasbench_macro_noisy",
    "hpolib_protein_noisy",
)
SAMPLER = "cost_aware"
TRAININGS = 48  # of a search, and of the thrice-trained networks
RETRAINED = 6  # of these, where networks of the front are trained a second time
MIN_DRAWS = 3  # of a network that may be trained again: one is observed, one is left to judge by
SEEDS = {"deciding": range(20), "confirming": range(20, 40)}
REPEATS = 10  # of the thrice-trained networks, drawn at random, for each search elsewhere
PERCENT = 100.0
NORMAL = 1.96


@dataclasses.dataclass(frozen=True)
class Trained:
    """The networks of one search.

    Attributes:
        problem: the table.
        keys: the networks.
        costs: their costs, (N,).
        draws: the trainings of each, in an order drawn for the search; the first is observed.
    """

    problem: Problem
    keys: Sequence[Choices]
    costs: Floats
    draws: Sequence[Sequence[float]]

    def first(self, count: int) -> "Trained":
        """Return the first networks."""
        return Trained(self.problem, self.keys[:count], self.costs[:count], self.draws[:count])

    @property
    def single(self) -> Floats:
        """The scores observed."""
        return np.array([draws[0] for draws in self.draws])

    @property
    def unseen(self) -> Floats:
        """The means of the trainings that no rule observes."""
        return np.array(
            [np.mean(draws[2:] if len(draws) >= MIN_DRAWS else draws[1:]) for draws in self.draws]
        )

    def posterior(self) -> Floats:
        """Return the means of the sampler's Gaussian process, the observed scores known."""
        names = list(self.problem.distributions)
        encoding = Encoding(self.problem.distributions, optional=set())
        encoded_NF = encoding.encode([dict(zip(names, key, strict=True)) for key in self.keys])
        low, high = self.costs.min(), self.costs.max()
        inputs_NF = np.column_stack([encoded_NF, (self.costs - low) / (high - low)])
        owners_F = np.append(encoding.owners_F, encoding.owners_F.max() + 1)
        mean_N, _ = GaussianProcess(inputs_NF, self.single, owners_F).predict(inputs_NF)
        return mean_N

    def retrained(self, budget: int) -> Floats:
        """Return the scores after second trainings of the front, the most accurate first.

        They end when every network of the front that can be trained again is, or with the budget.
        """
        scores_N, seen = self.single, set[int]()
        while len(seen) < budget:
            front: list[int] = np.flatnonzero(pareto_front(scores_N, self.costs)).tolist()
            left = [n for n in front if n not in seen and len(self.draws[n]) >= MIN_DRAWS]
            if not left:
                break
            chosen = max(left, key=lambda n: scores_N[n])
            scores_N[chosen] = np.mean(self.draws[chosen][:2])
            seen.add(chosen)
        return scores_N


RULES: Mapping[str, Callable[[Trained], tuple[Trained, Floats]]] = {
    "single scores": lambda found: (found, found.single),
    "posterior means": lambda found: (found, found.posterior()),
    "second trainings": lambda found: (
        (fewer := found.first(len(found.keys) - RETRAINED)), fewer.retrained(RETRAINED)
    ),
    "second trainings, added": lambda found: (found, found.retrained(len(found.keys))),
    "the truth": lambda found: (found, found.unseen),
}  # fmt: skip


def judged(found: Trained, scores_N: Floats) -> tuple[float, float, int]:
    """Return the hypervolume of a front, in percent, its flattery, in points, and its size.

    The front by ``scores_N`` names the network of the largest score within each cost. What it gives
    is the mean of their unseen trainings over all costs from the cheapest network of the table to
    the reference point; below the front it is the accuracy of that point. Luck in ``scores_N`` does
    not raise it.
    """
    problem = found.problem
    on_front = pareto_front(scores_N, found.costs)
    order = np.argsort(found.costs[on_front], kind="stable")
    costs, promised, unseen = (
        values_N[on_front][order] for values_N in (found.costs, scores_N, found.unseen)
    )
    widths = np.diff(np.append(costs, problem.worst_cost))
    area = float(np.sum(widths * (unseen - problem.worst_accuracy)))
    cheapest = min(outcome.cost for outcome in problem.outcomes.values())
    given = problem.worst_accuracy + area / (problem.worst_cost - cheapest)
    flattery = float(np.mean(promised - unseen))
    return PERCENT * given, PERCENT * flattery, len(costs)


def searched(problem: Problem, seed: int) -> Trained:
    """Return the networks of a search; of those trained thrice as many drawn at random."""
    rng = np.random.default_rng(seed)
    draws = {key: rng.permutation(o.draws).tolist() for key, o in problem.outcomes.items()}
    keys = list(problem.outcomes)
    if problem.name == REPEATED:
        chosen = [keys[place] for place in rng.permutation(len(keys))[:TRAININGS]]
    else:
        first = {key: dataclasses.replace(problem.outcomes[key], draws=draws[key][:1])
                 for key in keys}  # fmt: skip
        points = search(
            dataclasses.replace(problem, outcomes=first),
            find_sampler(SAMPLER),
            seed=seed,
            trials=TRAININGS,
        )
        named = {" ".join(map(str, key)): key for key in keys}
        chosen = [named[name] for name in points["network"]]
    costs_N = np.array([problem.outcomes[key].cost for key in chosen])
    return Trained(problem, chosen, costs_N, [draws[key] for key in chosen])


def load(name: str) -> Problem:
    """Return a problem with noise, or the networks of the benchmark table that were trained thrice.

    Raises:
        WorkbenchError: it cannot be loaded.
    """
    if name != REPEATED:
        return load_problem(name)
    problem, benchmark = load_problem(DEFAULT), Benchmark.load()
    space = SearchSpace.load(DEFAULT)
    outcomes: dict[Choices, Outcome] = {}
    for spec in benchmark.specs():
        if len(seeds := benchmark.seeds(spec)) >= MIN_DRAWS:
            draws = tuple(benchmark.query(spec, seed=seed).top1 for seed in seeds)
            key = problem.choices(parameters(space, spec))
            outcomes[key] = dataclasses.replace(
                problem.outcomes[key], accuracy=float(np.mean(draws)), draws=draws
            )
    return dataclasses.replace(problem, name=name, outcomes=outcomes)


def judgements(names: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield one row for each problem, half, search and rule."""
    for name in names:
        problem = load(name)
        repeats = REPEATS if name == REPEATED else 1
        for half, seeds in SEEDS.items():
            for seed in range(seeds.start * repeats, seeds.stop * repeats):
                found = searched(problem, seed)
                for rule, choose in RULES.items():
                    given, flattery, size = judged(*choose(found))
                    yield {"problem": name, "half": half, "seed": seed, "rule": rule,
                           "given": given, "flattery": flattery, "size": size}  # fmt: skip
        sys.stdout.write(f"{name}\n")


def table(rows: pd.DataFrame) -> str:
    """Return the means of each rule, with its lead over single scores in either half."""
    means = rows.pivot_table(index=["problem", "half", "seed"], columns="rule", values="given")
    leads = means.sub(means["single scores"], axis="index")
    lines = []
    for problem in dict.fromkeys(rows["problem"]):
        for rule in RULES:
            of_rule = rows[(rows["problem"] == problem) & (rows["rule"] == rule)]
            lines.append(
                [
                    f"`{problem}`",
                    rule,
                    f"{of_rule['given'].mean():.2f}",
                    *(_lead(leads.loc[problem, half][rule]) for half in SEEDS),
                    f"{of_rule['flattery'].mean():+.2f}",
                    f"{of_rule['size'].mean():.1f}",
                ]
            )
    header = ("problem", "front by", "given, %", *(f"lead, {half} seeds" for half in SEEDS),
              "flattery, points", "networks")  # fmt: skip
    return markdown_table(header, lines)


def _lead(leads: "pd.Series[float]") -> str:
    half = NORMAL * leads.std() / np.sqrt(len(leads))
    return f"{leads.mean():+.2f} ± {half:.2f}" if half else "–"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=PROBLEMS, help="problems (default: all)")
    rows = pd.DataFrame(judgements(parser.parse_args(argv).only))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}\n\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
