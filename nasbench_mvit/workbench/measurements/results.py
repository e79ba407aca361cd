"""What a measurement has found, and the files that hold it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from nasbench_mvit.analysis.ranking import spearman
from nasbench_mvit.io.text_files import write_text
from nasbench_mvit.latency.records.estimator import NetworkLatency
from nasbench_mvit.latency.records.plan import MeasurementPlan, PlannedNetwork
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.repeatability import Repeatability
from nasbench_mvit.latency.target import VERSIONS, Target
from nasbench_mvit.workbench.measurements.networks import Front
from nasbench_mvit.workbench.shared.completion import Completion

LATENCIES_FILE: Final = "latencies.csv"
REPEATABILITY_FILE: Final = "repeatability.json"
MIN_RANKED: Final = 3
#: The shipped predictor that is nearest to what a runtime does.
PARENTS: Final = {"Core ML": "iphone12_coreml", "onnxruntime-web": "epyc_wasm"}
ANY_PARENT: Final = "epyc_onnxruntime"


@dataclass(frozen=True)
class ComparedNetwork:
    """A finalist's latency as the study predicted it, with its 90 % interval, and as measured.

    Attributes:
        measured_ms: None where the network has no latency.
        gap: measured above predicted, relative; None also where the prediction is of another
            target.
    """

    name: str
    predicted_ms: float
    low_ms: float
    high_ms: float
    measured_ms: float | None
    gap: float | None


@dataclass(frozen=True, kw_only=True)
class FrontComparison:
    """The predicted latencies of a study's finalists next to the measured ones.

    Attributes:
        study: its name.
        predicted_by: what its latencies are, in words.
        differences: in what the target of its predictor differs from the measured one; where there
            are any, predicted and measured milliseconds cannot be compared.
        networks: all finalists.
        rank_correlation: Spearman's, None for fewer than 3 networks and across targets.
    """

    study: str
    predicted_by: str
    differences: tuple[str, ...]
    networks: tuple[ComparedNetwork, ...]
    rank_correlation: float | None


@dataclass(frozen=True, kw_only=True)
class MeasurementResult:
    """The result of ``measure_latency``, with that of earlier calls in the same run directory.

    Attributes:
        completion: INCOMPLETE where no network could be measured.
        target: what was measured on.
        progress: visits done, blocks rejected, networks given up.
        latencies: latency of every network that all passes have visited, in milliseconds.
        missing: the planned networks that have no latency, by the reason.
        repeatability: how well they repeat, and the estimator that was chosen by that.
        fronts: a comparison for each study among the sources.
        records: the file of all timings, which predictors are fitted to.
        table: ``latencies.csv``; None while there is no latency.
        parent: name of the predictor to transfer from where there are few networks.
    """

    completion: Completion
    target: Target
    progress: MeasurementProgress
    latencies: tuple[NetworkLatency, ...]
    missing: dict[str, list[PlannedNetwork]]
    repeatability: Repeatability
    fronts: tuple[FrontComparison, ...]
    records: Path
    table: Path | None
    parent: str


@dataclass(frozen=True, kw_only=True)
class PreparedNetworks:
    """The networks' files that ``prepare_networks`` has written.

    Attributes:
        completion: INCOMPLETE where none could be written.
        folder: holds the files.
        num_networks: how many networks are planned, the reference not counted.
        failed: why networks have no file, by their id.
    """

    completion: Completion
    folder: Path
    num_networks: int
    failed: dict[str, str]


def compare(front: Front, target: Target, values: Sequence[NetworkLatency]) -> FrontComparison:
    """Return the finalists of a study with what was measured of them on ``target``."""
    document = front.predictor.document
    differences = document.differences(target, words=("predicted", "measured"))
    is_comparable = not set(differences) - VERSIONS
    found = {value.spec.id: value.ms for value in values}
    pairs = [(row, found.get(row.spec_id)) for row in front.rows]
    both = [(row.latency_ms, ms) for row, ms in pairs if ms is not None]
    return FrontComparison(
        study=front.study,
        predicted_by=front.predictor.title,
        differences=() if is_comparable else tuple(differences.values()),
        networks=tuple(
            ComparedNetwork(
                name=row.name,
                predicted_ms=row.latency_ms,
                low_ms=row.latency_low_ms,
                high_ms=row.latency_high_ms,
                measured_ms=ms,
                gap=ms / row.latency_ms - 1 if is_comparable and ms is not None else None,
            )
            for row, ms in pairs
        ),
        rank_correlation=spearman(*zip(*both, strict=True)).rho
        if is_comparable and len(both) >= MIN_RANKED
        else None,
    )


def without_latency(
    plan: MeasurementPlan, values: Sequence[NetworkLatency], progress: MeasurementProgress
) -> dict[str, list[PlannedNetwork]]:
    """Return the planned networks that have no latency, by the reason."""
    found = {value.spec.id for value in values}
    missing: dict[str, list[PlannedNetwork]] = {}
    for network in plan.networks:
        name = network.spec.id
        if name in progress.failed:
            reason = f"given up, for {progress.failed[name]}"
        elif name in progress.unsettled:
            reason = "every block with it was rejected"
        else:
            reason = "not every pass has visited it yet"
        if name not in found:
            missing.setdefault(reason, []).append(network)
    return missing


def parent_of(target: Target, fronts: Sequence[Front]) -> str:
    """Return the name of the predictor to transfer from: a study's own, else the nearest one."""
    return fronts[0].predictor_name if fronts else PARENTS.get(target.runtime, ANY_PARENT)


def write_results(
    run_dir: Path,
    plan: MeasurementPlan,
    values: Sequence[NetworkLatency],
    found: Repeatability,
    records: Sequence[Measurement],
) -> Path:
    """Write the latencies as a table and the repeatability they rest on; return the table's path.

    Memory, energy and throughput are columns where the last record of a network has them.

    Raises:
        OSError: a file cannot be written.
    """
    origins = {network.spec.id: network.origin for network in plan.networks}
    passes = sorted({number for value in values for number in value.passes_ms})
    profiles = {record.spec_id: record.profile.columns for record in records if record.profile}
    table = pd.DataFrame(
        {
            "spec_id": value.spec.id,
            "origin": origins.get(value.spec.id, ""),
            "resolution": value.spec.resolution,
            "latency_ms": value.ms,
        }
        | {f"pass_{number}_ms": value.passes_ms.get(number) for number in passes}
        | profiles.get(value.spec.id, {})
        for value in values
    )
    path = run_dir / LATENCIES_FILE
    write_text(path, table.to_csv(index=False))
    write_text(run_dir / REPEATABILITY_FILE, found.model_dump_json(indent=1) + "\n")
    return path
