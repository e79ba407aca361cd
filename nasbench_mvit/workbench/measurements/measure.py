"""measure_latency: time networks on a device, go on where an earlier call stopped, and report."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import MeasurementError, check_count, check_type
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.latency.collectors.contract import Collector, NetworkFailedError
from nasbench_mvit.latency.records.estimator import latencies
from nasbench_mvit.latency.records.measure import measure
from nasbench_mvit.latency.records.plan import MeasurementPlan, read_plan, write_plan
from nasbench_mvit.latency.records.protocol import MeasurementProtocol
from nasbench_mvit.latency.records.record_file import RECORDS_FILE, RecordFile
from nasbench_mvit.latency.records.repeatability import assess
from nasbench_mvit.workbench.measurements.networks import Front, NamedNetworks, networks_of
from nasbench_mvit.workbench.measurements.observer import MeasurementObserver, MeasurementStart
from nasbench_mvit.workbench.measurements.results import (
    MeasurementResult,
    PreparedNetworks,
    compare,
    parent_of,
    without_latency,
    write_results,
)
from nasbench_mvit.workbench.measurements.sources import NetworkSources
from nasbench_mvit.workbench.measurements.targets.contract import MODELS, MeasurementTarget
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.deadline import deadline
from nasbench_mvit.workbench.shared.limits import check_minutes
from nasbench_mvit.workbench.shared.run_directory import locked

BYTES_PER_PARAMETER: Final = 4
A_TARGET: Final = "`target=` must be a target with its options, like OnnxRuntimeTarget()"


def measure_latency(
    networks: NetworkSources,
    target: MeasurementTarget,
    *,
    run_dir: str | Path,
    passes: int = 2,
    seed: int = 0,
    max_minutes: float | None = None,
    observer: MeasurementObserver | None = None,
) -> MeasurementResult:
    """Time networks on a device; a call with the same ``run_dir`` resumes, or adds its networks.

    Every timing is in ``records.jsonl`` before the next begins, and Ctrl-C ends the measurement
    with what was finished. Latencies are milliseconds for one image.

    >>> from nasbench_mvit.architecture.published import published
    >>> from nasbench_mvit.workbench.measurements.targets.this_machine import OnnxRuntimeTarget
    >>> small = published("mobilevit_xxs", resolution=64)
    >>> target = OnnxRuntimeTarget(device="my computer", seconds=0.05)
    >>> found = measure_latency(small, target, run_dir="my_run", passes=1)
    >>> [latency.spec == small for latency in found.latencies]
    [True]

    Args:
        networks: a network, a sample of a space, a file, a study's front, or several of these;
            none for those that an earlier call has planned in ``run_dir``.
        target: what is measured on, with its options.
        run_dir: directory of the records, the plan and the results; made if need be.
        passes: visits of each network.
        seed: seed of the orders in which passes visit the networks.
        max_minutes: no timing begins after these.
        observer: is told what happens.

    Raises:
        WorkbenchError: a source, the target or a file of the run is not usable, or nothing can be
            measured any more.
        OSError: a file cannot be written.
    """
    observer = observer or MeasurementObserver()
    check_type(target, MeasurementTarget, A_TARGET, MeasurementError)
    check_count(passes, "`passes=`", MeasurementError)
    check_minutes(max_minutes)
    run_dir = expanded(run_dir)
    named = networks_of(networks)
    with (
        _planned(named, run_dir, seed) as (before, plan),
        contextlib.closing(target.collector(run_dir, observer)) as collector,
        contextlib.closing(RecordFile(run_dir / RECORDS_FILE)) as file,
    ):
        file.check_target(collector.target)
        if plan != before:
            write_plan(run_dir, plan)
        protocol = MeasurementProtocol(
            plan.specs, plan.reference, file.records, passes=passes, seed=plan.seed
        )
        run = _Run(plan, protocol, collector, file)
        observer.started(run.start(passes))
        return run.result(run.measure(max_minutes, observer), named.fronts)


def prepare_networks(
    networks: NetworkSources, target: MeasurementTarget, *, run_dir: str | Path, seed: int = 0
) -> PreparedNetworks:
    """Plan a measurement and write its networks' files, for a device that is elsewhere.

    ``measure_latency`` with the same ``run_dir`` takes them from there.

    Raises:
        WorkbenchError: a source, a library or a file of the run is not usable.
        OSError: a file cannot be written.
    """
    run_dir, failed = expanded(run_dir), dict[str, str]()
    with (
        _planned(networks_of(networks), run_dir, seed) as (before, plan),
        contextlib.closing(target.models(run_dir)) as models,
    ):
        if plan != before:
            write_plan(run_dir, plan)
        for spec in {spec.id: spec for spec in (plan.reference, *plan.specs)}.values():
            try:
                models.get(spec)
            except NetworkFailedError as error:
                failed[spec.id] = str(error)
    num_networks = len(plan.networks)
    return PreparedNetworks(
        completion=Completion.DONE if len(failed) < num_networks else Completion.INCOMPLETE,
        folder=run_dir / MODELS,
        num_networks=num_networks,
        failed=failed,
    )


@contextlib.contextmanager
def _planned(
    named: NamedNetworks, run_dir: Path, seed: int
) -> Iterator[tuple[MeasurementPlan, MeasurementPlan]]:
    """Yield the plan in a locked directory as it is, and with the networks added."""
    with locked(run_dir):
        before = read_plan(run_dir, seed)
        plan = before.extended(named.planned)
        if not plan.networks:
            raise MeasurementError(
                "no networks are named. Give a sample of a space, the front of a study, or a file "
                "of networks (`sample=`, `front=`, `specs=`)."
            )
        yield before, plan


@dataclass(frozen=True)
class _Run:
    """A measurement that continues from the records in its file."""

    plan: MeasurementPlan
    protocol: MeasurementProtocol
    collector: Collector
    file: RecordFile

    def start(self, passes: int) -> MeasurementStart:
        progress = self.protocol.progress()
        return MeasurementStart(
            target=str(self.collector.target),
            num_networks=len(self.plan.networks),
            passes=passes,
            visits=progress.visits,
            total=progress.total,
            models=self.file.path.parent / MODELS,
            model_bytes=BYTES_PER_PARAMETER * float(count_costs_many(self.plan.specs).params.sum()),
        )

    def measure(self, max_minutes: float | None, observer: MeasurementObserver) -> Completion:
        try:
            is_finished = measure(
                self.protocol,
                self.collector,
                self.file,
                observer,
                is_over=deadline(max_minutes),
                now=lambda: datetime.now(UTC),
            )
        except KeyboardInterrupt:
            return Completion.INTERRUPTED
        if not is_finished:
            return Completion.TIME_IS_UP
        return Completion.DONE if self.protocol.progress().visits else Completion.INCOMPLETE

    def result(self, completion: Completion, fronts: Sequence[Front]) -> MeasurementResult:
        """Assess the records, write the results where there are latencies, and return all of it."""
        found = assess(self.file.records)
        values = latencies(self.file.records, found.estimator)
        path, target = self.file.path, self.collector.target
        progress = self.protocol.progress()
        return MeasurementResult(
            completion=completion,
            target=target,
            progress=progress,
            latencies=tuple(values),
            missing=without_latency(self.plan, values, progress),
            repeatability=found,
            fronts=tuple(compare(front, target, values) for front in fronts),
            records=path,
            table=write_results(path.parent, self.plan, values, found, self.file.records)
            if values
            else None,
            parent=parent_of(target, fronts),
        )
