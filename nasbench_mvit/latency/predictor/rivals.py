"""The latency of a rival: its published figure if there is one, otherwise an extrapolation.

Predictors are fitted to MobileViTs. Their error for another family is known where both a prediction
and a published figure exist: the predictor calibrated on the rows of MobileViT's authors, of which
MobileNetV2 is one, predicts 9.0 ms for DeiT-Tiny, published are 10.99. So the interval of a rival
without a figure there spans the largest of these ratios both ways.
"""

from dataclasses import replace

from nasbench_mvit.architecture.rivals import RESOLUTION, RIVAL_FIGURES, RivalSpec
from nasbench_mvit.latency.predictor.predictor import Latency, LatencyPredictor


def rival_latency(predictor: LatencyPredictor, rival: RivalSpec) -> Latency:
    """Return the latency of a rival on a predictor's device."""
    figures = _published(predictor)
    if rival in figures:
        ms = figures[rival]
        return Latency(ms, ms, ms, "published", "published", extrapolating=False)
    latency = predictor.predict(rival)
    if not figures:
        return latency
    ratios = [predictor.predict(other).ms / ms for other, ms in figures.items()]
    factor = max(max(ratio, 1 / ratio) for ratio in ratios)
    low, high = latency.ms / factor, latency.ms * factor
    return replace(latency, low=min(latency.low, low), high=max(latency.high, high))


def _published(predictor: LatencyPredictor) -> dict[RivalSpec, float]:
    """Return the rivals' figures from the source of the rows that a predictor was calibrated on."""
    document = predictor.document
    if document.records.kind != "published" or not document.target.is_of_the_figures:
        return {}
    return {
        RivalSpec(name, RESOLUTION): figures.latency_ms
        for name, figures in RIVAL_FIGURES.items()
        if figures.latency_ms is not None
    }
