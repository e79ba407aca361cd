"""Several studies in one figure: what they have in common, and what cannot be compared."""

from collections.abc import Iterable, Mapping

from nasbench_mvit.errors import listed
from nasbench_mvit.figures.columns import SCORE
from nasbench_mvit.search.reports.text import (
    accuracy_label,
    accuracy_origin,
    imagenet_note,
    limit_of,
)
from nasbench_mvit.search.results.row import UNTRAINED
from nasbench_mvit.workbench.studies.study import Study


def common_limit(studies: Mapping[str, Study]) -> float | None:
    """Return the limit of the cost of the studies, None if they differ in it or in their device."""
    limits = {
        (study.latency_title, study.config.rule.column, limit_of(study.config))
        for study in studies.values()
    }
    return next(iter(limits))[-1] if len(limits) == 1 else None


def incomparable(studies: Mapping[str, Study]) -> list[str]:
    """Return why the studies do not belong on the same axes, in words; nothing if they do."""
    reasons = []
    if len({_latencies(study) for study in studies.values()}) > 1:
        each = "; ".join(f"{key}: {study.latency_title}" for key, study in studies.items())
        reasons.append(f"latencies of different predictors do not compare: {each}")
    configs = [study.config for study in studies.values()]
    if len({config.rule.column for config in configs}) > 1:
        each = "; ".join(f"{key}: {study.config.rule.noun}" for key, study in studies.items())
        reasons.append(f"fronts of different costs do not compare: {each}")
    if any((one.proxy, one.data) != (configs[0].proxy, configs[0].data) for one in configs):
        each = "; ".join(f"{key}: {accuracy_label(study.config)}" for key, study in studies.items())
        reasons.append(f"accuracies of different proxies do not compare: {each}")
    kinds = {key: study.summary.kind for key, study in studies.items()}
    if len({*kinds.values()}) > 1:
        named = [f"{key}: {kind}" for key, kind in kinds.items() if kind in UNTRAINED]
        reasons.append(
            "estimates of a surrogate and scores of shared weights do not compare with trainings "
            f"or each other: {listed(named)}"
        )
    return reasons


def score_title(studies: Iterable[Study]) -> str:
    """Return the name of the score of the studies, "score" where they have several."""
    names = {study.summary.score for study in studies}
    return names.pop() if len(names) == 1 else SCORE


def accuracy_title(studies: Mapping[str, Study]) -> str:
    """Return the source of the accuracies of the studies, in a few words."""
    return " or ".join(dict.fromkeys(accuracy_origin(study.config) for study in studies.values()))


def _latencies(study: Study) -> str:
    return study.latency_title if study.predictor is None else study.predictor.digest


def facts(study: Study) -> list[str]:
    """Return the meaning of a study's numbers, a sentence each."""
    limit, rule = limit_of(study.config), study.config.rule
    limits = [] if limit is None else [f"{rule.noun} limit {limit:g} {rule.unit}"]
    note = imagenet_note(study.summary)
    estimated = [f"ImageNet top-1: {note}"] if note else []
    own = [accuracy_label(study.config), study.latency_title, *limits, study.summary.noise_note]
    return estimated + own
