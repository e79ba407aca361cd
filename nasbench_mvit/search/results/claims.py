"""The paper's claims over its rivals, checked for their direction under a study's proxy.

What is compared are the scores on validation images of the seeds that all networks share. Nobody
chose these networks by such a score, so it flatters none of them; a proxy's recipe was chosen with
MobileViTs alone, which may flatter these. Axes: N networks, S seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.analysis.significance import (
    ALPHA,
    POWER,
    AccuracyDifference,
    Comparison,
    compare_scores,
)
from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.network import title_of
from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.errors import counted
from nasbench_mvit.search.trials.record import State, StoredTrial

PERCENT = 100.0
MIN_SEEDS = 2


@dataclass(frozen=True)
class Claim:
    """A claim that a published network exceeds a rival's score by some points.

    The score is that of ``BENCHMARKS`` for the task.
    """

    network: str
    rival: str
    points: float
    source: str
    task: Task = "classification"


def _with_heads(task: Task, *pairs: tuple[str, str]) -> tuple[Claim, ...]:
    """Return the claims that published scores of networks with the same head amount to."""
    found = BENCHMARKS[task]
    return tuple(
        Claim(name, rival, round(found.scores[name] - found.rivals[rival], 1), found.source, task)
        for name, rival in pairs
    )


ABSTRACT = "abstract of arXiv 2110.02178v2: at a similar size"
CLAIMS = (
    Claim("mobilevit_s", "mobilenet_v3_large", 3.2, ABSTRACT),
    Claim("mobilevit_s", "deit_tiny", 6.2, ABSTRACT),
    Claim(
        "mobilevit_xs",
        "mobilenet_v2",
        1.5,
        "Tables 3, 8, 10a: 74.8 and 73.3, with fewer parameters",
    ),
    *_with_heads(
        "detection",
        ("mobilevit_s", "mobilenet_v3_large"),
        ("mobilevit_s", "mobilenet_v2"),
        ("mobilevit_xs", "mobilenet_v3_large"),
        ("mobilevit_xs", "mobilenet_v2"),
    ),
    *_with_heads("segmentation", ("mobilevit_s", "mobilenet_v2"), ("mobilevit_xs", "mobilenet_v2")),
)


@dataclass(frozen=True, kw_only=True)
class ClaimCheck:
    """The comparison of a study's results with the claims.

    Attributes:
        task: what the networks do.
        claims: those whose two networks are trained to their end.
        seeds: seeds that all their networks were trained with.
        waiting: what is missing for a comparison, or for one of all claims, in words; else empty.
        comparison: its differences are those of ``claims``, in order; None where there is none.
    """

    task: Task
    claims: tuple[Claim, ...]
    seeds: tuple[int, ...]
    waiting: str
    comparison: Comparison | None

    @property
    def checked(self) -> list[tuple[Claim, AccuracyDifference]]:
        """Each claim with what was found."""
        differences = () if self.comparison is None else self.comparison.differences
        return list(zip(self.claims, differences, strict=False))


_FROM_NOTHING = "and no backbone has learnt from ImageNet-1k first, as the paper's have"
_BESIDES: dict[Task, str] = {
    "classification": "and a vision transformer sees few patches here and has no pretraining or "
    "strong augmentation to live on",
    "detection": _FROM_NOTHING,
    "segmentation": _FROM_NOTHING,
}


def check_claims(trials: Sequence[StoredTrial], task: Task) -> ClaimCheck | None:
    """Compare the published networks of a study with its rivals; None where nothing is claimed.

    Args:
        trials: all of the study.
        task: what its networks do.
    """
    fixed = {t.record.name: t for t in trials if t.record.name and t.record.duplicate_of is None}
    claims = [c for c in CLAIMS if c.task == task and c.rival in fixed and c.network in fixed]
    if not claims:
        return None
    unfinished = [n for n in _names(claims) if fixed[n].state is not State.COMPLETE]
    waiting = f"not trained to the end: {_titles(unfinished)}" if unfinished else ""
    claims = [c for c in claims if c.network not in unfinished and c.rival not in unfinished]
    names = _names(claims)
    results = [{e.seed: e.result for e in fixed[n].record.evaluations} for n in names]
    seeds = sorted(set.intersection(*map(set, results))) if results else []
    comparison = None
    if len(seeds) >= MIN_SEEDS:
        comparison = compare_scores(
            np.array([[r[seed].top1 for seed in seeds] for r in results]),
            np.mean(
                [[r[seed].top1_standard_error ** 2 for seed in seeds] for r in results], axis=1
            ),
            results[0][seeds[0]].num_images,
            [(names.index(claim.network), names.index(claim.rival)) for claim in claims],
        )
    elif names:
        waiting = (
            f"an interval needs {MIN_SEEDS} seeds or more that {_titles(names)} share, they share "
            f"{len(seeds)}"
        )
    return ClaimCheck(
        task=task,
        claims=tuple(claims),
        seeds=tuple(seeds),
        waiting=waiting,
        comparison=comparison,
    )


def _names(claims: Sequence[Claim]) -> list[str]:
    """Return the networks that claims are about, each once."""
    return list(dict.fromkeys(name for c in claims for name in (c.network, c.rival)))


def _titles(names: Sequence[str]) -> str:
    return ", ".join(map(title_of, names))


def verdict(difference: AccuracyDifference) -> str:
    """Return the direction of a difference relative to the paper's claim, in words."""
    if not difference.exceeds_noise:
        return "inside the noise"
    return "same direction" if difference.estimate > 0 else "opposite direction"


def headline(check: ClaimCheck) -> str:
    """Return the number of claims that the proxy agrees with, and what is missing, in words."""
    if check.comparison is None:
        return f"the claims are not checked yet: {check.waiting}"
    said = [verdict(difference) for _, difference in check.checked]
    kinds = ("same direction", "inside the noise", "opposite direction")
    counts = ", ".join(f"{said.count(kind)} {kind}" for kind in kinds if kind in said)
    text = f"of {len(said)} claims that MobileViT is the more accurate: {counts}"
    return f"{text}; {check.waiting}" if check.waiting else text


def note(check: ClaimCheck) -> str:
    """Return the basis and the limits of the comparison, in words."""
    comparison = check.comparison
    if comparison is None:
        return ""
    return (
        f"{counted(comparison.num_seeds, 'seed')}, paired, on "
        f"{counted(comparison.num_images, 'validation image')}, "
        "whose choice counts as if each network had seen images of its own; a "
        f"score varies by {comparison.noise * PERCENT:.1f} points between seeds (standard "
        "deviation, the median of the pairs, of which each counts with its own and "
        f"{counted(comparison.freedom, 'degree of freedom', 'degrees of freedom')}); "
        "the intervals hold all at once with "
        f"{(1 - ALPHA) * PERCENT:.0f} %, a verdict rests on p below {ALPHA:.2f} after Holm's "
        f"correction; a true difference of {comparison.smallest_difference() * PERCENT:.1f} points "
        f"is found with a probability of {POWER * PERCENT:.0f} %. All networks train by the same "
        "short recipe, which was chosen with MobileViTs, on small images: this says nothing of "
        f"{BENCHMARKS[check.task].images}, {_BESIDES[check.task]}"
    )
