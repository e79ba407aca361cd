"""A measurement from its parts: what the command runs once its options are known to be good."""

import argparse
import contextlib
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from nasbench_mvit.cli.measure.console import MeasureConsole
from nasbench_mvit.cli.measure.networks import Front, networks_of, read_front
from nasbench_mvit.cli.measure.report import (
    LATENCIES_FILE,
    next_command,
    print_front,
    print_noise,
    print_progress,
    write_results,
)
from nasbench_mvit.cli.measure.targets import MeasureTarget
from nasbench_mvit.cli.shared.parser import INTERRUPTED
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.contract import Collector, NetworkFailedError
from nasbench_mvit.latency.records.estimator import latencies
from nasbench_mvit.latency.records.measure import measure
from nasbench_mvit.latency.records.plan import MeasurementPlan, read_plan, write_plan
from nasbench_mvit.latency.records.protocol import MeasurementProtocol
from nasbench_mvit.latency.records.record_file import RECORDS_FILE, RecordFile
from nasbench_mvit.latency.records.repeatability import assess
from nasbench_mvit.workbench.shared.run_directory import locked

MODELS = "models"
NOTHING_MEASURED = 1
SECONDS_PER_MINUTE = 60.0
BYTES_PER_PARAMETER = 4


class MeasureSession:
    """One target measured in a directory."""

    def __init__(self, options: argparse.Namespace, target: MeasureTarget, run_dir: Path) -> None:
        """Find the networks that the command names.

        Raises:
            WorkbenchError: a study, space, predictor or file that it names is not usable.
        """
        self._options = options
        self._target = target
        self._run_dir = run_dir
        self._front: Front | None = None if options.front is None else read_front(options.front)
        self._networks = networks_of(options, self._front)

    def run(self, console: Console) -> int:
        """Measure until the end and report; return the exit code."""
        with locked(self._run_dir):
            before = read_plan(self._run_dir, self._options.seed)
            plan = before.extended(self._networks)
            if not plan.networks:
                raise MeasurementError(
                    "no networks are named. Give --sample N for networks of a space, --front STUDY "
                    "for a search's finalists, or --specs FILE."
                )
            if self._options.prepare_only:
                return self._prepare(before, plan, console)
            with (
                contextlib.closing(self._collector(console)) as collector,
                contextlib.closing(RecordFile(self._run_dir / RECORDS_FILE)) as file,
            ):
                file.check_target(collector.target)
                if plan != before:
                    write_plan(self._run_dir, plan)
                return self._measure(plan, collector, file, console)

    def _collector(self, console: Console) -> Collector:
        return self._target.collector(self._options, self._run_dir / MODELS, console)

    def _prepare(self, before: MeasurementPlan, plan: MeasurementPlan, console: Console) -> int:
        """Write the plan and its networks' files, for a run that goes on with its device."""
        folder = self._run_dir / MODELS
        failed: dict[str, str] = {}
        with contextlib.closing(self._target.models(self._options, folder)) as models:
            if plan != before:
                write_plan(self._run_dir, plan)
            for spec in {spec.id: spec for spec in (plan.reference, *plan.specs)}.values():
                try:
                    models.get(spec)
                except NetworkFailedError as error:
                    failed[spec.id] = str(error)
        for name, reason in failed.items():
            console.print(f"{name}: {reason}")
        console.print(
            f"{len(plan.networks) - len(failed)} of {len(plan.networks)} networks and the "
            f"reference are in {folder}; the same command without --prepare-only measures them"
        )
        return NOTHING_MEASURED if len(failed) >= len(plan.networks) else 0

    def _measure(
        self, plan: MeasurementPlan, collector: Collector, file: RecordFile, console: Console
    ) -> int:
        options = self._options
        protocol = MeasurementProtocol(
            plan.specs, plan.reference, file.records, passes=options.passes, seed=plan.seed
        )
        progress = protocol.progress()
        gigabytes = BYTES_PER_PARAMETER * count_costs_many(plan.specs).params.sum() / 1e9
        console.print(
            f"target: {collector.target}\n{len(plan.networks)} networks, visited {options.passes} "
            f"times each; {progress.visits} of {progress.total} visits are done\n"
            f"their files take up to {gigabytes:.1f} GB in {self._run_dir / MODELS} until measured"
        )
        seconds = (options.max_minutes or float("inf")) * SECONDS_PER_MINUTE
        deadline = time.monotonic() + seconds
        code, is_finished = 0, False
        try:
            with MeasureConsole(protocol, console) as observer:
                is_finished = measure(
                    protocol,
                    collector,
                    file,
                    observer,
                    is_over=lambda: time.monotonic() >= deadline,
                    now=lambda: datetime.now(UTC),
                )
        except KeyboardInterrupt:
            code = INTERRUPTED
            console.print("stopped; what was measured is kept")
        self._report(plan, protocol, collector, file, console)
        if not is_finished:
            console.print("the same command again goes on from here")
        elif not protocol.progress().visits:
            code = NOTHING_MEASURED
        return code

    def _report(
        self,
        plan: MeasurementPlan,
        protocol: MeasurementProtocol,
        collector: Collector,
        file: RecordFile,
        console: Console,
    ) -> None:
        print_progress(console, protocol.progress())
        found = assess(file.records)
        values = latencies(file.records, found.estimator)
        if not values:
            return
        write_results(self._run_dir, plan, values, found)
        print_noise(console, found)
        if self._front is not None:
            print_front(console, self._front, values, collector.target)
        console.print(
            f"{len(values)} latencies: {self._run_dir / LATENCIES_FILE}; records: {file.path}\n"
            f"next: {next_command(self._front, collector.target, file.path, len(values))}"
        )
