"""Several studies in one figure: what they have in common, and what cannot be compared."""

from collections.abc import Mapping

from nasbench_mvit.dashboard.runs import View
from nasbench_mvit.errors import listed
from nasbench_mvit.search.reports.text import accuracy_label


def common_limit(views: Mapping[str, View]) -> float | None:
    """Return the latency limit of the studies, None if they differ in it or in their device."""
    limits = {(view.latency_title, view.config.limits.latency_ms) for view in views.values()}
    return next(iter(limits))[1] if len(limits) == 1 else None


def incomparable(views: Mapping[str, View]) -> list[str]:
    """Return why the studies do not belong on the same axes, in words; nothing if they do."""
    reasons = []
    if len({_latencies(view) for view in views.values()}) > 1:
        each = "; ".join(f"{key}: {view.latency_title}" for key, view in views.items())
        reasons.append(f"latencies of different predictors do not compare: {each}")
    configs = [view.config for view in views.values()]
    if any((one.proxy, one.data) != (configs[0].proxy, configs[0].data) for one in configs):
        each = "; ".join(f"{key}: {accuracy_label(view.config)}" for key, view in views.items())
        reasons.append(f"accuracies of different proxies do not compare: {each}")
    if len({view.summary.is_estimated for view in views.values()}) > 1:
        named = [key for key, view in views.items() if view.summary.is_estimated]
        reasons.append(
            "estimates of a surrogate do not compare with trainings: estimated are those of "
            f"{listed(named)}"
        )
    return reasons


def accuracy_title(views: Mapping[str, View]) -> str:
    """Return the source of the accuracies of the studies, in a few words."""
    if all(view.summary.is_estimated for view in views.values()):
        return "estimated by a surrogate of the study's proxy, not trained"
    if any(view.summary.is_estimated for view in views.values()):
        return "trained by the study's proxy, or estimated by a surrogate of it"
    return "trained by the study's proxy"


def _latencies(view: View) -> str:
    return view.latency_title if view.predictor is None else view.predictor.digest


def facts(view: View) -> list[str]:
    """Return the meaning of a study's numbers, a sentence each."""
    limit = view.config.limits.latency_ms
    limits = [] if limit is None else [f"latency limit {limit:g} ms"]
    return [accuracy_label(view.config), view.latency_title, *limits, view.summary.noise_note]
