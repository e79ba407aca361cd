"""Ablations from their parts: what the command runs once its options are known to be good."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from nasbench_mvit.ablation.design.design import Ablation
from nasbench_mvit.ablation.design.trainings import plan
from nasbench_mvit.ablation.results.files import write_report
from nasbench_mvit.ablation.results.summary import AblationSummary, summarise
from nasbench_mvit.cli.ablate.console import AblationConsole, show, show_design, weight
from nasbench_mvit.cli.shared.notes import ConsoleNotes
from nasbench_mvit.cli.shared.parser import INTERRUPTED
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.batch.run import PlannedEvaluator, evaluator_for, missing, run
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.loop.estimate import time_training
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.workbench.shared.engines import MakeEngine, local_engine
from nasbench_mvit.workbench.shared.progress import duration
from nasbench_mvit.workbench.shared.trainings import FILE, training_run

SECONDS_PER_MINUTE = 60.0
ARMS_FAILED = 1


class AblateSession:
    """Ablations run one after the other in a directory whose trainings they share."""

    def __init__(
        self,
        ablations: Sequence[Ablation],
        *,
        run_dir: Path,
        workers: int,
        ray: RayOptions | None = None,
    ) -> None:
        """Load what the studies refer to.

        Args:
            ablations: the studies.
            run_dir: where reports and trainings go.
            workers: trainings at once on this machine.
            ray: what is asked of Ray, where that runs the trainings.

        Raises:
            PredictorError: a predictor cannot be loaded.
        """
        self._run_dir = run_dir
        self._workers = workers
        self._ray = ray
        self._ablations: list[tuple[Ablation, LatencyPredictor]] = [
            (ablation, load_predictor(ablation.config.predictor)) for ablation in ablations
        ]

    def show_plan(self, console: Console) -> None:
        """Print arms, recipes, costs and expected minutes; train and store nothing."""
        archive = Archive(self._run_dir / FILE)
        planned: dict[tuple[str, str, str, int], Training] = {}
        with tempfile.TemporaryDirectory() as scratch:
            for ablation, predictor in self._ablations:
                trainings = plan(ablation, self._fingerprint(ablation, Path(scratch)))
                show_design(console, self._summary(ablation, trainings, archive, {}, predictor))
                waiting = missing(trainings, archive)
                new = {t.key: t for t in waiting if t.key not in planned}
                console.print(
                    f"{len(trainings)} trainings: {len(trainings) - len(waiting)} done, "
                    f"{len(waiting) - len(new)} shared with a study above, {len(new)} to do\n"
                )
                planned |= new
            if not planned:
                console.print("plan: no trainings, all are done")
                return
            console.print("timing a few training steps …")
            core_seconds, start = self._seconds(list(planned.values()), Path(scratch))
        seconds = start + core_seconds / min(self._workers, len(planned))
        console.print(
            f"plan: {len(planned)} trainings, about {max(1.0, core_seconds):,.0f} core-seconds, "
            f"about {duration(max(1.0, seconds))} with workers: {self._workers} (estimated from a "
            "few steps of MobileViT-XS on this machine)"
        )

    def run(self, console: Console, *, max_minutes: float | None) -> int:
        """Train what is missing and report, study by study; return the exit code.

        Args:
            console: where to say what happens.
            max_minutes: when to stop; None for never.
        """
        with training_run(
            self._run_dir, ConsoleNotes(console), workers=self._workers, ray=self._ray
        ) as (
            archive,
            make_engine,
        ):
            is_over = _deadline(max_minutes)
            has_failed = False
            for ablation, predictor in self._ablations:
                summary, is_cut = self._run_one(
                    ablation, predictor, archive, console, make_engine, is_over
                )
                has_failed |= any(row.failure for row in summary.rows)
                if is_cut:
                    return INTERRUPTED
                if is_over():
                    console.print("time is over; the same command again goes on from here")
                    break
        return ARMS_FAILED if has_failed else 0

    def _run_one(
        self,
        ablation: Ablation,
        predictor: LatencyPredictor,
        archive: Archive,
        console: Console,
        make_engine: MakeEngine,
        is_over: Callable[[], bool],
    ) -> tuple[AblationSummary, bool]:
        """Run and report one study; also return whether it was interrupted."""
        trainings = plan(ablation, self._fingerprint(ablation, self._run_dir))
        waiting = missing(trainings, archive)
        console.print(
            f"study {ablation.name}: {ablation.config.description}\n"
            f"{len(trainings)} trainings of {len(ablation.arms)} arms, "
            f"{len(trainings) - len(waiting)} of them done"
        )
        failures: dict[Training, str] = {}
        is_cut = False
        try:
            with AblationConsole(waiting, console) as observer:
                failures = run(
                    self._evaluator(ablation, waiting),
                    archive,
                    make_engine,
                    observer.event,
                    is_over,
                )
        except KeyboardInterrupt:
            is_cut = True
            console.print("stopped; the same command again goes on from here")
        summary = self._summary(ablation, trainings, archive, failures, predictor)
        folder = self._run_dir / ablation.name
        write_report(folder, summary)
        show(console, summary)
        console.print(f"see {folder / 'report.html'}, report.md, CSV and LaTeX files beside it\n")
        return summary, is_cut

    def _evaluator(self, ablation: Ablation, trainings: Sequence[Training]) -> PlannedEvaluator:
        template = _evaluator_of(ablation, ablation.arms[0].proxy, self._run_dir)
        return PlannedEvaluator(tuple(trainings), template)

    def _fingerprint(self, ablation: Ablation, folder: Path) -> Callable[[ProxyConfig], str]:
        return lambda proxy: _evaluator_of(ablation, proxy, folder).images().fingerprint

    def _summary(
        self,
        ablation: Ablation,
        trainings: Sequence[Training],
        archive: Archive,
        failures: dict[Training, str],
        predictor: LatencyPredictor,
    ) -> AblationSummary:
        return summarise(ablation, trainings, archive.finished(trainings), failures, predictor)

    def _seconds(self, trainings: Sequence[Training], scratch: Path) -> tuple[float, float]:
        """Return the core-seconds of trainings at the pace of the first, and those to start."""
        first = trainings[0]
        evaluator = _evaluator_of(self._ablations[0][0], first.proxy, scratch)
        pace = time_training(evaluator, lambda e: local_engine(e, self._workers))
        per_weight = pace.seconds_per_mac * count_costs(first.spec).macs / weight(first)
        return per_weight * sum(weight(training) for training in trainings), pace.start_seconds


def _evaluator_of(ablation: Ablation, proxy: ProxyConfig, folder: Path) -> ProxyEvaluator:
    config = ablation.config
    return evaluator_for(proxy, data=config.data, seed=config.split_seed, folder=folder)


def _deadline(max_minutes: float | None) -> Callable[[], bool]:
    end = None if max_minutes is None else time.monotonic() + max_minutes * SECONDS_PER_MINUTE
    return lambda: end is not None and time.monotonic() >= end
