"""How often the comparison of finalists is wrong, and how often it finds what it says it would.

Run by hand: ``python tests/benchmarks/bench_comparison_errors.py``. Eight networks, three seeds,
1,500 test images; five finalists and three published networks, so 25 comparisons. Scores are drawn
from a model with luck of images, of networks on images, of seeds, and of both.

Axes: N networks, S seeds, M images.
"""

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.analysis.significance import ALPHA, POWER, compare

N, S, M = 8, 3, 1500
NUM_FINALISTS = 5
REPEATS = 400
PAIRS = [(a, b) for b in range(N) for a in range(b) if a < NUM_FINALISTS]


def draw(rng: np.random.Generator, lead: float, seed_sd: float) -> NDArray[np.bool_]:
    """Return hits (N, S, M); ``lead`` and ``seed_sd`` are on the scale of logits."""
    logits = rng.normal(0.4, 1.5, M) + rng.normal(0, 0.5, (N, 1, M))
    logits = logits + rng.normal(0, seed_sd, (N, S, 1)) + rng.normal(0, 0.05, (1, S, 1))
    logits[0] += lead
    hits: NDArray[np.bool_] = rng.random((N, S, M)) < 1 / (1 + np.exp(-logits))
    return hits


def lead_of(rng: np.random.Generator, difference: float) -> float:
    """Return the lead in logits that makes a difference in top-1."""
    logits = rng.normal(0.4, np.hypot(1.5, 0.5), 1_000_000)
    leads = np.linspace(0, 3, 61)
    means = np.array([(1 / (1 + np.exp(-logits - lead))).mean() for lead in leads])
    return float(np.interp(difference, means - means[0], leads))


def main() -> None:
    rng = np.random.default_rng(0)
    for seed_sd in (0.02, 0.1, 0.3):
        equal = [compare(draw(rng, 0.0, seed_sd), PAIRS) for _ in range(REPEATS)]
        wrong = sum(any(d.exceeds_noise for d in c.differences) for c in equal)
        covered = sum(all(d.low <= 0 <= d.high for d in c.differences) for c in equal)
        said = float(np.median([c.smallest_difference() for c in equal]))
        lead = lead_of(rng, said)
        better = [compare(draw(rng, lead, seed_sd), PAIRS) for _ in range(REPEATS)]
        found = [d.exceeds_noise for c in better for d in c.differences if d.first == 0]
        print(
            f"noise of seeds {equal[0].noise:.3f}: equal networks told apart in "
            f"{wrong / REPEATS:.1%} (at most {ALPHA:.0%}), all intervals right in "
            f"{covered / REPEATS:.1%}; a difference of {said:.3f} found in "
            f"{np.mean(found):.0%} (said: {POWER:.0%})"
        )


if __name__ == "__main__":
    main()
