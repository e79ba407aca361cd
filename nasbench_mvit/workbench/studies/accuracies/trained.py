"""Accuracies from trainings by the proxy."""

import time
from pathlib import Path

from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.training.images.arrays import count_repeated
from nasbench_mvit.training.images.validation_images import ValidationImages
from nasbench_mvit.workbench.shared.engines import MakeEngine
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

    def trainer(self) -> ProxyEvaluator:
        """Return the evaluator."""
        return self._evaluator

    def content(self) -> dict[str, str]:
        """Return the digest of the images."""
        return {"images": self._evaluator.images().fingerprint}

    def notes(self) -> list[str]:
        """Return lines on the images: whose, how many, which classes, too few or copied ones."""
        images = self._evaluator.images()
        about = images.description
        counts = f"{len(images.train):,} for training, {len(images.val):,} for validation"
        validation = ValidationImages(len(images.val))
        lines = [
            f"images: {about.name} ({about.licence}), {counts}",
            *images.notes,
            *validation.notes,
        ]
        if repeated := count_repeated(images.train, images.val):
            lines.append(
                f"{repeated:,} of the validation images are also among the training images: "
                "scores look better than they are; remove the copies"
            )
        return lines

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
