"""The finalists of a search: what ``cli.search.session`` adds when they are asked for."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from nasbench_mvit.cli.search.console import print_table
from nasbench_mvit.errors import DataError
from nasbench_mvit.search.engines.contract import Event, Executor, Failed, Finished
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.finalists.driver import FinalDriver
from nasbench_mvit.search.finalists.plan import (
    FinalRequest,
    check_test_images,
    make_final_plan,
)
from nasbench_mvit.search.finalists.record import Final
from nasbench_mvit.search.finalists.report import (
    DIFFERENCES,
    LEGEND,
    TITLE,
    difference_rows,
    network_rows,
    verdict_rows,
)
from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.finalists.text import headline, notes
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.results.summary import Row, Summary
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.training.images import count_repeated, fingerprint
from nasbench_mvit.training.report import FinalResult
from nasbench_mvit.workbench.shared.progress import FinalWork, duration

PERCENT = 100.0


class FinalRound:
    """The finalists of one study, once their test images are known to be usable."""

    def __init__(
        self, request: FinalRequest, config: StudyConfig, evaluator: ProxyEvaluator
    ) -> None:
        """Read the test images; the search has no part in them.

        Raises:
            DataError: there are none, or they are not usable.
        """
        self._request = request
        self._config = config
        self._evaluator = replace(evaluator, scores_test=True)
        try:
            self._test = self._evaluator.test_images()
        except DataError as error:
            raise DataError(f"--finalists needs test images: {error}") from None
        self._images = evaluator.images()
        self._fingerprint = fingerprint(self._images.class_names, self._test)

    def check(self, store: StudyStore, console: Console) -> None:
        """Check the test images against those of earlier finalists and those of the search.

        Raises:
            StoreError: earlier finalists were scored on others.
        """
        check_test_images(FinalStore(store).read(), self._fingerprint, self._config.data)
        console.print(f"test images: {len(self._test):,}, for the finalists alone")
        learnt = count_repeated(self._images.train, self._test)
        judged = count_repeated(self._images.val, self._test)
        if learnt or judged:
            console.print(
                f"{learnt:,} of the test images are also among those to learn from, {judged:,} "
                "among those to judge by: test scores look better than they are; remove the copies"
            )

    def run(
        self,
        store: StudyStore,
        summary: Summary,
        console: Console,
        make_engine: Callable[[ProxyEvaluator], Executor],
        is_over: Callable[[], bool],
    ) -> bool:
        """Choose the finalists, train and score what is missing; return whether all is done.

        One driver does so, once no other is at work that might change the front or do the same.

        Raises:
            StudyError: the front holds none, or trainings fail in a row.
        """
        with store.drivers.at_work():
            if store.drivers.others_present():
                console.print("the finalists come once the other drivers of the study have ended")
                return False
            return self._run(store, summary, console, make_engine, is_over)

    def _run(
        self,
        store: StudyStore,
        summary: Summary,
        console: Console,
        make_engine: Callable[[ProxyEvaluator], Executor],
        is_over: Callable[[], bool],
    ) -> bool:
        finals = FinalStore(store)
        before = finals.read()
        plan = make_final_plan(self._request, summary, self._config, before)
        finals.write_plan(plan)
        final = Final(plan, before.records if before else ())
        rows = {row.trial: row for row in summary.rows if row.trial in plan.trials}
        names = ", ".join(rows[trial].name for trial in plan.trials)
        console.print(f"finalists: {names}; {len(final.missing())} trainings to do")
        engine = make_engine(self._evaluator)
        with contextlib.closing(engine), FinalConsole(final, rows, console) as observer:
            driver = FinalDriver(
                final,
                {trial: row.network for trial, row in rows.items()},
                finals,
                engine,
                observer,
                test_images=self._fingerprint,
            )
            is_done = driver.run(is_over)
        console.print("ended: " + ("all finalists are scored" if is_done else str(Ending.TIME)))
        return is_done


class FinalConsole:
    """Shows the trainings of finalists: a bar on a terminal, elsewhere a line for each."""

    def __init__(
        self,
        final: Final,
        rows: Mapping[int, Row],
        console: Console,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show what is missing of ``final`` on ``console``."""
        missing = [trial for trial, _ in final.missing()]
        self._left = len(missing)
        self._rows = rows
        self._console = console
        self._work = FinalWork(missing, {trial: row.macs for trial, row in rows.items()}, clock)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
        )
        self._task = self._progress.add_task("finalists", total=1.0, left="")

    def __enter__(self) -> Self:
        """Start the bar."""
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave its last state on the terminal."""
        if self._console.is_terminal:  # elsewhere it would print an empty line
            self._progress.stop()

    def event(self, event: Event) -> None:
        """Note progress and, where there is no bar, print what has ended."""
        self._work.event(event)
        if not isinstance(event, Finished | Failed):
            return
        what = f"{self._rows[event.job.trial].name}, seed {event.job.seed}"
        if isinstance(event, Failed):
            self._console.print(f"{what} failed: {event.reason}")
            return
        self._left -= 1
        if isinstance(event.result, FinalResult) and not self._console.is_terminal:
            self._console.print(
                f"{what}: test top-1 {event.result.test_top1 * PERCENT:.1f} %; {self._counts()}"
            )

    def tick(self) -> None:
        """Refresh the time left."""
        self._progress.update(self._task, completed=self._work.fraction(), left=self._counts())

    def _counts(self) -> str:
        return f"{self._left} to go, {duration(self._work.seconds_left())} left"


def print_final(console: Console, final: FinalSummary) -> None:
    """Print the last word."""
    console.print(f"{TITLE}\n{headline(final)}")
    print_table(console, "finalists and the paper's networks", network_rows(final))
    console.print(LEGEND)
    for name, words in verdict_rows(final).itertuples(index=False):
        console.print(f"{name}: {words}")
    if final.differences:
        print_table(console, DIFFERENCES, difference_rows(final))
    for name, text in notes(final).items():
        console.print(f"{name.lower()}: {text}")
