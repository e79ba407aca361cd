"""What a calibration is linear in: a proxy's score, or its logit, alone or with log10 MACs."""

from typing import Literal

import numpy as np

from nasbench_mvit.analysis.least_squares import Floats, fit, left_out_errors, rms

Terms = Literal["score", "score and log MACs", "logit of score", "logit of score and log MACs"]
SCORE: Terms = "score"
SCORE_AND_MACS: Terms = "score and log MACs"
LOGIT: Terms = "logit of score"
LOGIT_AND_MACS: Terms = "logit of score and log MACs"
TERMS = (SCORE, SCORE_AND_MACS, LOGIT, LOGIT_AND_MACS)
MACS = "log MACs"
LEAST_SCORE = 1e-3  # the logit is bounded there, and as far below 1
DIGITS = 6  # of an error in points
_OF_SCORE = 1  # the column of the score, after the constant


def columns_of(terms: str, score_N: Floats, macs_N: Floats) -> Floats:
    """Return the constant and the columns of ``terms``, one of ``TERMS`` or ``MACS``: ``(N, T)``.

    Args:
        terms: their name.
        score_N: fractions.
        macs_N: multiply-adds.
    """
    columns = [np.ones(len(score_N))]
    if terms in (LOGIT, LOGIT_AND_MACS):
        inside_N = np.clip(score_N, LEAST_SCORE, 1 - LEAST_SCORE)
        columns.append(np.log(inside_N / (1 - inside_N)))
    elif terms != MACS:
        columns.append(score_N)
    if terms.endswith(MACS):
        columns.append(np.log10(macs_N))
    return np.column_stack(columns)


def slope_of(terms: Terms, weights_T: Floats, score_N: Floats) -> Floats:
    """Return by how much the sum rises with the score, ``(N,)``."""
    weight = weights_T[_OF_SCORE]
    if terms in (SCORE, SCORE_AND_MACS):
        return np.full(len(score_N), weight)
    inside_N = np.clip(score_N, LEAST_SCORE, 1 - LEAST_SCORE)
    return np.asarray(weight / (inside_N * (1 - inside_N)))


def choose(score_N: Floats, macs_N: Floats, top1_N: Floats) -> Terms | None:
    """Return the terms that miss networks left out by least; None where none are usable.

    Usable are those with which accuracy rises with the score.
    """
    found: dict[Terms, float] = {}
    for terms in TERMS:
        columns_NT = columns_of(terms, score_N, macs_N)
        error = rms(left_out_errors(columns_NT, top1_N, range(len(top1_N))))
        if np.isfinite(error) and fit(columns_NT, top1_N)[_OF_SCORE] > 0:
            found[terms] = round(error, DIGITS)  # of equals the first, which is the simplest
    return min(found, key=lambda terms: found[terms], default=None)
