"""What a search leaves behind: ``front.json``, ``trials.csv`` and a self-contained ``report.html``."""

import html
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.io

from nasbench_mvit.architecture.published import FIGURES
from nasbench_mvit.figures.pareto import ParetoLabels, pareto_figure
from nasbench_mvit.files import atomic_write
from nasbench_mvit.latency.predictor import LatencyPredictor
from nasbench_mvit.search.record import StoredTrial
from nasbench_mvit.search.study import EMBEDDED_DATA, StudyConfig
from nasbench_mvit.search.summary import Summary

PERCENT = 100.0


def accuracy_label(config: StudyConfig, num_images: int) -> str:
    """Return in words what the proxy's top-1 is."""
    proxy = config.proxy
    images = "Fashion-MNIST" if config.data == EMBEDDED_DATA else config.data
    task = f"mosaics of {proxy.images_per_canvas}" if proxy.mosaic_grid > 1 else "single images"
    return (
        f"proxy top-1 on {num_images:,} held-out images of {images} "
        f"({task} at {proxy.input_size} px, {proxy.steps} steps)"
    )


def write_report(
    run_dir: Path,
    name: str,
    config: StudyConfig,
    trials: list[StoredTrial],
    summary: Summary,
    predictor: LatencyPredictor,
) -> None:
    """Write the three files into ``run_dir``, each replaced whole or not at all."""
    networks = {trial.number: trial.record.spec for trial in trials}
    num_images = max(
        (e.result.num_images for t in trials for e in t.record.evaluations), default=0
    )
    accuracy = accuracy_label(config, num_images)
    front = {
        "study": name,
        "accuracy": accuracy,
        "noise_top1": _finite(summary.noise),
        "noise_source": summary.noise_source,
        "latency": predictor.label,
        "hypervolume": summary.hypervolume,
        "front": _entries(summary, summary.front, networks),
        "baselines": _entries(summary, summary.baselines, networks),
    }
    _write(run_dir / "front.json", json.dumps(front, indent=2, allow_nan=False) + "\n")
    _write(run_dir / "trials.csv", summary.trials.to_csv(index=False))
    labels = ParetoLabels(
        latency=f"latency, ms ({predictor.label})",
        accuracy=accuracy,
        noise=summary.noise,
        limit_ms=config.limits.latency_ms,
    )
    figure = pareto_figure(summary.trials, paper_points(summary, predictor), labels)
    page = _PAGE.format(
        title=html.escape(name),
        description=html.escape(config.description),
        figure=plotly.io.to_html(figure, include_plotlyjs=True, full_html=False),
        front=_table(summary, summary.front),
        baselines=_table(summary, summary.baselines),
        accuracy=html.escape(accuracy),
        noise=html.escape(summary.noise_source),
        latency=html.escape(predictor.label),
        hypervolume=f"{summary.hypervolume:.4f}",
        reference=f"{config.reference.top1:.0%} top-1, {config.reference.latency_ms:g} ms",
    )
    _write(run_dir / "report.html", page)


def paper_points(summary: Summary, predictor: LatencyPredictor) -> pd.DataFrame:
    """Return the paper's ImageNet figures with latencies that fit the predictor's device.

    On the device the paper measured its latencies stand; on any other the predictions.
    """
    rows = []
    predicted = summary.baselines.set_index("name").latency_ms
    for figures in FIGURES.values():
        is_same_device = predictor.device == FIGURES_DEVICE
        if is_same_device:
            latency, kind = figures.latency_ms, "published"
        elif figures.title in predicted:
            latency, kind = float(predicted[figures.title]), "estimated"
        else:
            continue
        rows.append((figures.title, figures.top1, latency, kind))
    return pd.DataFrame(rows, columns=["name", "top1", "latency_ms", "latency_kind"])


FIGURES_DEVICE = "iPhone 12"


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text.encode())


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _entries(
    summary: Summary, rows: pd.DataFrame, networks: dict[int, dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {
            "name": row.name_,
            "trial": int(row.trial),
            "spec_id": row.spec_id,
            "state": row.state,
            "top1": _finite(row.top1),
            "top1_noise": _finite(summary.noise_of(row.num_seeds)),
            "sampling_error": _finite(row.sampling_error),
            "num_seeds": int(row.num_seeds),
            "latency_ms": row.latency_ms,
            "latency_interval_ms": [row.latency_low_ms, row.latency_high_ms],
            "latency_kind": row.latency_kind,
            "latency_calibrated_on": row.latency_calibrated_on,
            "latency_extrapolating": bool(row.latency_extrapolating),
            "params": int(row.params),
            "macs": int(row.macs),
            "within_limits": bool(row.within_limits),
            "spec": networks[int(row.trial)],
        }
        for row in rows.rename(columns={"name": "name_"}).itertuples()
    ]


def readable_rows(summary: Summary, rows: pd.DataFrame) -> pd.DataFrame:
    """Return networks as text with units, for a person."""
    return pd.DataFrame(
        {
            "network": row.name_,
            "proxy top-1, %": _with_noise(row.top1, summary.noise_of(row.num_seeds)),
            "seeds": str(row.num_seeds),
            f"latency, ms ({row.latency_kind})": (
                f"{row.latency_ms:.2f} [{row.latency_low_ms:.2f}, {row.latency_high_ms:.2f}]"
                f"{' extrapolated' if row.latency_extrapolating else ''}"
            ),
            "params, M": f"{row.params / 1e6:.2f}",
            "MACs, M": f"{row.macs / 1e6:,.0f}",
            "spec": row.spec_id,
        }
        for row in rows.rename(columns={"name": "name_"}).itertuples()
    )


def _with_noise(top1: float, noise: float) -> str:
    if not math.isfinite(top1):
        return "not known"
    spread = f" ± {noise * PERCENT:.1f}" if math.isfinite(noise) else ""
    return f"{top1 * PERCENT:.1f}{spread}"


def _table(summary: Summary, rows: pd.DataFrame) -> str:
    return readable_rows(summary, rows).to_html(index=False, border=0, escape=True)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff; }}
table {{ border-collapse: collapse; width: 100%; font-size: 14px; }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; }}
.scroll {{ overflow-x: auto; }}
dt {{ font-weight: 600; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{description}</p>
{figure}
<h2>Pareto front</h2>
<div class="scroll">{front}</div>
<h2>The paper's networks under the same proxy</h2>
<div class="scroll">{baselines}</div>
<h2>What the numbers are</h2>
<dl>
<dt>Accuracy</dt><dd>{accuracy}. It ranks networks; it is no ImageNet accuracy.</dd>
<dt>± of the accuracy</dt><dd>{noise}.</dd>
<dt>Latency</dt><dd>{latency}; in brackets its interval.</dd>
<dt>Hypervolume</dt><dd>{hypervolume} (fraction × ms) from the reference point {reference}.</dd>
</dl>
</body>
</html>
"""
