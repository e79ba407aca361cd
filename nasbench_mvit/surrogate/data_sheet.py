"""The data sheet of a surrogate: training data, scores and errors as tables in Markdown."""

from collections.abc import Mapping

import numpy as np

from nasbench_mvit.io.cells import number_cell
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.surrogate.held_out import (
    FOLDS,
    LEVEL,
    METRICS,
    HeldOut,
    ScoreInterval,
    ceilings,
    coverage,
    hold_out,
    scored,
)
from nasbench_mvit.surrogate.surrogate import Surrogate

PERCENT = 100.0
NOTE = (
    f"In brackets the {LEVEL:.0%} bootstrap interval over networks. The ceiling is simulated: the "
    "trainings are drawn together so far that the noise between seeds is gone, taken for the "
    "truth, and held against themselves with noise added, as large as repeated networks of like "
    "top-1 show. No model can do better. Params and MACs alone are parabolas of their logarithms, "
    "fitted to the networks of the group that are not held out. Networks that a search has chosen "
    "are held out all at once; their parabolas are those of drawn networks."
)
NOTE_ON_COVERAGE = (
    "What intervals cover is counted on networks that had no part in them: model and intervals of "
    "one half of the networks are held against the other half, both ways, and those of drawn "
    "networks against networks that a search has chosen."
)


def data_sheet(surrogate: Surrogate) -> str:
    """Return the data sheet of a surrogate.

    Raises:
        SurrogateError: scikit-learn is not installed.
    """
    held = hold_out(surrogate.trained)
    parts = {
        "Training data": _content(surrogate, held),
        f"Scores on held-out networks, in {FOLDS} folds": f"{_scores(held)}\n\n{NOTE}",
        "Errors and intervals": f"{_errors(surrogate, held)}\n\n{NOTE_ON_COVERAGE}",
    }
    return "\n\n".join(f"## {title}\n\n{table}" for title, table in parts.items()) + "\n"


def _content(surrogate: Surrogate, held: Mapping[str, HeldOut]) -> str:
    about = surrogate.about
    recipe = f"{about.proxy['steps']} steps, batch {about.proxy['batch_size']}"
    rows = [
        (
            f"networks of `{name}`",
            f"{group.networks}, {group.trainings} trainings; {len(held[name].repeats)} repeated",
        )
        for name, group in about.groups.items()
    ]
    rows += [
        ("recipe", f"{recipe}, id `{about.proxy_id}`"),
        ("images", f"{about.data}, fingerprint `{about.images}`"),
        ("trained on", f"{about.device}, {about.precision}"),
        ("seconds", f"a power of MACs, off by {_miss(surrogate):.0%} at the median"),
    ]
    return markdown_table(("what", "how much"), rows)


def _miss(surrogate: Surrogate) -> float:
    """Return the median relative error of the seconds of a training."""
    trained = surrogate.trained
    expected_N = surrogate.predict(trained.specs).seconds
    return float(np.median(np.abs(expected_N / trained.seconds - 1)))


def _scores(held: Mapping[str, HeldOut]) -> str:
    rows = []
    for group, networks in held.items():
        highest = ceilings(networks)
        for metric in METRICS:
            scores = [score_text(scored(metric, networks, model)) for model in networks.expected]
            name = f"`{group}` ({len(networks.truth)})"
            rows.append((name, metric, *scores, number_cell(highest[metric], ".2f")))
    models = list(next(iter(held.values())).expected)
    return markdown_table(("networks of", "", *models, "ceiling"), rows)


def score_text(score: ScoreInterval) -> str:
    """Return a score with its interval as text."""
    return f"{score.value:.2f} [{score.low:.2f}, {score.high:.2f}]"


def _errors(surrogate: Surrogate, held: Mapping[str, HeldOut]) -> str:
    rows = []
    covered = coverage(surrogate.trained, held)
    for group, networks in held.items():
        errors_N = networks.errors()
        rows.append(
            (
                f"`{group}`",
                f"{float(np.std(networks.truth, ddof=1)) * PERCENT:.1f}",
                f"{float(np.sqrt(np.mean(errors_N**2))) * PERCENT:.1f}",
                f"{round(-float(errors_N.mean()) * PERCENT, 1) + 0.0:+.1f}",  # no -0.0
                number_cell(networks.noise * PERCENT, ".1f"),
                f"± {surrogate.about.groups[group].margin * PERCENT:.1f}",
                f"{covered[group]:.0%}",
            )
        )
    header = (
        "networks of", "spread, points", "error (rms), points", "of it bias, points",
        "noise between seeds, points", "90 % interval, points", "intervals cover",
    )  # fmt: skip
    return markdown_table(header, rows)
