"""The results of a search as labels, as a table and as a figure."""

import math
from collections.abc import Iterable, Sequence

import pandas as pd
import plotly.graph_objects as go

from nasbench_mvit.analysis.pareto import UNKNOWN_SPREAD, FrontRule
from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.published_tasks import BENCHMARKS
from nasbench_mvit.calibration.calibration import ImagenetCalibration
from nasbench_mvit.cost.memory import peak_mb
from nasbench_mvit.figures.pareto.figure import pareto_figure
from nasbench_mvit.figures.pareto.look import ParetoLabels
from nasbench_mvit.io.cells import ABSENT
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.reports.published_points import published_points
from nasbench_mvit.search.results.exact_front import Exact
from nasbench_mvit.search.results.row import UNTRAINED, Row
from nasbench_mvit.search.results.summary import MEMORY_KIND, Summary
from nasbench_mvit.search.study.config import SUPERNET, SURROGATE, TABLE, StudyConfig
from nasbench_mvit.search.study.on_images import judged_on
from nasbench_mvit.search.trials.record import Role

PERCENT = 100.0
MOST_DRAWN = 1_000  # networks off the front, 0.25 kB of the page each
MEMORY = f"{FrontRule.MEMORY.unit} ({MEMORY_KIND} by closed formulas)"
EXTRAPOLATED = "*"
UNKNOWN = "†"  # to a surrogate
OUTSIDE = "‡"  # the domain of a calibration
IMAGENET_TITLE = "estimated ImageNet top-1, %"
OUTSIDE_NOTE = (
    f"{OUTSIDE} marks networks unlike those it rests on, whose interval is wider and has no stated "
    "coverage"
)
_ORIGINS = {  # where nothing is trained
    TABLE: "from the benchmark table",
    SURROGATE: "estimated by a surrogate, not trained",
    SUPERNET: "with the shared weights of a supernet, not trained",
}
EXTRAPOLATED_NOTE = (
    f"{EXTRAPOLATED} the network is unlike those the predictor was calibrated on; "
    "its interval is wider"
)


def accuracy_origin(config: StudyConfig) -> str:
    """Return the origin of a study's accuracies, in a few words."""
    return _ORIGINS.get(config.evaluator, "trained by the study's proxy")


def accuracy_label(config: StudyConfig) -> str:
    """Return a description of the proxy's score."""
    origin = f"{accuracy_origin(config)}: " if config.evaluator in _ORIGINS else ""
    if config.evaluator == SUPERNET:
        images = judged_on(config.data, config.proxy, "without updates of their own")
        return f"{origin}{config.proxy.metric} on {images}"
    trained = judged_on(config.data, config.proxy, f"{config.proxy.steps} steps")
    return f"{origin}proxy {config.proxy.metric} on {trained}"


def study_figure(
    config: StudyConfig, summary: Summary, predictor: LatencyPredictor, exact: Exact | None = None
) -> go.Figure:
    """Return the figure of the front, the published networks, and the exact front where known."""
    task = config.proxy.task
    paper = published_points(predictor, summary.rivals, task)
    labels = ParetoLabels(
        cost=cost_label(
            summary.rule,
            device_label(predictor),
            [row.latency_kind for row in summary.rows],
            paper.latency_kind,
            is_calibrated=summary.calibration is not None,
        ),
        accuracy=accuracy_label(config),
        paper=paper_label(paper, summary.calibration, task=task, rule=summary.rule),
        score=summary.score,
        paper_metric=BENCHMARKS[task].metric,
        noise={"": summary.noise},
        limit=limit_of(config),
        rule=summary.rule,
    )
    best = None if exact is None else exact.best.frame().query("on_front")
    return pareto_figure(drawn(summary.frame()), paper, labels, exact=best)


def drawn(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that a report draws: of very many that lie off the front a random part."""
    off_front = trials[~trials.on_front & (trials.role == Role.SEARCH)]
    if len(off_front) <= MOST_DRAWN:
        return trials
    left_out = off_front.index.difference(off_front.sample(MOST_DRAWN, random_state=0).index)
    return trials.drop(left_out)


def drawn_note(summary: Summary) -> str:
    """Return a note on the networks that the figure leaves out, empty if it draws all."""
    off_front = sum(row.role == Role.SEARCH and not row.on_front for row in summary.rows)
    if (left_out := off_front - MOST_DRAWN) <= 0:
        return ""
    return (
        f"The figure leaves out {left_out:,} trials off the front, chosen at random, which would "
        "make the page slow; trials.csv has all."
    )


def device_label(predictor: LatencyPredictor) -> str:
    """Return the device and the runtime of a predictor's latencies."""
    target = predictor.document.target
    return f"{target.device} with {target.runtime}"


def paper_label(
    paper: pd.DataFrame,
    *calibrations: ImagenetCalibration | None,
    task: Task = "classification",
    rule: FrontRule = FrontRule.POINT,
) -> str:
    """Return the title of the panel of published scores: what is published, and what estimated.

    Args:
        paper: the published points, with the kinds of their latencies.
        calibrations: of the studies that are shown, None for one without.
        task: what the networks do.
        rule: the rule of the front, which names the cost.
    """
    kinds = " and ".join(sorted(set(paper.latency_kind)))
    at = MEMORY if rule is FrontRule.MEMORY else f"{kinds} {rule.unit}"
    published = f"published on {BENCHMARKS[task].images}, at {at}"
    titles = dict.fromkeys(each.title for each in calibrations if each is not None)
    return "; ".join([published, *titles])


def limit_of(config: StudyConfig) -> float | None:
    """Return the limit of the cost of a study's front, None without one."""
    limit: float | None = getattr(config.limits, config.rule.column)
    return limit


def cost_label(
    rule: FrontRule,
    device: str,
    searched: Iterable[str],
    paper: Iterable[str],
    *,
    is_calibrated: bool = False,
) -> str:
    """Return the title of the axis of the cost that the searched networks and the paper's share.

    Args:
        rule: the rule of the front, which names the cost.
        device: description of the device.
        searched: kind of each latency of the searched networks, in the upper panel.
        paper: kind of each published network's latency, in the lower panel.
        is_calibrated: whether the searched networks stand beside the published ones too, and both
            in the upper panel.
    """
    if rule is FrontRule.MEMORY:
        return f"peak memory of activations, {MEMORY}"
    upper, lower = set(searched), set(paper)
    panels = (upper | lower, upper) if is_calibrated else (upper, lower)
    above, below = (" and ".join(sorted(kinds)) for kinds in panels)
    is_one_kind = not below or above == below
    kinds = above if is_one_kind else f"above {above}, below {below}"
    return f"latency on {device}, ms ({kinds})"


def readable_rows(rows: Sequence[Row], summary: Summary) -> pd.DataFrame:
    """Return networks as text with units, estimates of ImageNet top-1 first where there are any."""
    kind = min((row.latency_kind for row in rows), default="")  # cells name any other kind
    return pd.DataFrame(
        {
            "network": row.name,
            **({IMAGENET_TITLE: _imagenet(row)} if summary.calibration else {}),
            f"{summary.score}, %": _accuracy(row, summary.noise_of(row)),
            f"{kind} ms": _latency(row, kind),
            "params, M": f"{row.params / 1e6:.2f}",
            "MACs, M": f"{row.macs / 1e6:,.0f}",
            f"{MEMORY_KIND} peak MB": _peak(row),
        }
        for row in rows
    )


def imagenet_note(summary: Summary) -> str:
    """Return the basis of the estimates of ImageNet top-1; "" without a calibration."""
    found = summary.calibration
    return "" if found is None else f"{found.title}; {found.evidence}. {OUTSIDE_NOTE}"


def prior_note(config: StudyConfig) -> str:
    """Return a note on the surrogate that the sampler started from; "" without one."""
    return (
        ""
        if config.prior is None
        else f"the sampler started from the estimates of the surrogate {config.prior}, so that "
        "earlier trainings helped to find this front, which are not counted in its cost"
    )


def rule_note(summary: Summary) -> str:
    """Return the rule of which network costs less, and which latencies count as unknown."""
    cheaper = "takes less memory" if summary.rule is FrontRule.MEMORY else "is faster"
    return (
        f"What decides which of two networks {cheaper} is {summary.rule.decided_by}. A latency "
        f"is unknown where the upper end is more than {UNKNOWN_SPREAD:g} times the lower"
    )


def reference_note(summary: Summary) -> str:
    """Return the reference point of the hypervolume, and what made it, in words."""
    point, rule = summary.reference, summary.rule
    if not math.isfinite(point.top1):
        return "a reference point that is known once a published network is trained"
    origin = ", made of the limits and the published networks trained" if point.is_made else ""
    return (
        f"the reference point {point.top1 * PERCENT:.1f} % {summary.metric}, "
        f"{point.cost:.4g} {rule.unit}{origin}"
    )


def extrapolated_note(summary: Summary) -> str:
    """Return the meaning of the star in the tables of a study, "" where none has one."""
    shown = (*summary.front, *summary.baselines, *summary.rivals)
    return EXTRAPOLATED_NOTE if any(row.latency_extrapolating for row in shown) else ""


def _latency(row: Row, kind: str) -> str:
    text = row.latency_text
    if row.latency_low_ms < row.latency_high_ms:
        text += f" [{row.latency_low_ms:.2f}, {row.latency_high_ms:.2f}]"
    mark = EXTRAPOLATED if row.latency_extrapolating else ""
    return f"{text}{mark}" if row.latency_kind == kind else f"{text}{mark} {row.latency_kind}"


def _peak(row: Row) -> str:
    peak = peak_mb(row.network)
    return f"{peak:.1f}" if math.isfinite(peak) else ABSENT


def _imagenet(row: Row) -> str:
    if not math.isfinite(row.estimated_imagenet_top1):
        return ABSENT
    ends = row.estimated_imagenet_top1_low, row.estimated_imagenet_top1_high
    low, high = (f"{end * PERCENT:.1f}" for end in ends)
    mark = "" if row.estimated_imagenet_top1_in_domain else OUTSIDE
    return f"{row.estimated_imagenet_top1 * PERCENT:.1f} [{low}, {high}]{mark}"


def _accuracy(row: Row, noise: float) -> str:
    if not math.isfinite(row.top1):
        return f"{row.state}: {row.reason}" if row.reason else row.state
    spread = f" ± {noise * PERCENT:.1f}" if math.isfinite(noise) else ""
    if row.top1_kind in UNTRAINED:
        return f"{row.top1 * PERCENT:.1f}{spread}{UNKNOWN if row.top1_extrapolating else ''}"
    return f"{row.top1 * PERCENT:.1f}{spread} ({len(row.seeds)})"
