"""What judges the networks of a search: trainings, or a table that holds them."""

import time
from functools import cached_property
from pathlib import Path
from typing import Protocol

from rich.console import Console

from nasbench_mvit.cli.engine import MakeEngine
from nasbench_mvit.cli.engine_options import CHECKPOINTS
from nasbench_mvit.cli.run_directory import IMAGES
from nasbench_mvit.cli.work import duration
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.candidates import Candidates
from nasbench_mvit.search.evaluate import ProxyEvaluator
from nasbench_mvit.search.exact import Exact, best_of_all, compare
from nasbench_mvit.search.executor import Executor
from nasbench_mvit.search.ray_engine.options import RayOptions
from nasbench_mvit.search.simulated_engine import SimulatedEngine
from nasbench_mvit.search.study import StudyConfig
from nasbench_mvit.search.summary import Summary
from nasbench_mvit.search.table_evaluator import TableEvaluator, table_for
from nasbench_mvit.training.images import count_repeated


class Judge(Protocol):
    """Gives a search its accuracies."""

    def evaluator(self) -> ProxyEvaluator:
        """Return what trains.

        Raises:
            StudyError: nothing does.
        """
        ...

    def content(self) -> dict[str, str]:
        """Return the digests of what the accuracies depend on beside the study.

        Raises:
            DataError: the images are not usable.
        """
        ...

    def show(self, console: Console) -> None:
        """Say where the accuracies come from."""
        ...

    def engine(self, make_engine: MakeEngine) -> Executor:
        """Return what runs the evaluations, made by ``make_engine`` where they are trainings."""
        ...

    def clock(self) -> float:
        """Return the seconds that count for a time limit."""
        ...

    def show_end(self, console: Console, summary: Summary) -> None:
        """Say what is to be known once the search has ended."""
        ...

    def exact(self, summary: Summary) -> Exact | None:
        """Return the best there is beside what was found, None where nobody knows."""
        ...


class TrainingJudge:
    """Trains every network by the proxy."""

    def __init__(self, config: StudyConfig, *, run_dir: Path) -> None:
        """Prepare; images are read when they are needed."""
        self._evaluator = ProxyEvaluator(
            proxy=config.proxy,
            data=config.data,
            data_seed=config.data_seed,
            cache_dir=run_dir / IMAGES,
            checkpoint_dir=run_dir / CHECKPOINTS,
        )

    def evaluator(self) -> ProxyEvaluator:
        """Return what trains."""
        return self._evaluator

    def content(self) -> dict[str, str]:
        """Return the digest of the images."""
        return {"images": self._evaluator.images().fingerprint}

    def show(self, console: Console) -> None:
        """Name the images and say how many there are."""
        images = self._evaluator.images()
        about = images.description
        console.print(
            f"images: {about.name} ({about.licence}), {len(images.train):,} to learn from, "
            f"{len(images.val):,} to judge by"
        )
        if repeated := count_repeated(images.train, images.val):
            console.print(
                f"{repeated:,} of the images to judge by are also among those to learn from: "
                "scores look better than they are; remove the copies"
            )

    def engine(self, make_engine: MakeEngine) -> Executor:
        """Return what trains."""
        return make_engine(self._evaluator)

    def clock(self) -> float:
        """Return the seconds of a real clock."""
        return time.monotonic()

    def show_end(self, console: Console, summary: Summary) -> None:
        """Say nothing: the report says it all."""

    def exact(self, summary: Summary) -> None:
        """Return None: nobody knows the front of a space that is trained."""


class TableJudge:
    """Looks trainings up in the benchmark table of the space."""

    def __init__(
        self,
        config: StudyConfig,
        candidates: Candidates,
        *,
        workers: int,
        ray: RayOptions | None,
    ) -> None:
        """Load the table.

        Raises:
            WorkbenchError: there is none, it does not answer what the study asks, or Ray is asked
                to train.
        """
        if ray is not None:
            raise StudyError(
                "--engine ray spreads trainings over machines, and this study's evaluator is a "
                "table. Run it with --evaluator training, or leave --engine out."
            )
        self._config = config
        self._candidates = candidates
        self._table = table_for(config, candidates.space)
        self._evaluator = TableEvaluator(self._table)
        self._workers = workers
        self._engine = SimulatedEngine(self._evaluator, workers=workers)

    def evaluator(self) -> ProxyEvaluator:
        """Refuse: nothing trains."""
        raise StudyError(
            "--finalists trains networks anew, and this study's evaluator is a table. Run the "
            "study with --evaluator training, or leave --finalists out."
        )

    def content(self) -> dict[str, str]:
        """Return the digests of the table and of the images behind it."""
        return {"table": self._table.digest, "images": self._table.about.images}

    def show(self, console: Console) -> None:
        """Name the table."""
        about = self._table.about
        console.print(
            f"accuracies: the trainings kept in the table {about.name} ({len(self._table)} "
            f"networks, {about.device}, {about.precision}); nothing is trained, the clock is "
            "simulated from their seconds"
        )

    def engine(self, make_engine: MakeEngine) -> Executor:
        """Return an engine on a clock of its own."""
        del make_engine  # which trains
        return self._engine

    def clock(self) -> float:
        """Return the seconds of that clock."""
        return self._engine.seconds

    def show_end(self, console: Console, summary: Summary) -> None:
        """Say how long it would have taken and how much of the exact front was found."""
        console.print(
            f"simulated clock: {duration(self._engine.seconds)} with workers: {self._workers}\n"
            f"{self.exact(summary).note}"
        )

    def exact(self, summary: Summary) -> Exact:
        """Return the front of all networks of the table."""
        return compare(self._best, summary)

    @cached_property
    def _best(self) -> Summary:
        return best_of_all(self._config, self._candidates, self._evaluator.training)
