"""The published networks as points: scores against latency on a predictor's target."""

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.network import known_network
from nasbench_mvit.architecture.published import BASELINES, PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.architecture.rivals import RIVAL_FIGURES
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.memory import peak_mb
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.results.row import Row

COLUMNS = ("name", "group", "top1", "top1_source", "latency_ms", "latency_low_ms",
           "latency_high_ms", "latency_kind", "latency_source", "peak_activation_mb")  # fmt: skip
VARIANTS = "variants of MobileViT v1"
GROUPS = {"v1": "MobileViT v1", "v2": "MobileViTv2", "v3": "MobileViTv3"}
RIVALS = "rivals"
PREDICTED = "the study's predictor"

Point = tuple[str | float, ...]


def published_points(
    predictor: LatencyPredictor | None,
    rivals: Iterable[Row] = (),
    task: Task = "classification",
) -> pd.DataFrame:
    """Return a row of ``COLUMNS`` for each published network of the family and each rival.

    The latencies are the published ones where they are of the predictor's device and runtime, and
    its estimates elsewhere; ``group`` is the paper, with the variants of v1 apart. Without a
    predictor there are no rows.

    Args:
        predictor: of the target.
        rivals: the rivals of a study; their latencies are already published where they can be.
        task: what the networks do. Where they detect or segment, networks without a published
            score are left out.
    """
    if task == "classification":
        rows = _classifiers(predictor)
        scores = {name: (f.top1, f.top1_source) for name, f in RIVAL_FIGURES.items()}
    else:
        benchmark = BENCHMARKS[task]
        rows = _with_heads(predictor, task)
        scores = {name: (score, benchmark.source) for name, score in benchmark.rivals.items()}
    return pd.DataFrame([*rows, *_rivals(rivals, scores)], columns=list(COLUMNS))


def _classifiers(predictor: LatencyPredictor | None) -> Iterator[Point]:
    """Yield the networks of the family, the main ones of MobileViT v1 first."""
    if predictor is None:
        return
    target = predictor.document.target
    names = sorted(PUBLISHED, key=_is_variant)
    estimates = predictor.predict_many([published(name) for name in names])
    spans = np.column_stack([estimates.ms, estimates.low, estimates.high]).tolist()
    for name, estimate in zip(names, spans, strict=True):
        figures = FIGURES[name]
        group = VARIANTS if _is_variant(name) else GROUPS[figures.family]
        if target.is_of_the_figures and figures.latency_ms is not None:
            span, kind = [figures.latency_ms] * 3, "published"
            source = figures.latency_source
        else:
            span, kind, source = estimate, estimates.kind, PREDICTED
        about = (figures.title, group, figures.top1, figures.top1_source)
        yield (*about, *span, kind, source, peak_mb(published(name)))


def _with_heads(predictor: LatencyPredictor | None, task: Task) -> Iterator[Point]:
    """Yield the networks with heads whose scores are published, at a predictor's latencies."""
    if predictor is None:
        return
    benchmark = BENCHMARKS[task]
    for name, score in benchmark.scores.items():
        network, figures = known_network(name, task), FIGURES[name]
        if isinstance(network, MobileViTSpec):
            found = predictor.predict(network)
            span = (found.ms, found.low, found.high)
            about = (figures.title, GROUPS[figures.family], score, benchmark.source)
            yield (*about, *span, found.kind, PREDICTED, peak_mb(network))


def _rivals(rivals: Iterable[Row], scores: Mapping[str, tuple[float, str]]) -> Iterator[Point]:
    """Yield the rivals that have a published score, with it and its source."""
    by_title = {figures.title: (name, figures) for name, figures in RIVAL_FIGURES.items()}
    for row in rivals:
        name, figures = by_title[row.name]
        if name in scores:
            source = figures.latency_source if row.latency_kind == "published" else PREDICTED
            span = (row.latency_ms, row.latency_low_ms, row.latency_high_ms)
            yield (row.name, RIVALS, *scores[name], *span, row.latency_kind, source, math.nan)


def _is_variant(name: str) -> bool:
    return FIGURES[name].family == "v1" and name not in BASELINES
