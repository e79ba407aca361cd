"""run_study: search, write the reports, and train finalists where they are asked for."""

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.loop.carried import carry_over
from nasbench_mvit.search.loop.driver import Driver, Ending
from nasbench_mvit.search.reports.files import check_reports_of
from nasbench_mvit.search.results.next_steps import named_by_url, next_step
from nasbench_mvit.search.results.recommendation import recommended
from nasbench_mvit.search.store.location import Location, storage_lock
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import StoredTrial
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.deadline import deadline
from nasbench_mvit.workbench.shared.engines import MakeEngine, engines
from nasbench_mvit.workbench.shared.limits import check_minutes
from nasbench_mvit.workbench.shared.observer import together
from nasbench_mvit.workbench.shared.run_directory import ELSEWHERE, NEW, locked, set_aside
from nasbench_mvit.workbench.studies.finalists import FinalRound
from nasbench_mvit.workbench.studies.findings import Findings, write_findings
from nasbench_mvit.workbench.studies.observer import StudyObserver
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.prepared_study import PreparedStudy, prepare_study
from nasbench_mvit.workbench.studies.progress.trial_logs import LOGS, TrialLogs
from nasbench_mvit.workbench.studies.study import Study
from nasbench_mvit.workbench.trackers.by_name import connected, tracker_names
from nasbench_mvit.workbench.trackers.study import StudyTracking
from nasbench_mvit.workbench.trackers.tracking import WHOLE, tracking


@dataclass(frozen=True, kw_only=True)
class StudyResult(Findings):
    """The outcome of a run of a study.

    Attributes:
        name: name of the study.
        completion: how the run ended; ``INCOMPLETE`` where no network was trained to its end.
        place: run directory or URL of the store, which may hold a password.
        next_command: the command that continues from here, as the report has it.
    """

    name: str
    completion: Completion
    place: Path | str = field(repr=False)
    next_command: str

    @cached_property
    def study(self) -> Study:
        """The study as its store holds it when this is first asked for."""
        return open_study(self.place, name=self.name)


def run_study(  # noqa: PLR0913 - keyword-only, and all but two are optional
    config: StudyConfig,
    *,
    run_dir: str | Path,
    name: str | None = None,
    workers: int | None = None,
    storage: str | None = None,
    ray: RayOptions | None = None,
    max_minutes: float | None = None,
    fresh: bool = False,
    finalists: FinalRequest | None = None,
    track: Sequence[str] = (),
    observer: StudyObserver | None = None,
) -> StudyResult:
    """Search for the networks with the best accuracy for their latency, and write the reports.

    The same call again resumes an earlier one that has ended or was interrupted. Ctrl-C ends the
    search early; finished trials are stored and reported.

    Args:
        config: the study, as ``load_study`` returns it.
        run_dir: where the store, the reports and the logs go; it is made if need be.
        name: name of the study in its store; that of ``run_dir`` if left out.
        workers: trainings at once on this machine; one per core if left out.
        storage: SQLAlchemy URL of the store; ``study.db`` in ``run_dir`` if left out.
        ray: options of Ray; None if the trainings run on this machine.
        max_minutes: when to stop, in minutes of the clock that the trainings take.
        fresh: whether to set an earlier run aside first.
        finalists: how many networks of the front to train anew, with fresh seeds, and to score on
            the test images once the search has ended.
        track: trackers that curves, parameters and reports are written to: "tensorboard:DIR",
            "mlflow:URI", "wandb:PROJECT" or "trackio:PROJECT".
        observer: is told what happens.

    Raises:
        WorkbenchError: the study or something it refers to is not usable, the run directory or the
            store is in use or damaged, a tracker cannot be used, or trainings fail in a row.

    Example:
        A study of a benchmark table trains nothing and is done in seconds:

        >>> from nasbench_mvit.search.study.config import load_study
        >>> name, config = load_study("table_iphone")
        >>> config = config.with_options(trials=8, sampler="random")
        >>> result = run_study(config, run_dir="runs/table_iphone")
        >>> result.completion
        <Completion.DONE: 'done'>
        >>> result.study.best_under(5.0).latency_high_ms <= 5.0
        True
    """
    if fresh and storage is not None:
        raise StudyError(
            "`fresh=` sets the run directory aside, which does not hold the storage given by "
            "`storage=`. Name a new storage instead."
        )
    check_minutes(max_minutes)
    run_dir = expanded(run_dir)
    location = Location.of(run_dir, storage)
    study = prepare_study(
        config,
        name=name,
        run_dir=run_dir,
        workers=workers,
        ray=ray,
        location=None if fresh else location,
    )
    return run_prepared(
        study,
        location,
        before=() if fresh else None,
        ray=ray,
        max_minutes=max_minutes,
        finalists=finalists,
        track=track,
        observer=observer,
    )


def run_prepared(
    study: PreparedStudy,
    location: Location,
    *,
    before: Sequence[StoredTrial] | None = None,
    ray: RayOptions | None = None,
    max_minutes: float | None = None,
    finalists: FinalRequest | None = None,
    track: Sequence[str] = (),
    observer: StudyObserver | None = None,
) -> StudyResult:
    """Run a study whose parts are loaded; the arguments are those of ``run_study``.

    Args:
        study: the study.
        location: its store.
        before: trials of an earlier run, which is set aside for a new store that begins with them;
            None to go on with the store.
        ray: see there.
        max_minutes: see there.
        finalists: see there.
        track: see there.
        observer: see there.
    """
    observer, trackers = observer or StudyObserver(), connected(tracker_names(track))
    config, run_dir = study.config, study.run_dir
    with (
        locked(run_dir, elsewhere=f"{ELSEWHERE} and `storage=`"),
        _locked_storage(location),
        engines(ray, study.workers, observer.note) as make_engine,
    ):
        content = study.accuracies.content()
        final = None
        if finalists is not None:
            final = FinalRound(finalists, config, study.accuracies.trainer(finalists.finetune))
        outlook = study.outlook()
        if before is not None:
            _begin_anew(study, content, before, observer)
        check_reports_of(study.name, run_dir)
        for note in (study.note(outlook), *study.accuracies.notes()):
            observer.note(note)
        is_over = deadline(max_minutes, study.accuracies.clock)
        with (
            tracking(trackers, run_dir, study.name) as tracked,
            contextlib.closing(study.open_store(location, content)) as store,
        ):
            if final is not None:
                final.check(store, observer)
            told = together(observer, StudyTracking(tracked))
            run = _Run(study, store, make_engine, is_over, told)
            completion, findings = run.run(final)
            tracked.files(WHOLE, findings.files)
    best = recommended(findings.summary, config)
    _, command = next_step(
        config,
        run_dir,
        is_done=completion is Completion.DONE,
        best=None if best is None else best.trial,
        has_final=findings.final is not None,
        stored_as=None if location.exclusive else named_by_url(study.name, location.url),
    )
    return StudyResult(
        **vars(findings),
        name=study.name,
        completion=completion,
        place=run_dir if location.exclusive else location.url,
        next_command=command,
    )


@dataclass(frozen=True)
class _Run:
    """One run of a study whose store is open."""

    study: PreparedStudy
    store: StudyStore
    make_engine: MakeEngine
    is_over: Callable[[], bool]
    observer: StudyObserver

    def run(self, final: FinalRound | None) -> tuple[Completion, Findings]:
        """Search, report, and train, score and report the finalists if there are to be any."""
        completion = self._uninterrupted(self._search)
        findings = write_findings(self.study, self.store)
        self.observer.reported(findings)
        if final is not None and completion is not Completion.DONE:
            self.observer.note("the finalists come once the search has ended")
        elif final is not None and not findings.found_nothing:
            arguments = (self.store, findings.summary, self.make_engine, self.is_over)
            completion = self._uninterrupted(lambda: final.run(*arguments, self.observer))
            findings = write_findings(self.study, self.store)
        if completion is Completion.DONE and findings.found_nothing:
            completion = Completion.INCOMPLETE
        return completion, findings

    def _search(self) -> Completion:
        study, observer = self.study, self.observer
        engine = study.accuracies.engine(self.make_engine)
        with contextlib.closing(engine), contextlib.ExitStack() as stack:
            stack.callback(observer.search_ended)
            observer.search_began(study.config, study.candidates)
            logs = TrialLogs(study.run_dir / LOGS, metric=study.config.proxy.metric)
            stack.callback(logs.search_ended)
            ending = Driver(
                study.config, study.candidates, self.store, engine, together(observer, logs)
            ).run(self.is_over)
        observer.note(f"ended: {ending}")
        return Completion.TIME_IS_UP if ending is Ending.TIME else Completion.DONE

    def _uninterrupted(self, phase: Callable[[], Completion]) -> Completion:
        """Return the completion of a part of the run, also after Ctrl-C."""
        try:
            return phase()
        except KeyboardInterrupt:
            self.observer.note("paused; what was finished is stored")
            return Completion.INTERRUPTED


def _begin_anew(
    study: PreparedStudy,
    content: Mapping[str, str],
    before: Sequence[StoredTrial],
    observer: StudyObserver,
) -> None:
    """Set the earlier run aside, once a store with the trials of it that stay is whole."""
    new = study.run_dir / NEW
    shutil.rmtree(new, ignore_errors=True)  # of one that was killed
    if before:
        new.mkdir()
        with contextlib.closing(study.open_store(Location.in_folder(new), content)) as store:
            count = carry_over(before, store, study.candidates, study.config)
        observer.note(f"{count} trials keep their trainings; their latencies are anew")
    if aside := set_aside(study.run_dir):
        observer.note(f"the earlier run is kept in {aside}")
    if before:
        for path in new.iterdir():
            path.rename(study.run_dir / path.name)
        new.rmdir()


def _locked_storage(location: Location) -> contextlib.AbstractContextManager[None]:
    """Keep a second search out of a storage that is a file, wherever its reports go."""
    if (file := location.file) is None or (location.exclusive and not file.is_symlink()):
        return contextlib.nullcontext()
    if not file.resolve().parent.is_dir():
        raise StoreError(
            f"`storage=`: there is no folder {file.parent}. Make it, or correct the path."
        )
    lock = storage_lock(file)
    return locked(lock.parent, name=lock.name, elsewhere="`storage=`")
