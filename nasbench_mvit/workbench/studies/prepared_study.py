"""A study with everything it refers to, loaded and checked before anything runs."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.calibration.calibration import ImagenetCalibration
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.evaluators.surrogate import prior_for
from nasbench_mvit.search.samplers.prior import SurrogatePrior
from nasbench_mvit.search.samplers.study_sampler import sampler_of
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.opening import open_store, stored_decisions
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig, check_study, predictor_of
from nasbench_mvit.search.study.proxy_fit import check_proxy_fits
from nasbench_mvit.search.trials.candidates import Candidates, Outlook
from nasbench_mvit.search.trials.snapshot import take_snapshot
from nasbench_mvit.surrogate.surrogate import Surrogate
from nasbench_mvit.workbench.shared.limits import num_workers
from nasbench_mvit.workbench.studies.accuracies.by_evaluator import accuracies_of
from nasbench_mvit.workbench.studies.accuracies.source import AccuracySource

HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class PreparedStudy:
    """A study and what it refers to.

    Attributes:
        name: name of the study.
        config: its content.
        run_dir: where results go.
        workers: trainings at once on this machine.
        candidates: its space, predictor and limits.
        accuracies: where its accuracies come from.
        calibration: what its scores stand for on ImageNet; None where that is not known.
        prior: the surrogate that its sampler starts from; None without one.
        outlook: examines the space, once; raises a StudyError where no network keeps the limits.
    """

    name: str
    config: StudyConfig
    run_dir: Path
    workers: int
    candidates: Candidates
    accuracies: AccuracySource
    calibration: ImagenetCalibration | None
    prior: Surrogate | None
    outlook: Callable[[], Outlook]

    @property
    def predictor(self) -> LatencyPredictor:
        """The latency predictor."""
        return self.candidates.predictor

    def note(self, outlook: Outlook) -> str:
        """Return lines that describe the study, its space and its latencies."""
        text = (
            f"study {self.name}: {self.config.description}\n"
            f"space {self.candidates.space.name}: {outlook.size:,} networks, "
            f"{outlook.within:.0%} of {outlook.examined:,} examined are within the limits\n"
            f"latency: {self.predictor.title}; {self.predictor.evidence}; "
            f"{outlook.extrapolating:.0%} of the networks are extrapolated"
        )
        if self.calibration is not None:
            text += f"\nImageNet top-1: {self.calibration.title}"
        if self.prior is not None:
            text += (
                f"\nprior: the surrogate {self.prior.about.name}, fitted to earlier trainings of "
                f"{len(self.prior.trained)} networks, which are not counted here"
            )
        return text

    def open_store(self, location: Location, content: Mapping[str, str]) -> StudyStore:
        """Open the study's store, or create it, with the study's sampler.

        Args:
            location: location of the store.
            content: digests of what the accuracies depend on.

        Raises:
            StoreError: it cannot be opened, or holds another study.
        """
        content = {
            "space": self.candidates.space.digest,
            "predictor": self.predictor.digest,
            **({} if self.prior is None else {"prior": self.prior.digest}),
            **content,
        }
        snapshot = take_snapshot(self.config, content)
        store = open_store(location, self.name, snapshot, self.run_dir)
        begun = len(store.trials()) + store.drivers.rank
        prior = None if self.prior is None else SurrogatePrior(self.prior, self.candidates.space)
        store.study.sampler = sampler_of(self.config, self.candidates, begun=begun, prior=prior)
        return store


def decided(
    config: StudyConfig, outlook: Callable[[], Outlook], name: str, location: Location | None
) -> StudyConfig:
    """Return a study with what its file leaves open, as decided when it was first run.

    The rule of the front of a new study is the upper end of the interval where more than half of
    the networks within the limits are extrapolated. Its reference point stays open, unless the
    file had one when the study was first run.

    Raises:
        StudyError: no network examined keeps the limits.
        StoreError: the store cannot be read.
    """
    rule, reference = config.front, config.reference
    is_open = rule is None or reference is None
    if is_open and location is not None and (stored := stored_decisions(location, name)):
        rule, reference = rule or stored.rule, reference or stored.reference
    if rule is None:
        rule = FrontRule.UPPER if outlook().extrapolating > HALF else FrontRule.POINT
    return config.with_options(front=rule, reference=reference)


def prepare_study(
    config: StudyConfig,
    *,
    name: str | None,
    run_dir: Path,
    workers: int | None,
    ray: RayOptions | None,
    location: Location | None = None,
) -> PreparedStudy:
    """Load and check what a study refers to.

    Args:
        config: the study.
        name: its name; None for that of ``run_dir``.
        run_dir: where results go.
        workers: trainings at once on this machine; None for one per core.
        ray: options of Ray; None if the trainings run on this machine.
        location: location of the store of an earlier run, if there may be one.

    Raises:
        WorkbenchError: the space, the predictor, the calibration, the prior or the source of
            accuracies is not usable.
    """
    check_study(config)
    workers = num_workers(workers)
    space = SearchSpace.load(config.space)
    check_proxy_fits(space, config.proxy)
    calibration = config.find_calibration()
    name = name or run_dir.resolve().name
    predictor = predictor_of(config)
    rng, examined = np.random.default_rng(config.seed), Candidates(space, predictor, config.limits)
    outlook = functools.cache(lambda: examined.outlook(rng))
    config = decided(config, outlook, name, location)
    candidates = Candidates(space, predictor, config.limits, config.rule)
    return PreparedStudy(
        name=name,
        config=config,
        run_dir=run_dir,
        workers=workers,
        candidates=candidates,
        accuracies=accuracies_of(config, candidates, run_dir=run_dir, workers=workers, ray=ray),
        calibration=calibration,
        prior=prior_for(config, space),
        outlook=outlook,
    )
