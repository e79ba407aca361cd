"""plan_study: the trainings of a study and their expected time, before anything runs."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.loop.estimate import Plan, make_plan, time_training
from nasbench_mvit.search.study.config import TRAINING, StudyConfig
from nasbench_mvit.search.trials.candidates import Outlook
from nasbench_mvit.workbench.shared.engines import local_engine, ray_slots
from nasbench_mvit.workbench.shared.observer import Observer
from nasbench_mvit.workbench.studies.finalists import FinalRound
from nasbench_mvit.workbench.studies.prepared_study import prepare_study


@dataclass(frozen=True, kw_only=True)
class StudyPlan:
    """The plan of a study, with its expected cost.

    Attributes:
        outlook: statistics of its space.
        cost: its trainings and their expected time; None where nothing is trained.
        workers: trainings at once.
        prunes: whether trainings of the search may end early, which ``cost`` leaves out.
    """

    outlook: Outlook
    cost: Plan | None
    workers: int
    prunes: bool


def plan_study(
    config: StudyConfig,
    *,
    name: str = "plan",
    workers: int | None = None,
    ray: RayOptions | None = None,
    finalists: FinalRequest | None = None,
    observer: Observer | None = None,
) -> StudyPlan:
    """Check a study, time a few training steps here, and return its cost; nothing is kept.

    Args:
        config: the study.
        name: name of the study, for the observer.
        workers: trainings at once on this machine; one per core if left out.
        ray: options of Ray, which must be reachable; None if the trainings run on this machine.
        finalists: the finalists that are to be trained.
        observer: is told of the study, its space, its latencies and its source of accuracies.

    Raises:
        WorkbenchError: the study or something it refers to is not usable.

    Example:
        >>> from nasbench_mvit.search.study.config import load_study
        >>> _, config = load_study("table_iphone")
        >>> plan = plan_study(config)
        >>> plan.outlook.size, plan.cost  # of a benchmark table, from which nothing is trained
        (216, None)
    """
    observer = observer or Observer()
    with tempfile.TemporaryDirectory() as folder:
        study = prepare_study(config, name=name, run_dir=Path(folder), workers=workers, ray=ray)
        slots = ray_slots(ray) if ray is not None else study.workers
        outlook = study.outlook()
        observer.note(study.note(outlook))
        for note in study.accuracies.notes():
            observer.note(note)
        cost = None
        if config.evaluator == TRAINING or finalists is not None:
            evaluator = study.accuracies.trainer(finalists.finetune if finalists else None)
            observer.note("timing a few training steps …")
            if finalists is not None:
                FinalRound(finalists, config, evaluator)  # refuses a study without test images
            pace = time_training(evaluator, lambda e: local_engine(e, study.workers))
            cost = make_plan(config, outlook, pace, workers=slots, finalists=finalists)
    prunes = config.pruning is not None and config.evaluator == TRAINING
    return StudyPlan(outlook=outlook, cost=cost, workers=slots, prunes=prunes)
