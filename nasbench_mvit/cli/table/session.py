"""The making of a table: what the command runs once its options are known to be good."""

from pathlib import Path

from rich.console import Console

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.assemble import write_table
from nasbench_mvit.benchmark.plan import plan, table_networks
from nasbench_mvit.cli.shared.notes import ConsoleNotes
from nasbench_mvit.cli.shared.parser import EXIT_CODES
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.study.config import StudyConfig, check_proxy_fits
from nasbench_mvit.workbench.shared.trainings import evaluator_of, run_trainings, training_run


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

    def run(self, console: Console, *, workers: int, ray: RayOptions | None = None) -> int:
        """Train what is missing and write the table; return the exit code.

        Args:
            console: where to say what happens.
            workers: trainings at once on this machine.
            ray: what is asked of Ray, where that runs the trainings.
        """
        with training_run(self._run_dir, ConsoleNotes(console), workers=workers, ray=ray) as (
            archive,
            make_engine,
        ):
            evaluator = evaluator_of(self._study, self._run_dir)
            images = evaluator.images().fingerprint
            trainings = plan(
                self._networks,
                self._study.proxy,
                images,
                self._study.training_seeds(self._num_seeds),
            )
            code = EXIT_CODES[
                run_trainings(trainings, archive, evaluator, make_engine, ConsoleNotes(console))
            ]
            results = archive.finished(trainings)
            if {spec.id for spec in self._networks} <= {t.spec.id for t in results}:
                write_table(self._out, self._study, self._space, results, self._predictors)
                console.print(f"wrote {self._out}")
        return code
