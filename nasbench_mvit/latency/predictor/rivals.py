"""The latency of a rival: its published figure where there is one, else an extrapolation.

Predictors are fitted to MobileViTs. What one says of another family can be checked where both a
prediction and a published figure exist: calibrated on the rows of MobileViT's authors it says
1.76 ms of MobileNetV2, published are 0.92, and 5.30 ms of DeiT-Tiny, published are 10.99. So
there the interval of a rival without a figure spans the larger of these ratios both ways.
"""

from dataclasses import replace

from nasbench_mvit.architecture.published import FIGURES_DEVICE
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
    """Return the rivals' figures that come from the rows a predictor was calibrated on."""
    document = predictor.document
    if (document.target.device, document.records.kind) != (FIGURES_DEVICE, "published"):
        return {}
    return {
        RivalSpec(name, RESOLUTION): figures.latency_ms
        for name, figures in RIVAL_FIGURES.items()
        if figures.latency_ms is not None
    }
