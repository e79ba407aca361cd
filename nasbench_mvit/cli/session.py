"""A search from its parts: what ``cli.search`` runs once its options are known to be good."""

import contextlib
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.console import SearchConsole, print_table
from nasbench_mvit.cli.parser import INTERRUPTED
from nasbench_mvit.cli.run_directory import IMAGES, locked, set_aside, termination_as_interrupt
from nasbench_mvit.errors import StoreError
from nasbench_mvit.latency.predictor import load_predictor
from nasbench_mvit.search.candidates import Candidates, Outlook
from nasbench_mvit.search.driver import Driver, Ending
from nasbench_mvit.search.evaluate import ProxyEvaluator
from nasbench_mvit.search.local_engine import LocalEngine
from nasbench_mvit.search.location import Location
from nasbench_mvit.search.plan import make_plan, time_training
from nasbench_mvit.search.record import Role, State
from nasbench_mvit.search.report import EXTRAPOLATED_NOTE, readable_rows, write_report
from nasbench_mvit.search.samplers import make_sampler
from nasbench_mvit.search.snapshot import take_snapshot
from nasbench_mvit.search.store import StudyStore, open_store
from nasbench_mvit.search.study import StudyConfig, check_proxy_fits
from nasbench_mvit.search.summary import Summary, summarise

NOTHING_FOUND = 1
SECONDS_PER_MINUTE = 60.0


class Session:
    """One run of a study in a directory."""

    def __init__(
        self, name: str, config: StudyConfig, *, run_dir: Path, workers: int, storage: str | None
    ) -> None:
        """Load and check what the study refers to.

        Raises:
            WorkbenchError: the space, the predictor or the run directory is not usable.
        """
        self._name = name
        self._config = config
        self._run_dir = run_dir
        self._workers = workers
        self._location = (
            Location.in_folder(run_dir)
            if storage is None
            else Location(url=storage, exclusive=False)
        )
        space = SearchSpace.load(config.space)
        check_proxy_fits(space, config.proxy)
        self._predictor = load_predictor(config.predictor)
        self._candidates = Candidates(space, self._predictor, config.limits)
        self._evaluator = ProxyEvaluator(
            proxy=config.proxy,
            data=config.data,
            data_seed=config.seed,
            cache_dir=run_dir / IMAGES,
            checkpoint_dir=run_dir / "checkpoints",
        )

    def show_plan(self, console: Console) -> None:
        """Print the size of the space, the trainings and the expected minutes; store nothing."""
        outlook = self._outlook()
        self._show_outlook(console, outlook)
        console.print("timing a few training steps …")
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            evaluator = replace(self._evaluator, cache_dir=scratch, checkpoint_dir=scratch)
            per_mac = time_training(evaluator, lambda e: LocalEngine(e, workers=1))
        plan = make_plan(self._config, outlook, per_mac, workers=self._workers)
        console.print(
            f"plan: {plan.trainings} trainings, about {plan.core_seconds:,.0f} core-seconds, "
            f"about {plan.minutes:.1f} minutes with workers: {self._workers} "
            "(estimated from a few steps of MobileViT-XS on this machine)"
        )

    def run(self, console: Console, *, max_minutes: float | None, fresh: bool) -> int:
        """Search until the end and report; return the exit code.

        Args:
            console: where to say what happens.
            max_minutes: when to stop; None for never.
            fresh: set an earlier run aside first, once all that could be wrong was checked.
        """
        with locked(self._run_dir), self._locked_storage(), termination_as_interrupt():
            images = self._evaluator.images()
            outlook = self._outlook()
            if fresh and (aside := set_aside(self._run_dir)):
                console.print(f"the earlier run is kept in {aside}")
            self._show_outlook(console, outlook)
            about = images.description
            console.print(f"images: {about.name} ({about.licence}), {len(images.train):,} to learn "
                          f"from, {len(images.val):,} to judge by")  # fmt: skip
            store = self._open_store(images.fingerprint)
            try:
                ending = self._search(store, console, max_minutes)
                console.print(f"ended: {ending}")
                code = 0
            except KeyboardInterrupt:
                ending, code = None, INTERRUPTED
                console.print("stopped; what was finished is stored")
            summary = self._report(store, console)
        if ending in {None, Ending.TIME}:
            console.print("the same command again goes on from here")
        states = {row.state for row in summary.rows if row.role == Role.SEARCH}
        if code == 0 and State.FAILED in states and State.COMPLETE not in states:
            console.print("no network was trained to its end; the reasons stand above")
            return NOTHING_FOUND
        return code

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

    def _open_store(self, images: str) -> StudyStore:
        content = {
            "space": self._candidates.space.digest,
            "predictor": self._predictor.digest,
            "images": images,
        }
        store = open_store(self._location, self._name, take_snapshot(self._config, content))
        finished = len(store.trials())
        # A resumed sampler must not draw again what it drew before.
        store.study.sampler = make_sampler(self._config.sampler, self._config.seed + finished)
        return store

    def _search(self, store: StudyStore, console: Console, max_minutes: float | None) -> Ending:
        deadline = (
            time.monotonic() + max_minutes * SECONDS_PER_MINUTE if max_minutes else float("inf")
        )
        engine = LocalEngine(self._evaluator, workers=self._workers)
        with (
            contextlib.closing(engine),
            SearchConsole(self._config, self._candidates, console) as observer,
        ):
            driver = Driver(self._config, self._candidates, store, engine, observer)
            return driver.run(lambda: time.monotonic() >= deadline)

    def _report(self, store: StudyStore, console: Console) -> Summary:
        trials = store.trials()
        summary = summarise(trials, self._config, self._candidates)
        write_report(self._run_dir, self._name, self._config, summary, self._predictor)
        if summary.front:
            print_table(console, "Pareto front", readable_rows(summary.front, summary))
        else:
            console.print("no network within the limits has been trained to its end yet")
        baselines = readable_rows(summary.baselines, summary)
        print_table(console, "the paper's networks, same proxy", baselines)
        states = Counter(row.state for row in summary.rows)
        counts = ", ".join(f"{count} {state}" for state, count in states.items())
        console.print(
            f"{summary.noise_note}\n"
            f"latency: {self._predictor.title}; in brackets its interval\n"
            f"{EXTRAPOLATED_NOTE}\n"
            f"hypervolume {summary.hypervolume:.4f}; trials: {counts}\n"
            f"see {self._run_dir / 'report.html'}, front.json and trials.csv beside it"
        )
        return summary
