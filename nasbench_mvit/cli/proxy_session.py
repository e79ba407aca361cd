"""A proxy contest from its parts: what ``cli.proxy`` runs once its options are known to be good."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.engine import engines
from nasbench_mvit.cli.parser import INTERRUPTED
from nasbench_mvit.cli.planned_trainings import FILE, PERCENT
from nasbench_mvit.cli.run_directory import locked, termination_as_interrupt
from nasbench_mvit.files import atomic_write
from nasbench_mvit.proxy.contest import mosaic_contest, own_contest, spread_networks
from nasbench_mvit.proxy.plan import plan
from nasbench_mvit.proxy.report import report
from nasbench_mvit.search.archive import Archive, Training
from nasbench_mvit.search.batch import PlannedEvaluator, evaluator_for, missing, run
from nasbench_mvit.search.evaluate import ProxyEvaluator
from nasbench_mvit.search.executor import Event, Failed, Finished
from nasbench_mvit.search.ray_engine.options import RayOptions
from nasbench_mvit.search.study import EMBEDDED_DATA, StudyConfig, predictor_of
from nasbench_mvit.training.recipe import ProxyConfig
from nasbench_mvit.training.report import TrainingResult


class ProxySession:
    """One contest in a directory."""

    def __init__(self, study: StudyConfig, *, num_networks: int, run_dir: Path) -> None:
        """Choose the contest and its networks.

        Raises:
            WorkbenchError: the space or the predictor is not usable.
        """
        is_default = study.data == EMBEDDED_DATA and study.proxy == ProxyConfig()
        self._study = study
        self._run_dir = run_dir
        self._contest = mosaic_contest() if is_default else own_contest(study.proxy)
        space = SearchSpace.load(study.space)
        self._networks = spread_networks(space, num_networks, study.seed)
        self._predictor = predictor_of(study)

    def run(self, console: Console, *, workers: int, ray: RayOptions | None = None) -> int:
        """Train what is missing and report; return the exit code.

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
            archive = Archive(self._run_dir / FILE)
            trainings = plan(self._contest, self._networks, self._fingerprint)
            done = len(archive.finished(trainings))
            console.print(
                f"{len(trainings)} trainings of {len(self._networks)} networks, {done} of them done"
            )
            code = 0
            try:
                run(
                    PlannedEvaluator(
                        tuple(missing(trainings, archive)), self._evaluator(self._study.proxy)
                    ),
                    archive,
                    make_engine,
                    lambda training, event: _show(console, training, event),
                    is_over=lambda: False,
                )
            except KeyboardInterrupt:
                code = INTERRUPTED
                console.print("stopped; the same command again goes on from here")
            self._report(archive.finished(trainings), console)
        return code

    def _fingerprint(self, proxy: ProxyConfig) -> str:
        return self._evaluator(proxy).images().fingerprint

    def _evaluator(self, proxy: ProxyConfig) -> ProxyEvaluator:
        return evaluator_for(
            proxy, data=self._study.data, seed=self._study.data_seed, folder=self._run_dir
        )

    def _report(self, results: Mapping[Training, TrainingResult], console: Console) -> None:
        if not results:
            return
        limit = self._study.limits.latency_ms
        text = report(self._contest, self._networks, results, self._predictor, limit)
        with atomic_write(self._run_dir / "proxy.md") as file:
            file.write(text.encode())
        console.print(text)
        console.print(f"see {self._run_dir / 'proxy.md'} and {FILE} beside it")


def _show(console: Console, training: Training, event: Event) -> None:
    what = f"{training.contestant}, {training.network}, seed {training.seed}"
    if isinstance(event, Finished):
        console.print(f"{what}: top-1 {event.result.top1 * PERCENT:.1f} %")
    elif isinstance(event, Failed):
        console.print(f"{what}: failed: {event.reason}")
