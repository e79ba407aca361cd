"""The accuracy source that a study's ``evaluator`` names."""

from pathlib import Path

from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.study.config import SUPERNET, SURROGATE, TABLE, StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.workbench.studies.accuracies.shared import SharedAccuracies
from nasbench_mvit.workbench.studies.accuracies.simulated import (
    EstimatedAccuracies,
    TabulatedAccuracies,
)
from nasbench_mvit.workbench.studies.accuracies.source import AccuracySource
from nasbench_mvit.workbench.studies.accuracies.trained import TrainedAccuracies


def accuracies_of(
    config: StudyConfig,
    candidates: Candidates,
    *,
    run_dir: Path,
    workers: int,
    ray: RayOptions | None,
) -> AccuracySource:
    """Return the accuracy source of a study.

    Args:
        config: the study.
        candidates: its networks.
        run_dir: where images and checkpoints are kept.
        workers: trainings at once on this machine.
        ray: options of Ray; None if the trainings run on this machine.

    Raises:
        WorkbenchError: it is not usable for this study.
    """
    if config.evaluator == TABLE:
        return TabulatedAccuracies(config, candidates, workers=workers, ray=ray)
    if config.evaluator == SURROGATE:
        return EstimatedAccuracies(config, candidates, workers=workers, ray=ray)
    if config.evaluator == SUPERNET:
        return SharedAccuracies(config, run_dir=run_dir)
    return TrainedAccuracies(config, run_dir=run_dir)
