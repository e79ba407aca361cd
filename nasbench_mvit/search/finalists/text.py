"""The final evaluation as text, the same in the terminal, the page and the files."""

import math

from nasbench_mvit.analysis.significance import ALPHA, POWER, Comparison
from nasbench_mvit.errors import counted
from nasbench_mvit.search.finalists.summary import Finalist, FinalSummary

PERCENT = 100.0


def headline(final: FinalSummary) -> str:
    """Return a sentence on the seeds, the images and the number of clear differences."""
    seeds = ", ".join(map(str, final.seeds))
    images = f"{final.num_test_images:,} " if final.num_test_images else ""
    trained = "trained anew"
    if (tuned := final.finetuning) is not None:
        trained = (
            f"fine-tuned by {counted(tuned.updates, 'update')} from the shared weights of the "
            f"supernet {tuned.supernet}"
        )
    text = (
        f"{counted(len(final.finalists), 'network')} {trained} with the seeds {seeds}, each "
        "training "
        f"scored once on {images}test images; the search used neither these seeds nor these images"
    )
    if final.num_missing:
        text += (
            f". {final.num_missing} trainings are still to do: asking for the finalists again "
            "resumes them, and then reports which differences are larger than the noise"
        )
    elif final.differences:
        larger = sum(difference.exceeds_noise for _, _, difference in final.differences)
        text += f". {larger} of {len(final.differences)} differences are larger than the noise"
    return text


def verdict(finalist: Finalist, final: FinalSummary) -> str:
    """Return the names that a network is better than, equal to and worse than, as text."""
    if finalist.failure:
        return f"not compared; {finalist.failure}"
    kinds = ("better than", "not told apart from", "worse than")
    parts = zip(kinds, final.standing(finalist), strict=True)
    said = [f"{kind} {', '.join(names)}" for kind, names in parts if names]
    return "; ".join(said) or "not compared yet"


def notes(final: FinalSummary) -> dict[str, str]:
    """Return notes on the test, the noise, the power and the optimism, by title."""
    if final.comparison is None:
        return {}
    return {
        "Verdict": _verdict_note(final.comparison),
        "Noise": _noise_note(final.comparison),
        "Power": _power_note(final.comparison),
        **(
            {"Shared weights": _shared_note(final)}
            if final.searched_by_shares
            else {"Optimism": _optimism_note(final)}
        ),
        **({"8 bits": _int8_note(final)} if final.int8_by else {}),
    }


def _int8_note(final: FinalSummary) -> str:
    return (
        f"the same trainings quantised after the training and run by {final.int8_by}, on the same "
        "test images at the proxy's size; the ranges of 8-bit activations are those of a batch of "
        "validation images. Estimated int8 ms are those of the study's phone where a predictor of "
        "it in 8 bits ships, which may be of another runtime than the score"
    )


def _verdict_note(comparison: Comparison) -> str:
    return (
        f"a difference is larger than the noise where p is below {ALPHA:.2f} after Holm's "
        f"correction for {len(comparison.differences)} comparisons, those of the published "
        "networks with one another left out; the intervals, a little wider than that asks for, "
        f"hold all at once with {(1 - ALPHA) * PERCENT:.0f} %"
    )


def _noise_note(comparison: Comparison) -> str:
    points = comparison.noise * PERCENT
    images = math.sqrt(comparison.image_variance) * PERCENT
    return (
        f"a score varies by {points:.1f} points between seeds (standard deviation, beyond what all "
        "networks gain or lose with a seed; pooled over "
        f"{counted(comparison.num_networks, 'network')}, which "
        "are taken to be equally noisy: "
        f"{counted(comparison.freedom, 'degree of freedom', 'degrees of freedom')}); another draw "
        f"of test images would change a difference by {images:.1f} points"
    )


def _power_note(comparison: Comparison) -> str:
    seeds = comparison.num_seeds
    now = comparison.smallest_difference() * PERCENT
    more = comparison.smallest_difference(2 * seeds) * PERCENT
    return (
        f"{seeds} seeds find a true difference of {now:.1f} points with a probability of "
        f"{POWER * PERCENT:.0f} %, {2 * seeds} one of {more:.1f}; "
        "two networks not told apart may still differ by less"
    )


def _optimism_note(final: FinalSummary) -> str:
    validation, test = final.optimism(of_baselines=False)
    text = (
        f"the front is the best of {counted(final.num_searched, 'network')} by one noisy score. "
        "With fresh "
        f"seeds its finalists score {_below(validation)} than in the search on the same validation "
        f"images, and {_below(test)} on test images (means)"
    )
    validation, test = final.optimism(of_baselines=True)
    if math.isfinite(test):
        text += (
            f"; the published networks, which no score selected, {_below(validation)} and "
            f"{_below(test)}"
        )
    return text


def _shared_note(final: FinalSummary) -> str:
    text = (
        "the search scored networks with the weights of a supernet, and these scores are of "
        "another kind than those of the trainings here"
    )
    if final.finetuning is not None:
        text += (
            "; trainings that begin with shared weights are comparable with each other, not with "
            "those from random weights, and since all seeds begin with the same weights, the noise "
            "between seeds leaves out that of another supernet"
        )
    return text


def _below(optimism: float) -> str:
    return f"{abs(optimism) * PERCENT:.1f} points {'more' if optimism < 0 else 'less'}"
