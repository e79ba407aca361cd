"""The errors of the predictors of phones: tables of ``docs/latency.md``."""

import math
from collections.abc import Iterator

import pandas as pd
from phone_predictors import FAMILIES, HOST_FACTOR, LEFT_OUT, THREE_KNOWN, V2_FROM_V1

from nasbench_mvit.io.markdown import frame_table
from nasbench_mvit.latency.fitting.ways import MACS_ONLY
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import MODEL, Regression
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import load_predictor

NONE = "–"
ERRORS = (
    "Mean errors of networks that took no part in the fit; in brackets those of multiply-adds "
    f"alone and of {HOST_FACTOR}, with a factor fitted to the MobileViTs that the fit has too."
)
ROWS = (
    "Published and predicted milliseconds of every MobileViT: by the shipped fit, and by a fit "
    "without the network."
)


def phones_page() -> str:
    """Return the Markdown of all predictors of published latencies of phones."""
    found = [load_predictor(name).document for name in predictor_names()]
    documents = [document for document in found if document.records.source is not None]
    return "\n\n".join(
        [
            "### Predictors of phones",
            ERRORS,
            frame_table(pd.DataFrame(map(_errors, documents))),
            ROWS,
            frame_table(pd.DataFrame(line for each in documents for line in _rows(each))),
        ]
    )


def _errors(document: PredictorDocument) -> dict[str, str]:
    fit = document.fit
    assert isinstance(fit, Regression)  # noqa: S101  the only fit with a source
    return {
        "predictor": f"`{document.name}`",
        "left-out MobileViTs": _mean(fit, LEFT_OUT, MACS_ONLY, HOST_FACTOR),
        "v2 from v1": _mean(fit, V2_FROM_V1, MACS_ONLY, HOST_FACTOR),
        "left-out families": _mean(fit, FAMILIES, MACS_ONLY),
        "three of a family known": _mean(fit, THREE_KNOWN),
        "of these covered": f"{fit.scores[THREE_KNOWN][MODEL].coverage:.0%}",
        "interval": f"× or ÷ {math.exp(fit.margin):.2f}",
        "extrapolating": f"× or ÷ {math.exp(fit.extrapolation_margin):.2f}",
        "": "rough" if document.rough else "",
    }


def _mean(fit: Regression, split: str, *others: str) -> str:
    if split not in fit.scores:
        return NONE
    model, *rest = (f"{fit.scores[split][name].mape:.1%}" for name in (MODEL, *others))
    return f"{model} ({', '.join(rest)})" if rest else model


def _rows(document: PredictorDocument) -> Iterator[dict[str, str]]:
    for row in document.rows:
        yield {
            "predictor": f"`{document.name}`",
            "network": row.network,
            "published, ms": f"{row.measured_ms:.1f}",
            "fit, ms": f"{row.fitted_ms:.1f}",
            "left out, ms": f"{row.left_out_ms:.1f}",
            "error left out": f"{row.left_out_error:+.1%}",
        }
