"""How far each latency predictor can be trusted, and what it was fitted to."""

import pandas as pd
import streamlit as st
from chosen import optional_study
from show import caption, draw, heading, sentences, table

from nasbench_mvit.figures.columns import PERCENT
from nasbench_mvit.figures.latency import predicted_measured_figure
from nasbench_mvit.workbench.predictors.evidence import (
    Evidence,
    LatencyPredictor,
    available,
    evidence,
    published_elsewhere,
)

TELLING = ["network", "measured_ms", "left_out_ms", "left_out_error", "fitted_ms", "fit_error"]


def page() -> None:
    study = optional_study()
    own = None if study is None or study.predictor is None else study.config.predictor
    predictors = available(own)
    name = st.selectbox("Predictor", list(predictors), key="predictor", bind="query-params")
    predictor = predictors[str(name)]
    found = evidence(predictor)
    what_it_is(predictor, found)
    estimated_and_true(found)
    caption(f"The interval of an estimate: {predictor.document.interval}.")
    heading("How far it can be trusted")
    table(found.models, "models")
    caption(sentences(found.legend))
    if not found.terms.empty:
        with st.expander("The terms of the models"):
            table(found.terms, "terms")
    heading(f"What it was fitted to: {len(found.rows)} {found.kind} latencies")
    table(titled(found.rows, found.kind), "rows")
    heading("Published by others, in no calibration")
    caption("The same network on the same phone differs by up to 2× between papers, so rows "
               "of different origin are never put together.")  # fmt: skip
    table(published_elsewhere(), "published")


def what_it_is(predictor: LatencyPredictor, found: Evidence) -> None:
    """Show what was timed, the predictor's errors and the repeatability of the timings."""
    document = predictor.document
    heading(predictor.title[:1].upper() + predictor.title[1:])
    caption(str(document.target))
    if document.parent is not None:
        caption(f"transferred from {document.parent.name}, {document.parent.target}")
    caption(
        sentences(
            f"{found.kind} latencies, {document.records.estimator}",
            predictor.evidence,
            f"noise floor: {found.noise}",
        )
    )


def estimated_and_true(found: Evidence) -> None:
    """Draw the estimates over the latencies the predictor was fitted to."""
    figure = predicted_measured_figure(found.points, found.labels)
    figure.update_layout(height=600)
    draw(figure, "latency", alt="Estimated against true latency of the rows behind the predictor")
    text = (
        "Grey: the predictor, fitted to all of them. Blue: the same, each as estimated by a fit "
        f"without it; within 10 % are {found.share_close}."
    )
    if found.is_measured:
        text += " Networks held out of every fit are in the table below alone."
    caption(text)


def titled(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the rows under headings with units, what is most telling first."""
    percent = rows[["fit_error", "left_out_error"]] * PERCENT
    others = [name for name in rows if name not in TELLING]
    shown = rows.assign(**percent).round(2)[[*TELLING, *others]]
    if (rows.network == rows.spec_id).all():
        shown = shown.drop(columns="spec_id")
    return shown.rename(
        columns={
            "spec_id": "network id",
            "measured_ms": f"{kind}, ms",
            "fitted_ms": "estimated in the fit, ms",
            "fit_error": "error in the fit, %",
            "left_out_ms": "estimated when left out, ms",
            "left_out_error": "error when left out, %",
            "needs_resize": "needs a resize",
        }
    )


page()
