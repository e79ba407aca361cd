"""Compare a sampler of your own with Optuna's on the benchmark table; no training is run."""

from optuna.samplers import TPESampler

from nasbench_mvit import compare_samplers
from nasbench_mvit.benchmark.compare.problem import Problem


def make(problem: Problem, seed: int) -> TPESampler:  # noqa: ARG001 - this one asks for no costs
    """Return the sampler of one search."""
    return TPESampler(seed=seed, n_startup_trials=20)


if __name__ == "__main__":
    comparison = compare_samplers(
        ["mobilevit_table"],
        ["random", "tpe", "compare_a_sampler:make"],
        num_seeds=2,
        trials=20,
        out="runs/comparison",
        workers=1,
    )
    for standing in comparison.standings:
        print(f"{standing.sampler}: {standing.shares[:, -1].mean():.1%} of the hypervolume")
