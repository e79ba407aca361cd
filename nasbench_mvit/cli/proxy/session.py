"""A proxy contest from its parts: what the command runs once its options are known to be good."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.shared.notes import ConsoleNotes
from nasbench_mvit.cli.shared.parser import EXIT_CODES
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.proxy.contest import mosaic_contest, own_contest, spread_networks
from nasbench_mvit.proxy.plan import plan
from nasbench_mvit.proxy.report import report
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.study.config import EMBEDDED_DATA, StudyConfig, predictor_of
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.report import TrainingResult
from nasbench_mvit.workbench.shared.trainings import FILE, evaluator_of, run_trainings, training_run


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
        with training_run(self._run_dir, ConsoleNotes(console), workers=workers, ray=ray) as (
            archive,
            make_engine,
        ):
            trainings = plan(self._contest, self._networks, self._fingerprint)
            evaluator = evaluator_of(self._study, self._run_dir)
            code = EXIT_CODES[
                run_trainings(trainings, archive, evaluator, make_engine, ConsoleNotes(console))
            ]
            self._report(archive.finished(trainings), console)
        return code

    def _fingerprint(self, proxy: ProxyConfig) -> str:
        study = self._study.model_copy(update={"proxy": proxy})
        return evaluator_of(study, self._run_dir).images().fingerprint

    def _report(self, results: Mapping[Training, TrainingResult], console: Console) -> None:
        if not results:
            return
        limit = self._study.limits.latency_ms
        text = report(self._contest, self._networks, results, self._predictor, limit)
        with atomic_write(self._run_dir / "proxy.md") as file:
            file.write(text.encode())
        console.print(text)
        console.print(f"see {self._run_dir / 'proxy.md'} and {FILE} beside it")
