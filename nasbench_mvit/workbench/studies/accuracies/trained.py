"""Accuracies from trainings by the proxy."""

import time
from pathlib import Path

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.workbench.shared.engines import MakeEngine
from nasbench_mvit.workbench.shared.image_notes import image_notes
from nasbench_mvit.workbench.shared.run_directory import CHECKPOINTS, IMAGES


class TrainedAccuracies:
    """Trains every network by the proxy; an ``AccuracySource``."""

    def __init__(self, config: StudyConfig, *, run_dir: Path) -> None:
        """Prepare; images are read when they are needed."""
        self._evaluator = ProxyEvaluator(
            proxy=config.proxy,
            data=config.data,
            data_seed=config.data_seed,
            cache_dir=run_dir / IMAGES,
            checkpoint_dir=run_dir / CHECKPOINTS,
        )

    def trainer(self, finetune: int | None = None) -> ProxyEvaluator:
        """Return the evaluator.

        Raises:
            StudyError: shared weights are asked for.
        """
        if finetune is not None:
            raise StudyError(
                "`finetune=` trains finalists from the weights of a supernet, and this study's "
                "evaluator is training. Leave it out, or search with `evaluator=` supernet."
            )
        return self._evaluator

    def content(self) -> dict[str, str]:
        """Return the digest of the images."""
        return {"images": self._evaluator.images().fingerprint}

    def notes(self) -> list[str]:
        """Return lines on the images: whose, how many, which classes, too few or copied ones."""
        return image_notes(self._evaluator.images())

    def engine(self, make_engine: MakeEngine) -> Executor:
        """Return an engine of trainings."""
        return make_engine(self._evaluator)

    def clock(self) -> float:
        """Return the seconds of a real clock."""
        return time.monotonic()

    def closing_notes(self) -> list[str]:
        """Return no lines: the report holds everything."""
        return []

    def exact(self, summary: Summary) -> None:
        """Return None: the front of a space that is trained is not known."""
