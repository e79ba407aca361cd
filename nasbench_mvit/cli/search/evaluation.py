"""What judges the networks of a search: the contract, and trainings, which fulfil it."""

import time
from pathlib import Path
from typing import Protocol

from rich.console import Console

from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.results.exact_front import Exact
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.training.images.arrays import count_repeated
from nasbench_mvit.workbench.shared.engines import MakeEngine
from nasbench_mvit.workbench.shared.run_directory import CHECKPOINTS, IMAGES


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
