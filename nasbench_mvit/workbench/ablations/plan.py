"""plan_ablation: what ablations will train, and how long that takes here."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.ablation.design.design import Ablation
from nasbench_mvit.ablation.design.trainings import plan
from nasbench_mvit.ablation.results.summarise import summarise
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.text import ReportText, report_text
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.batch.run import missing
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.loop.estimate import time_training
from nasbench_mvit.workbench.ablations.run import evaluator_of_recipe, fingerprints
from nasbench_mvit.workbench.shared.engines import local_engine, ray_slots
from nasbench_mvit.workbench.shared.limits import num_workers
from nasbench_mvit.workbench.shared.observer import Observer
from nasbench_mvit.workbench.shared.trainings.planned import FILE, weight

Key = tuple[str, str, str, int]


@dataclass(frozen=True, kw_only=True)
class PlannedAblation:
    """The trainings of one study.

    Attributes:
        summary: its arms with costs and latencies, and what is trained already.
        text: the same in sentences and tables.
        num_trainings: number of trainings of the study.
        num_done: those done already.
        num_shared: those that a study before it will do.
        num_new: those left to this study.
    """

    summary: AblationSummary
    text: ReportText
    num_trainings: int
    num_done: int
    num_shared: int
    num_new: int


@dataclass(frozen=True, kw_only=True)
class AblationPlan:
    """The trainings of ablations.

    Attributes:
        studies: the studies, in their order.
        core_seconds: processor time of all new trainings, estimated from a few steps of
            MobileViT-XS on this machine.
        start_seconds: until the workers have their images.
        workers: trainings at once.
    """

    studies: tuple[PlannedAblation, ...]
    core_seconds: float
    start_seconds: float
    workers: int

    @property
    def num_trainings(self) -> int:
        """Trainings that will run."""
        return sum(study.num_new for study in self.studies)

    @property
    def seconds(self) -> float:
        """Time of all trainings with these workers, from their start on."""
        return self.start_seconds + self.core_seconds / max(
            1, min(self.workers, self.num_trainings)
        )


def plan_ablation(
    studies: Sequence[Ablation],
    *,
    run_dir: Path,
    workers: int | None = None,
    ray: RayOptions | None = None,
    observer: Observer | None = None,
) -> AblationPlan:
    """Return the trainings of ``run_ablation`` and their expected time; nothing is stored.

    Args:
        studies: at least one, see ``load_ablations``.
        run_dir: where trainings are kept; it need not exist.
        workers: trainings at once on this machine, by default one per core.
        ray: options of Ray, whose slots replace ``workers``; None if this machine is used.
        observer: is notified when a few training steps are timed.

    Raises:
        PredictorError: the latency predictor of a study cannot be loaded.
        DataError: its images cannot be read.
        StoreError: the archive of ``run_dir`` is damaged.
        StudyError: there is no Ray as it is asked for, or the timed training failed.

    >>> from nasbench_mvit.workbench.ablations.studies import load_ablations
    >>> studies = load_ablations(["ablation_fusion"], seeds=2)
    >>> plan_ablation(studies, run_dir=Path("runs/empty")).num_trainings
    4
    """
    workers = num_workers(workers) if ray is None else ray_slots(ray)
    archive = Archive(run_dir / FILE)
    planned: list[PlannedAblation] = []
    new: dict[Key, Training] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for ablation in studies:
            trainings = plan(ablation, fingerprints(ablation, Path(scratch)))
            planned.append(_planned(ablation, trainings, archive, new))
            new |= {training.key: training for training in missing(trainings, archive)}
        core_seconds = start_seconds = 0.0
        if new:
            (observer or Observer()).note("timing a few training steps …")
            core_seconds, start_seconds = _seconds(
                studies[0], list(new.values()), Path(scratch), workers
            )
    return AblationPlan(
        studies=tuple(planned),
        core_seconds=core_seconds,
        start_seconds=start_seconds,
        workers=workers,
    )


def _planned(
    ablation: Ablation,
    trainings: Sequence[Training],
    archive: Archive,
    before: Mapping[Key, Training],
) -> PlannedAblation:
    """Return the trainings of a study, of which those ``before`` will be done by others."""
    summary = summarise(
        ablation,
        trainings,
        archive.finished(trainings),
        {},
        load_predictor(ablation.config.predictor),
    )
    waiting = missing(trainings, archive)
    num_shared = sum(training.key in before for training in waiting)
    return PlannedAblation(
        summary=summary,
        text=report_text(summary),
        num_trainings=len(trainings),
        num_done=len(trainings) - len(waiting),
        num_shared=num_shared,
        num_new=len(waiting) - num_shared,
    )


def _seconds(
    ablation: Ablation, trainings: Sequence[Training], scratch: Path, workers: int
) -> tuple[float, float]:
    """Return the core-seconds of trainings at the pace of the first, and those until they start."""
    first = trainings[0]
    evaluator = evaluator_of_recipe(ablation, first.proxy, scratch)
    pace = time_training(evaluator, lambda e: local_engine(e, workers))
    per_weight = pace.seconds_per_mac * count_costs(first.spec).macs / weight(first)
    return per_weight * sum(weight(training) for training in trainings), pace.start_seconds
