"""What training-free scores are worth, as tables in Markdown."""

from collections.abc import Mapping

import numpy as np

from nasbench_mvit.analysis.ranking import LEVEL, Correlation
from nasbench_mvit.benchmark.scores.standing import ADDED, Ranking, Scored, reduction, rms
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.surrogate.held_out import FOLDS, METRICS, HeldOut, ceilings, scored
from nasbench_mvit.surrogate.sheet import score_text
from nasbench_mvit.training_free.names import SOURCES

PERCENT = 100.0


def report(found: Scored) -> str:
    """Return the tables of scored networks.

    Raises:
        SurrogateError: scikit-learn is not installed.
    """
    held = found.held_out()
    count = len(found.trained)
    return (
        f"## Rank correlation with top-1, {count} networks\n\n{_rankings(found.rankings())}\n\n"
        f"In brackets the {LEVEL:.0%} bootstrap interval over networks; top-1 is the mean over "
        "seeds. *Given params and MACs* is Spearman's partial correlation. All scores of a network "
        f"took {np.median(found.seconds):.1f} s of one core at the median, its training "
        f"{np.median(found.trained.seconds):.0f} s.\n\n"
        f"## Beside what the surrogate knows, networks held out in {FOLDS} parts\n\n"
        f"{_models(held)}\n\n{_verdicts(held)}\n"
    )


def _rankings(rankings: Mapping[str, Ranking]) -> str:
    head = ["", "defined in", "Spearman's ρ", "Kendall's τ", "ρ given params and MACs"]
    return markdown_table(
        head,
        (
            [
                name,
                SOURCES.get(name, "–"),
                _interval(ranking.rho),
                _interval(ranking.tau),
                "–" if ranking.beyond is None else _interval(ranking.beyond),
            ]
            for name, ranking in rankings.items()
        ),
    )


def _interval(found: Correlation) -> str:
    return f"{found.rho:.2f} [{found.low:.2f}, {found.high:.2f}]"


def _models(held: HeldOut) -> str:
    rows = [
        [
            model,
            *(score_text(scored(metric, held, model)) for metric in METRICS),
            f"{rms(held, model) * PERCENT:.2f}",
        ]
        for model in held.expected
    ]
    highest = ceilings(held)
    noise = f"{held.noise * PERCENT:.2f}"
    rows.append(
        ["ceiling by the noise between seeds", *(f"{highest[m]:.2f}" for m in METRICS), noise]
    )
    return markdown_table(["boosted trees know", *METRICS, "error (rms), points"], rows)


def _verdicts(held: HeldOut) -> str:
    return "\n".join(f"- {_verdict(held, without, also)}" for without, also in ADDED.items())


def _verdict(held: HeldOut, without: str, also: str) -> str:
    change = reduction(held, without, also)
    if change.low > 0:
        words = "the scores help"
    elif change.high < 0:
        words = "the scores harm"
    else:
        words = "no difference that these networks could tell from none"
    before, after, fall, low, high = (
        error * PERCENT
        for error in (rms(held, without), rms(held, also), change.value, change.low, change.high)
    )
    return (
        f"*{without}*: error {before:.2f} points, with the scores {after:.2f}; it falls by "
        f"{fall:.2f} [{low:.2f}, {high:.2f}]: {words}."
    )
