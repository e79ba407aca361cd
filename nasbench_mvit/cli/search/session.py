"""A search from its parts: what the command runs once its options are known to be good."""

import contextlib
import math
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.search.console import SearchConsole, print_table
from nasbench_mvit.cli.search.finalists import FinalRound, print_final
from nasbench_mvit.cli.search.judging import judge_of
from nasbench_mvit.cli.search.rivals import print_rivals
from nasbench_mvit.cli.search.trial_logs import LOGS, Both, TrialLogs
from nasbench_mvit.cli.shared.parser import INTERRUPTED
from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.engines.ray.options import RayOptions
from nasbench_mvit.search.finalists.plan import FinalRequest
from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.finalists.summary import FinalSummary, summarise_final
from nasbench_mvit.search.loop.driver import Driver, Ending
from nasbench_mvit.search.loop.estimate import make_plan, time_training
from nasbench_mvit.search.reports.files import write_report
from nasbench_mvit.search.reports.text import EXTRAPOLATED_NOTE, readable_rows
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.samplers.study_sampler import sampler_of
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.store import StudyStore, open_store
from nasbench_mvit.search.study.config import TRAINING, StudyConfig, check_proxy_fits, predictor_of
from nasbench_mvit.search.trials.candidates import Candidates, Outlook
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.search.trials.snapshot import take_snapshot
from nasbench_mvit.workbench.shared.engines import MakeEngine, engines, local_engine
from nasbench_mvit.workbench.shared.run_directory import locked, set_aside

NOTHING_FOUND = 1
SECONDS_PER_MINUTE = 60.0


class Session:
    """One run of a study in a directory."""

    def __init__(
        self,
        name: str,
        config: StudyConfig,
        *,
        run_dir: Path,
        workers: int,
        storage: str | None,
        ray: RayOptions | None = None,
    ) -> None:
        """Load and check what the study refers to.

        Args:
            name: of the study.
            config: its content.
            run_dir: where results go.
            workers: trainings at once on this machine.
            storage: SQLAlchemy URL of the store, None for a file in ``run_dir``.
            ray: what is asked of Ray, where that runs the trainings.

        Raises:
            WorkbenchError: the space, the predictor or the run directory is not usable.
        """
        self._name = name
        self._config = config
        self._run_dir = run_dir
        self._workers = workers
        self._ray = ray
        self._location = (
            Location.in_folder(run_dir)
            if storage is None
            else Location(url=storage, exclusive=False)
        )
        space = SearchSpace.load(config.space)
        check_proxy_fits(space, config.proxy)
        self._predictor = predictor_of(config)
        self._candidates = Candidates(space, self._predictor, config.limits)
        self._judge = judge_of(config, self._candidates, run_dir=run_dir, workers=workers, ray=ray)

    def show_plan(self, console: Console, finalists: FinalRequest | None = None) -> None:
        """Print the size of the space, the trainings and the expected minutes; store nothing."""
        outlook = self._outlook()
        self._show_outlook(console, outlook)
        if self._config.evaluator != TRAINING and finalists is None:
            self._judge.show(console)
            return
        original = self._judge.evaluator()
        console.print("timing a few training steps …")
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            evaluator = replace(original, cache_dir=scratch, checkpoint_dir=scratch)
            if finalists is not None:
                FinalRound(finalists, self._config, evaluator)  # refuses what has no test images
            pace = time_training(evaluator, lambda e: local_engine(e, self._workers))
        plan = make_plan(self._config, outlook, pace, workers=self._workers, finalists=finalists)
        of_finalists = f" ({plan.of_finalists} of them of finalists)" if finalists else ""
        console.print(
            f"plan: {plan.trainings} trainings{of_finalists}, "
            f"about {max(1.0, plan.core_seconds):,.0f} core-seconds, "
            f"about {max(0.1, plan.minutes):,.1f} minutes with workers: {self._workers} "
            "(estimated from a few steps of MobileViT-XS on this machine)"
        )
        if self._config.pruning is not None:
            console.print("that is without pruning, which ends many of the trainings early")

    def run(
        self,
        console: Console,
        *,
        max_minutes: float | None,
        fresh: bool,
        finalists: FinalRequest | None = None,
    ) -> int:
        """Search until the end and report; return the exit code.

        Args:
            console: where to say what happens.
            max_minutes: when to stop; None for never.
            fresh: set an earlier run aside first, once all that could be wrong was checked.
            finalists: whom of the front to judge on the test images once the search has ended.
        """
        with (
            locked(self._run_dir),
            self._locked_storage(),
            engines(self._ray, self._workers, console.print) as make_engine,
        ):
            content = self._judge.content()
            final = (
                FinalRound(finalists, self._config, self._judge.evaluator()) if finalists else None
            )
            outlook = self._outlook()
            if fresh and (aside := set_aside(self._run_dir)):
                console.print(f"the earlier run is kept in {aside}")
            self._show_outlook(console, outlook)
            self._judge.show(console)
            is_over = _deadline(max_minutes, self._judge.clock)
            with contextlib.closing(self._open_store(content)) as store:
                if final is not None:
                    final.check(store, console)
                return self._run(store, console, final, make_engine, is_over)

    def _run(
        self,
        store: StudyStore,
        console: Console,
        final: FinalRound | None,
        make_engine: MakeEngine,
        is_over: Callable[[], bool],
    ) -> int:
        """Search, report, judge the finalists if asked to, and report them."""
        is_done = _uninterrupted(
            console, lambda: self._search(store, console, make_engine, is_over)
        )
        summary, last_word = self._report(store, console)
        states = {row.state for row in summary.rows if row.role == Role.SEARCH}
        nothing_found = State.FAILED in states and State.COMPLETE not in states
        if final is not None and not is_done:
            console.print("the finalists come once the search has ended")
        elif final is not None and not nothing_found:
            is_done = _uninterrupted(
                console, lambda: final.run(store, summary, console, make_engine, is_over)
            )
            last_word = self._write(store, summary)
        if last_word is not None:
            print_final(console, last_word)
        console.print(f"see {self._run_dir / 'report.html'}, front.json and CSV files beside it")
        if not is_done:
            console.print("the same command again goes on from here")
        if is_done and nothing_found:
            console.print("no network was trained to its end; the reasons stand above")
            return NOTHING_FOUND
        return INTERRUPTED if is_done is None else 0

    def _locked_storage(self) -> contextlib.AbstractContextManager[None]:
        """Keep a second search out of a storage that is a file, wherever its reports go."""
        file = self._location.file
        if file is None or self._location.exclusive:
            return contextlib.nullcontext()
        if not file.parent.is_dir():
            raise StoreError(
                f"--storage: there is no folder {file.parent}. Make it, or correct the path."
            )
        return locked(file.parent, name=f"{file.name}.lock")

    def _outlook(self) -> Outlook:
        return self._candidates.outlook(np.random.default_rng(self._config.seed))

    def _show_outlook(self, console: Console, outlook: Outlook) -> None:
        console.print(
            f"study {self._name}: {self._config.description}\n"
            f"space {self._candidates.space.name}: {outlook.size:,} networks, "
            f"{outlook.within:.0%} of {outlook.examined:,} examined keep the limits\n"
            f"latency: {self._predictor.title}; {self._predictor.evidence}; "
            f"{outlook.extrapolating:.0%} of the networks are extrapolated"
        )

    def _open_store(self, content: Mapping[str, str]) -> StudyStore:
        content = {
            "space": self._candidates.space.digest,
            "predictor": self._predictor.digest,
            **content,
        }
        snapshot = take_snapshot(self._config, content)
        store = open_store(self._location, self._name, snapshot, self._run_dir)
        begun = len(store.trials()) + store.drivers.rank
        store.study.sampler = sampler_of(self._config, self._candidates, begun=begun)
        return store

    def _search(
        self,
        store: StudyStore,
        console: Console,
        make_engine: MakeEngine,
        is_over: Callable[[], bool],
    ) -> bool:
        """Search; return whether nothing is left to search."""
        engine = self._judge.engine(make_engine)
        with (
            contextlib.closing(engine),
            SearchConsole(self._config, self._candidates, console) as observer,
        ):
            both = Both(observer, TrialLogs(self._run_dir / LOGS))
            driver = Driver(self._config, self._candidates, store, engine, both)
            ending = driver.run(is_over)
        console.print(f"ended: {ending}")
        return ending is not Ending.TIME

    def _report(self, store: StudyStore, console: Console) -> tuple[Summary, FinalSummary | None]:
        """Write the files and print what the search found."""
        summary = summarise(store.trials(), self._config, self._candidates)
        last_word = self._write(store, summary)
        if summary.front:
            print_table(console, "Pareto front", readable_rows(summary.front, summary))
        else:
            console.print("no network within the limits has been trained to its end yet")
        baselines = readable_rows(summary.baselines, summary)
        print_table(console, "the paper's networks, same proxy", baselines)
        if summary.rivals:
            print_rivals(console, summary)
        states = Counter(row.state for row in summary.rows)
        counts = ", ".join(f"{count} {state}" for state, count in states.items())
        console.print(
            f"{summary.noise_note}\n"
            f"latency: {self._predictor.title}; in brackets its interval\n"
            f"{EXTRAPOLATED_NOTE}\n"
            f"hypervolume {summary.hypervolume:.4f}; trials: {counts}"
        )
        self._judge.show_end(console, summary)
        return summary, last_word

    def _write(self, store: StudyStore, summary: Summary) -> FinalSummary | None:
        """Write the files; return what the finalists came to."""
        stored = FinalStore(store).read()
        last_word = None if stored is None else summarise_final(stored, summary)
        exact = self._judge.exact(summary)
        write_report(
            self._run_dir, self._name, self._config, summary, self._predictor, last_word, exact
        )
        return last_word


def _deadline(max_minutes: float | None, clock: Callable[[], float]) -> Callable[[], bool]:
    """Return what says whether the time is up."""
    end = clock() + (max_minutes or math.inf) * SECONDS_PER_MINUTE
    return lambda: clock() >= end


def _uninterrupted(console: Console, phase: Callable[[], bool]) -> bool | None:
    """Return what a part of the run returns, None where Ctrl-C ended it."""
    try:
        return phase()
    except KeyboardInterrupt:
        console.print("stopped; what was finished is stored")
        return None
