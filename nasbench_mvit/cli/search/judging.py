"""Which judge a study asks for."""

from pathlib import Path

from nasbench_mvit.cli.search.evaluation import Judge, TrainingJudge
from nasbench_mvit.cli.search.simulated_evaluation import SurrogateJudge, TableJudge
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.study.config import SURROGATE, TABLE, StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates


def judge_of(
    config: StudyConfig,
    candidates: Candidates,
    *,
    run_dir: Path,
    workers: int,
    ray: RayOptions | None,
) -> Judge:
    """Return what gives a study its accuracies.

    Args:
        config: the study.
        candidates: its networks.
        run_dir: where images and checkpoints are kept.
        workers: trainings at once on this machine.
        ray: what is asked of Ray.

    Raises:
        WorkbenchError: it is not usable for this study.
    """
    if config.evaluator == TABLE:
        return TableJudge(config, candidates, workers=workers, ray=ray)
    if config.evaluator == SURROGATE:
        return SurrogateJudge(config, candidates, workers=workers, ray=ray)
    return TrainingJudge(config, run_dir=run_dir)
