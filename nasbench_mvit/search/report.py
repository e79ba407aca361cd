"""What a search leaves behind: ``front.json``, CSV files, self-contained ``report.html``."""

import html
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io

from nasbench_mvit.architecture.published import FIGURES
from nasbench_mvit.figures.pareto import ParetoLabels, pareto_figure
from nasbench_mvit.files import atomic_write
from nasbench_mvit.latency.document_fits import Regression
from nasbench_mvit.latency.predictor import LatencyPredictor
from nasbench_mvit.latency.report import scores_frame
from nasbench_mvit.search.exact import Exact
from nasbench_mvit.search.finalists.report import final_json, page_section, training_frame
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.study import EMBEDDED_DATA, TABLE, StudyConfig
from nasbench_mvit.search.summary import Row, Summary, finite

FIGURES_DEVICE = "iPhone 12"  # the phone of the latencies in ``published.FIGURES``
PERCENT = 100.0
EXTRAPOLATED = "*"
EXTRAPOLATED_NOTE = (
    f"{EXTRAPOLATED} the network is unlike those the predictor was calibrated on; "
    "its interval is wider"
)


def accuracy_label(config: StudyConfig) -> str:
    """Return in words what the proxy's top-1 is."""
    proxy = config.proxy
    images = "Fashion-MNIST" if config.data == EMBEDDED_DATA else config.data
    task = f"mosaics of {proxy.images_per_canvas}" if proxy.mosaic_grid > 1 else "single images"
    origin = ", from the benchmark table" if config.evaluator == TABLE else ""
    return (
        f"proxy top-1 on validation images of {images} "
        f"({task} at {proxy.input_size} px, {proxy.steps} steps{origin})"
    )


def write_report(
    run_dir: Path,
    name: str,
    config: StudyConfig,
    summary: Summary,
    predictor: LatencyPredictor,
    final: FinalSummary | None = None,
    exact: Exact | None = None,
) -> None:
    """Write the files into ``run_dir``, each replaced whole or not at all.

    Args:
        run_dir: where.
        name: of the study.
        config: of the study.
        summary: what the search found.
        predictor: of the latencies.
        final: what its finalists came to, which have a file of their own; None without any.
        exact: the best front there is; None where nobody knows.
    """
    front: dict[str, Any] = {
        "study": name,
        "accuracy": accuracy_label(config),
        "noise_top1": finite(summary.noise),
        "noise_note": summary.noise_note,
        "latency": predictor.title,
        "hypervolume": summary.hypervolume,
        "front": [_entry(row, summary) for row in summary.front],
        "baselines": [_entry(row, summary) for row in summary.baselines],
    }
    if exact is not None:
        front["exact_hypervolume"] = exact.best.hypervolume
        front["exact_front"] = [_entry(row, exact.best) for row in exact.best.front]
    if final is not None:
        front["finalists"] = final_json(final)
        _write(run_dir / "finalists.csv", training_frame(final).to_csv(index=False))
    _write(run_dir / "front.json", json.dumps(front, indent=2, allow_nan=False) + "\n")
    _write(run_dir / "trials.csv", summary.frame().to_csv(index=False))
    _write(run_dir / "report.html", _page(name, config, summary, predictor, final, exact))


def study_figure(
    config: StudyConfig, summary: Summary, predictor: LatencyPredictor, exact: Exact | None = None
) -> go.Figure:
    """Return the front beside the paper's networks, and beside the exact one where it is known."""
    paper = paper_points(summary, predictor)
    kinds = " and ".join(sorted(set(paper.latency_kind)))
    labels = ParetoLabels(
        latency=latency_label(
            device_label(predictor), [row.latency_kind for row in summary.rows], paper.latency_kind
        ),
        accuracy=accuracy_label(config),
        paper=f"the paper's ImageNet-1k top-1, %, at {kinds} latencies",
        noise={"": summary.noise},
        limit_ms=config.limits.latency_ms,
    )
    best = None if exact is None else exact.best.frame().query("on_front")
    return pareto_figure(summary.frame(), paper, labels, exact=best)


def device_label(predictor: LatencyPredictor) -> str:
    """Return in words where the latencies of a predictor hold."""
    target = predictor.document.target
    return f"{target.device} with {target.runtime}"


def latency_label(device: str, searched: Iterable[str], paper: Iterable[str]) -> str:
    """Return the title of the latency axis that the searched networks and the paper's share.

    Args:
        device: what the latencies are of.
        searched: how each latency of the upper panel came about.
        paper: likewise of the lower panel.
    """
    above, below = (" and ".join(sorted(set(kinds))) for kinds in (searched, paper))
    is_one_kind = not below or above == below
    kinds = above if is_one_kind else f"above {above}, below {below}"
    return f"latency on {device}, ms ({kinds})"


def paper_points(summary: Summary, predictor: LatencyPredictor) -> pd.DataFrame:
    """Return the paper's ImageNet figures with latencies that fit the predictor's device.

    On the device the paper measured its latencies stand; on any other the predictions.
    """
    rows: list[tuple[str, float, float, str]] = []
    predicted = {row.name: row for row in summary.baselines}
    for figures in FIGURES.values():
        if predictor.document.target.device == FIGURES_DEVICE:
            rows.append((figures.title, figures.top1, figures.latency_ms, "published"))
        elif row := predicted.get(figures.title):
            rows.append((figures.title, figures.top1, row.latency_ms, row.latency_kind))
    return pd.DataFrame(rows, columns=["name", "top1", "latency_ms", "latency_kind"])


def readable_rows(rows: Sequence[Row], summary: Summary) -> pd.DataFrame:
    """Return networks as text with units, for a person."""
    return pd.DataFrame(
        {
            "network": row.name,
            "proxy top-1, %": _accuracy(row, summary.noise_of(row)),
            f"{row.latency_kind} ms": (
                f"{row.latency_ms:.2f} [{row.latency_low_ms:.2f}, {row.latency_high_ms:.2f}]"
                f"{EXTRAPOLATED if row.latency_extrapolating else ''}"
            ),
            "params, M": f"{row.params / 1e6:.2f}",
            "MACs, M": f"{row.macs / 1e6:,.0f}",
        }
        for row in rows
    )


def _accuracy(row: Row, noise: float) -> str:
    if not math.isfinite(row.top1):
        return f"{row.state}: {row.reason}" if row.reason else row.state
    spread = f" ± {noise * PERCENT:.1f}" if math.isfinite(noise) else ""
    return f"{row.top1 * PERCENT:.1f}{spread} ({len(row.seeds)})"


def _entry(row: Row, summary: Summary) -> dict[str, Any]:
    return {
        "name": row.name,
        "trial": row.trial,
        "state": row.state,
        "spec_id": row.spec_id,
        "top1": finite(row.top1),
        "top1_noise": finite(summary.noise_of(row)),
        "sampling_error": finite(row.sampling_error),
        "seeds": list(row.seeds),
        "latency_ms": row.latency_ms,
        "latency_interval_ms": [row.latency_low_ms, row.latency_high_ms],
        "latency_kind": row.latency_kind,
        "latency_calibrated_on": row.latency_calibrated_on,
        "latency_extrapolating": row.latency_extrapolating,
        "params": row.params,
        "macs": row.macs,
        "within_limits": row.within_limits,
        "on_front": row.on_front,
        "spec": row.network.to_dict(),
    }


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text.encode())


def _page(
    name: str,
    config: StudyConfig,
    summary: Summary,
    predictor: LatencyPredictor,
    final: FinalSummary | None,
    exact: Exact | None,
) -> str:
    figure = study_figure(config, summary, predictor, exact)
    return _PAGE.format(
        title=html.escape(name),
        description=html.escape(config.description),
        figure=plotly.io.to_html(
            figure, include_plotlyjs=True, full_html=False, config={"displaylogo": False}
        ),
        front=_table(summary.front, summary),
        exact="" if exact is None else f"<p>{html.escape(exact.note)}.</p>",
        baselines=_table(summary.baselines, summary),
        finalists="" if final is None else page_section(final),
        accuracy=html.escape(accuracy_label(config)),
        noise=html.escape(summary.noise_note),
        latency=html.escape(predictor.title),
        evidence=html.escape(predictor.evidence),
        rows=_evidence_table(predictor),
        extrapolated=html.escape(EXTRAPOLATED_NOTE),
        hypervolume=f"{summary.hypervolume:.4f}",
        reference=f"{config.reference.top1:.0%} top-1, {config.reference.latency_ms:g} ms",
    )


def _evidence_table(predictor: LatencyPredictor) -> str:
    """Return how the predictor does beside its baselines; of few published rows, every row."""
    fit = predictor.document.fit
    if isinstance(fit, Regression):
        return scores_frame(fit.scores).to_html(index=False, border=0, escape=True)
    rows = pd.DataFrame(
        {
            "network": row.network,
            f"{predictor.document.records.kind}, ms": f"{row.measured_ms:.2f}",
            "fitted, ms": f"{row.fitted_ms:.2f}",
            "predicted when left out, ms": f"{row.left_out_ms:.2f}",
            "error": f"{row.left_out_error:+.1%}",
            "source": row.source,
        }
        for row in predictor.document.rows
    )
    return rows.to_html(index=False, border=0, escape=True)


def _table(rows: Sequence[Row], summary: Summary) -> str:
    return readable_rows(rows, summary).to_html(index=False, border=0, escape=True)


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
{exact}
<h2>The paper's networks under the same proxy</h2>
<div class="scroll">{baselines}</div>
{finalists}
<h2>What the numbers are</h2>
<dl>
<dt>Accuracy</dt><dd>{accuracy}. It ranks networks; it is no ImageNet accuracy.</dd>
<dt>Noise</dt><dd>{noise}.</dd>
<dt>Latency</dt><dd>{latency}; in brackets its interval. {evidence}. {extrapolated}.</dd>
<dt>Hypervolume</dt><dd>{hypervolume} (fraction × ms) from the reference point {reference}.</dd>
</dl>
<h2>How good the latency predictor is</h2>
<div class="scroll">{rows}</div>
</body>
</html>
"""
