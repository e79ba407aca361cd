"""The making of a surrogate: what the command runs once its options are known to be good."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.benchmark.other_runs import OtherRun
from nasbench_mvit.benchmark.surrogate_data import (
    MIN_NETWORKS,
    Sources,
    check_table,
    num_networks,
    plan,
    trainings_frame,
    write_surrogate,
)
from nasbench_mvit.cli.shared.notes import ConsoleNotes
from nasbench_mvit.cli.shared.parser import EXIT_CODES
from nasbench_mvit.search.batch.archive import Archive
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.study.config import StudyConfig, check_proxy_fits
from nasbench_mvit.surrogate.model import check_installed
from nasbench_mvit.surrogate.trainings import chosen
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.workbench.shared.trainings import (
    PERCENT,
    evaluator_of,
    run_trainings,
    training_run,
)


class SurrogateSession:
    """One surrogate, built in a directory."""

    def __init__(
        self,
        study: StudyConfig,
        *,
        num_networks: int,
        table: str | None,
        also: Sequence[Path],
        run_dir: Path,
        out: Path,
    ) -> None:
        """Load what the options name.

        Args:
            study: whose space, proxy and images to take.
            num_networks: of the space, to be trained.
            table: name or path of a benchmark table; None for none.
            also: other runs, whose trainings are taken over.
            run_dir: where trainings are kept.
            out: folder of the surrogate.

        Raises:
            WorkbenchError: the space, the table or another run is not usable, or scikit-learn is
                not installed.
        """
        check_installed()
        self._study = study
        self._num_networks = num_networks
        self._space = SearchSpace.load(study.space)
        check_proxy_fits(self._space, study.proxy)
        self._table = None if table is None else Benchmark.load(table)
        self._also = [OtherRun(path) for path in also]
        self._run_dir = run_dir
        self._out = out

    def run(self, console: Console, *, workers: int, ray: RayOptions | None = None) -> int:
        """Train what is missing and write the surrogate; return the exit code.

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
            sources = Sources(self._study, self._space, images, self._table)
            check_table(sources)
            self._take_over(archive, images, console)
            trainings = plan(sources, self._num_networks)
            code = EXIT_CODES[
                run_trainings(trainings, archive, evaluator, make_engine, ConsoleNotes(console))
            ]
            self._write(sources, archive, console)
        return code

    def _take_over(self, archive: Archive, images: str, console: Console) -> None:
        """Add to the run's archive what other runs hold of the study's proxy and images."""
        held = {training.key for training in archive.matching(self._study.proxy, images)}
        for other in self._also:
            found = other.matching(self._study.proxy, images)
            fitting = {
                training: result
                for training, result in found.items()
                if self._space.contains(training.spec)
            }
            for training, result in fitting.items():
                if training.key not in held:
                    archive.add(training, result)
                    held.add(training.key)
            console.print(
                f"{other.path}: {len(fitting)} trainings of networks of {self._space.name} by "
                "this proxy on these images"
            )

    def _write(self, sources: Sources, archive: Archive, console: Console) -> None:
        results = archive.matching(self._study.proxy, sources.images)
        frame = trainings_frame(sources, results)
        if (count := num_networks(frame, self._space.name)) < MIN_NETWORKS:
            console.print(
                f"{count} networks of {self._space.name} are trained; a surrogate is written from "
                f"{MIN_NETWORKS} on"
            )
            return
        few = num_networks(frame, chosen(self._space.name))
        if 0 < few < MIN_NETWORKS:
            frame = frame[frame["group"] != chosen(self._space.name)]
            console.print(
                f"{few} networks that were chosen, not drawn at random, are left out: to know how "
                f"well such are foretold takes {MIN_NETWORKS}"
            )
        about = write_surrogate(self._out, sources, frame, results)
        for name, group in about.groups.items():
            console.print(
                f"{name}: {group.networks} networks; held out R² {group.r2:.2f}, Kendall τ "
                f"{group.tau:.2f}, error {group.error * PERCENT:.1f} points"
            )
        console.print(f"wrote {self._out}")
