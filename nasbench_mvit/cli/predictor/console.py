"""What the verbs of ``predictor`` print."""

import numpy as np
import pandas as pd
from rich.console import Console

from nasbench_mvit.cli.shared.console import print_table
from nasbench_mvit.errors import counted
from nasbench_mvit.workbench.predictors.evaluation import SCORES_LEGEND, PredictorEvaluation
from nasbench_mvit.workbench.predictors.making import FittedPredictor
from nasbench_mvit.workbench.predictors.prediction import (
    EXTRAPOLATED,
    EXTRAPOLATED_NOTE,
    LatencyPrediction,
)

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def print_fitted(console: Console, fitted: FittedPredictor) -> None:
    """Print how good a new predictor is, and how to search with it."""
    document = fitted.document
    if fitted.parent is not None:
        console.print(f"parent: {fitted.parent.name}, {fitted.parent.target}")
    console.print(f"target: {document.target}\nmilliseconds: {fitted.estimator}")
    console.print(f"noise floor: {fitted.noise}\nfit: {fitted.way}")
    print_table(console, f"{document.name} beside its baselines", fitted.scores)
    console.print(SCORES_LEGEND)
    print_table(console, "where the milliseconds go, mean of the rows", fitted.kinds)
    if document.do_not_use is not None:
        console.print(
            f"wrote {fitted.path}: do not use it, for {document.do_not_use}. Measure more "
            "networks (`python -m nasbench_mvit measure --sample N`), then make it anew"
        )
        return
    console.print(
        f"wrote {fitted.path}: `python -m nasbench_mvit.search --study STUDY --predictor "
        f"{fitted.path}` searches with it"
    )


def print_evaluation(console: Console, found: PredictorEvaluation) -> None:
    """Print the errors of a predictor on records of its target."""
    document = found.predictor.document
    console.print(f"{document.name}: {found.predictor.title}\ntarget: {document.target}")
    for note in found.evaluation.notes:
        console.print(f"differs: {note}")
    console.print(f"noise floor: {found.noise}")
    print_table(console, "these records", found.scores)
    if found.fitted_scores is not None:
        print_table(console, "when it was fitted", found.fitted_scores)
    console.print(SCORES_LEGEND)
    print_table(console, "missed most", found.worst)
    if found.do_not_use is not None:
        console.print(f"do not use it, for {found.do_not_use}")
    if found.report is not None:
        console.print(
            f"see {found.report / 'predicted_measured.html'}, scores.md and rows.csv beside it"
        )


def print_networks(console: Console, found: LatencyPrediction) -> None:
    """Print the latency of each network, and where the milliseconds go."""
    _print_title(console, found)
    table = pd.DataFrame(
        {
            "network": row.network,
            "pixels": str(pixels),
            "ms": f"{row.ms:.2f}",
            "interval": f"[{row.low_ms:.2f}, {row.high_ms:.2f}]"
            f"{EXTRAPOLATED if row.extrapolating else ''}",
        }
        for row, pixels in zip(found.networks.itertuples(), found.resolutions, strict=True)
    )
    print_table(console, "predicted", table)
    console.print(f"interval: {found.predictor.document.interval}", markup=False)
    if found.networks.extrapolating.any():
        console.print(EXTRAPOLATED_NOTE)
    _print_parts(console, found)


def print_space(console: Console, found: LatencyPrediction) -> None:
    """Print the quantiles of the latency over networks drawn from a space."""
    _print_title(console, found)
    table = pd.DataFrame(
        {
            "share of networks below": [f"{share:.0%}" for share in QUANTILES],
            "ms": [f"{ms:.2f}" for ms in np.quantile(found.networks.ms, QUANTILES)],
        }
    )
    print_table(console, f"{counted(len(found.networks), 'network')}", table)
    share = found.networks.extrapolating.mean()
    console.print(f"{share:.0%} of them are unlike those it was made from")
    _print_parts(console, found)


def _print_title(console: Console, found: LatencyPrediction) -> None:
    console.print(f"{found.predictor.document.name}: {found.predictor.title}")


def _print_parts(console: Console, found: LatencyPrediction) -> None:
    mean = "" if len(found.networks) == 1 else ", mean of the networks"
    print_table(console, f"where the milliseconds go{mean}", found.parts)
