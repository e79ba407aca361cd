"""The making of a table: what ``cli.table`` runs once its options are known to be good."""

from pathlib import Path

from rich.console import Console

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.assemble import write_table
from nasbench_mvit.benchmark.plan import plan, table_networks
from nasbench_mvit.cli.engine import engines
from nasbench_mvit.cli.parser import INTERRUPTED
from nasbench_mvit.cli.run_directory import locked, termination_as_interrupt
from nasbench_mvit.latency.predictor import load_predictor
from nasbench_mvit.latency.predictor_file import predictor_names
from nasbench_mvit.search.archive import Archive, Training
from nasbench_mvit.search.batch import PlannedEvaluator, evaluator_for, missing, run
from nasbench_mvit.search.executor import Event, Failed, Finished
from nasbench_mvit.search.ray_engine.options import RayOptions
from nasbench_mvit.search.study import StudyConfig, check_proxy_fits

FILE = "trainings.parquet"
PERCENT = 100.0
NOT_WHOLE = 1


class TableSession:
    """One table, built in a directory."""

    def __init__(self, study: StudyConfig, *, num_seeds: int, run_dir: Path, out: Path) -> None:
        """Choose the networks.

        Raises:
            WorkbenchError: the space or a predictor is not usable.
        """
        self._study = study
        self._num_seeds = num_seeds
        self._run_dir = run_dir
        self._out = out
        self._space = SearchSpace.load(study.space)
        check_proxy_fits(self._space, study.proxy)
        self._networks = table_networks(self._space)
        self._predictors = [load_predictor(name) for name in predictor_names()]
        self._ended = 0

    def run(self, console: Console, *, workers: int, ray: RayOptions | None = None) -> int:
        """Train what is missing and write the table; return the exit code.

        Args:
            console: where to say what happens.
            workers: trainings at once on this machine.
            ray: what is asked of Ray, where that runs the trainings.
        """
        with (
            locked(self._run_dir),
            termination_as_interrupt(),
            engines(ray, workers, console.print) as make_engine,
        ):
            evaluator = evaluator_for(
                self._study.proxy,
                data=self._study.data,
                seed=self._study.data_seed,
                folder=self._run_dir,
            )
            archive = Archive(self._run_dir / FILE)
            images = evaluator.images().fingerprint
            trainings = plan(
                self._networks,
                self._study.proxy,
                images,
                self._study.training_seeds(self._num_seeds),
            )
            done = archive.finished(trainings)
            self._ended = len(done)
            console.print(
                f"{len(trainings)} trainings of {len(self._networks)} networks, {len(done)} of "
                "them done"
            )

            def observe(training: Training, event: Event) -> None:
                if isinstance(event, Finished | Failed):
                    self._ended += 1
                    console.print(f"{self._ended} of {len(trainings)}: {_line(training, event)}")

            code = 0
            try:
                run(
                    PlannedEvaluator(tuple(missing(trainings, archive)), evaluator),
                    archive,
                    make_engine,
                    observe,
                    is_over=lambda: False,
                )
            except KeyboardInterrupt:
                code = INTERRUPTED
            results = archive.finished(trainings)
            if lacking := len(trainings) - len(results):
                code = code or NOT_WHOLE
                console.print(
                    f"{lacking} trainings are missing; the same command again goes on from here"
                )
            if {spec.id for spec in self._networks} <= {t.spec.id for t in results}:
                write_table(self._out, self._study, self._space, results, self._predictors)
                console.print(f"wrote {self._out}")
        return code


def _line(training: Training, event: Finished | Failed) -> str:
    what = f"{training.spec.id}, seed {training.seed}"
    if isinstance(event, Finished):
        seconds = event.result.cpu_seconds
        return f"{what}: top-1 {event.result.top1 * PERCENT:.1f} % in {seconds:.0f} core-seconds"
    return f"{what}: failed: {event.reason}"
