"""How far each latency predictor can be trusted, and what it was fitted to."""

import pandas as pd
import streamlit as st
from parts import draw, optional_view, table, words

from nasbench_mvit.dashboard.latency import available, evidence, published_elsewhere
from nasbench_mvit.figures.columns import PERCENT
from nasbench_mvit.figures.latency import prediction_figure


def page() -> None:
    view = optional_view()
    own = None if view is None or view.predictor is None else view.config.predictor
    predictors = available(own)
    name = st.selectbox("Predictor", list(predictors), key="predictor", bind="query-params")
    predictor = predictors[str(name)]
    document, found = predictor.document, evidence(predictor)
    st.subheader(words(predictor.title))
    st.text(f"{document.device}, {document.runtime}, {document.engine}, {document.precision}")
    st.caption(words(f"{predictor.evidence}."))
    draw(prediction_figure(found.rows, found.kind), "latency",
         alt="Estimated against true latency of the rows behind the predictor")  # fmt: skip
    st.caption(
        words(
            f"Within 10 % when left out: {found.share_close}. {found.noise}. The interval of an "
            f"estimate: {document.interval}."
        )
    )
    st.subheader("Beside simpler models")
    table(found.models, "models")
    st.subheader(f"What it was fitted to: {len(found.rows)} {words(found.kind)} rows")
    table(titled(found.rows, found.kind), "rows")
    st.subheader("Published by others, in no calibration")
    st.caption("The same network on the same phone differs by up to 2× between papers, so rows "
               "of different origin are never put together.")  # fmt: skip
    table(published_elsewhere(), "published")


def titled(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the rows under headings with units."""
    percent = rows[["fit_error", "left_out_error"]] * PERCENT
    shown = rows.assign(**percent).round(2)
    return shown.rename(
        columns={
            "true_ms": f"{kind}, ms",
            "fitted_ms": "estimated in the fit, ms",
            "fit_error": "error in the fit, %",
            "left_out_ms": "estimated when left out, ms",
            "left_out_error": "error when left out, %",
            "needs_resize": "needs a resize",
        }
    )


page()
