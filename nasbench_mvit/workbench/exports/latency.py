"""What is known of the latency of an exported network: predicted, published, measured."""

from collections.abc import Mapping
from pathlib import Path

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import FIGURES, network_title
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError, listed
from nasbench_mvit.export.manifest import LatencyRecord
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.latency.records.estimator import latencies
from nasbench_mvit.latency.records.record_file import read_records
from nasbench_mvit.latency.records.repeatability import assess
from nasbench_mvit.search.study.config import predictor_of
from nasbench_mvit.workbench.shared.described_network import DescribedNetwork

DEFAULT_PREDICTORS: Mapping[Task, str] = {
    "classification": "iphone12_coreml",
    "detection": "iphone12_coreml_detection",
    "segmentation": "iphone12_coreml_segmentation",
}


def known_latencies(
    source: DescribedNetwork, *, predictor: str | Path | None, records: str | Path | None
) -> tuple[LatencyRecord, ...]:
    """Return the latencies of a network, each with what it is.

    Args:
        source: the network.
        predictor: name or path; None takes the study's, or without one the iPhone 12's of its task.
        records: file of measurements to look the network up in, None for none.

    Raises:
        WorkbenchError: the predictor or the records cannot be used, or the records do not hold
            the network.
    """
    measured = [] if records is None else [_measured(source.spec, records)]
    return (*measured, *_published(source.spec), _predicted(source, predictor))


def _measured(spec: MobileViTSpec, path: str | Path) -> LatencyRecord:
    records = read_records(path)
    estimator = assess(records).estimator
    known = {latency.spec: latency for latency in latencies(records, estimator)}
    if spec not in known:
        raise ExportError(
            f"`records=` {path} holds no complete measurement of {_called(spec)}, only of "
            f"{listed(_called(known_spec) for known_spec in known) or 'nothing'}. "
            "Measure it, or leave the records out."
        )
    found = known[spec]
    return LatencyRecord(
        ms=found.ms,
        low=min(found.passes_ms.values()),
        high=max(found.passes_ms.values()),
        kind="measured",
        of=f"{records[0].target}; {estimator}, in brackets the passes",
        extrapolating=False,
    )


def _called(spec: MobileViTSpec) -> str:
    return f"{network_title(spec)} at {spec.resolution} px"


def _published(spec: MobileViTSpec) -> list[LatencyRecord]:
    return [
        LatencyRecord(
            ms=figures.latency_ms,
            low=figures.latency_ms,
            high=figures.latency_ms,
            kind="published",
            of=f"{figures.title} on an iPhone 12, Core ML ({figures.latency_source})",
            extrapolating=False,
        )
        for name, figures in FIGURES.items()
        if figures.latency_ms is not None and published(name) == spec
    ]


def _predicted(source: DescribedNetwork, predictor: str | Path | None) -> LatencyRecord:
    """Return the latency the search went by, or for another input or predictor a new one."""
    study = source.study
    if study is not None and predictor is None and study.trial.record.spec_id == source.spec.id:
        known = study.trial.record.latency
        return LatencyRecord(
            ms=known.ms,
            low=known.low,
            high=known.high,
            kind=known.kind,
            of=f"predictor {known.predictor}, calibrated on {known.calibrated_on} latencies",
            extrapolating=known.extrapolating,
        )
    if predictor is None and study is not None:
        loaded = predictor_of(study.config)
    else:
        loaded = load_predictor(predictor or DEFAULT_PREDICTORS[source.spec.task])
    latency = loaded.predict(source.spec)
    return LatencyRecord(
        ms=latency.ms,
        low=latency.low,
        high=latency.high,
        kind=latency.kind,
        of=f"predictor {loaded.document.name}, {loaded.title}; {loaded.evidence}",
        extrapolating=latency.extrapolating,
    )
