"""The finalists of a study: trained with fresh seeds and scored on the test images."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from nasbench_mvit.errors import DataError, StudyError, counted
from nasbench_mvit.search.engines.contract import Event, Failed, Finished
from nasbench_mvit.search.evaluators.finetuning import FineTuningEvaluator
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.finalists.choice import (
    NUM_SEEDS,
    FinalRequest,
    check_same_start,
    check_test_images,
    make_final_plan,
)
from nasbench_mvit.search.finalists.driver import FinalDriver
from nasbench_mvit.search.finalists.record import Final, FineTuning
from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.training.images.arrays import ImageData, count_repeated, fingerprint
from nasbench_mvit.training.proxy.result import FinalResult
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.engines import MakeEngine
from nasbench_mvit.workbench.studies.observer import StudyObserver

__all__ = ["NUM_SEEDS", "FinalRequest", "FinalRound"]


class FinalRound:
    """The finalists of one study, once their test images are known to be usable."""

    def __init__(
        self, request: FinalRequest, config: StudyConfig, evaluator: ProxyEvaluator
    ) -> None:
        """Read the test images, which the search does not use.

        Raises:
            StudyError: the networks do not classify.
            DataError: there are no test images, or they are not usable.
            ExportError: a library that scores in 8 bits is missing.
        """
        if request.int8_by is not None:
            from nasbench_mvit.export.formats import by_name  # noqa: PLC0415 - loads torch

            by_name.check_installed(by_name.find_formats([request.int8_by], "int8"))
        images = evaluator.images()
        if not isinstance(images, ImageData):
            raise StudyError(
                f"`finalists=` are scored on test images, and networks for {images.task} are not "
                "scored on any yet. Leave it out."
            )
        self._images = images
        self._request = request
        self._config = config
        self._finetuning = (
            FineTuning(updates=evaluator.proxy.steps, supernet=evaluator.digest)
            if isinstance(evaluator, FineTuningEvaluator)
            else None
        )
        self._evaluator = replace(evaluator, scores_test=True, int8_by=request.int8_by)
        try:
            self._test = self._evaluator.test_images()
        except DataError as error:
            raise DataError(f"`finalists=` needs test images: {error}") from None
        self._fingerprint = fingerprint(self._images.class_names, self._test)

    def check(self, store: StudyStore, observer: StudyObserver) -> None:
        """Check the test images against those of earlier finalists and those of the search.

        Raises:
            StoreError: earlier finalists were scored on others.
            StudyError: earlier finalists were trained in another way.
        """
        before = FinalStore(store).read()
        check_same_start(before, self._finetuning)
        check_test_images(before, self._fingerprint, self._config.data)
        observer.note(f"test images: {len(self._test):,}, for the finalists alone")
        trained = count_repeated(self._images.train, self._test)
        validated = count_repeated(self._images.val, self._test)
        if trained or validated:
            observer.note(
                f"{trained:,} of the test images are also among the training images, "
                f"{validated:,} among the validation images: test scores look better than they "
                "are; remove the copies"
            )

    def run(
        self,
        store: StudyStore,
        summary: Summary,
        make_engine: MakeEngine,
        is_over: Callable[[], bool],
        observer: StudyObserver,
    ) -> Completion:
        """Choose the finalists, train and score what is missing.

        One driver does so, once no other is at work that might change the front or do the same.

        Returns:
            ``DONE``, ``TIME_IS_UP``, or ``WAITING`` for other drivers.

        Raises:
            StudyError: the front holds none, or trainings fail in a row.
        """
        with store.drivers.at_work():
            if store.drivers.others_present():
                observer.note("the finalists come once the other drivers of the study have ended")
                return Completion.WAITING
            if self._run(store, summary, make_engine, is_over, observer):
                observer.note("ended: all finalists are scored")
                return Completion.DONE
            observer.note(f"ended: {Ending.TIME}")
            return Completion.TIME_IS_UP

    def _run(
        self,
        store: StudyStore,
        summary: Summary,
        make_engine: MakeEngine,
        is_over: Callable[[], bool],
        observer: StudyObserver,
    ) -> bool:
        """Train and score until all is done or the time is up; return whether all is done."""
        finals = FinalStore(store)
        before = finals.read()
        plan = make_final_plan(self._request, summary, self._config, before, self._finetuning)
        finals.write_plan(plan)
        final = Final(plan, before.records if before else ())
        rows = {row.trial: row for row in summary.rows if row.trial in plan.trials}
        missing = final.missing(self._request.int8_by)
        names = ", ".join(rows[trial].name for trial in plan.trials)
        observer.note(f"finalists: {names}; {counted(len(missing), 'training')} to do")
        engine = make_engine(self._evaluator)
        with contextlib.closing(engine), contextlib.ExitStack() as stack:
            stack.callback(observer.finalists_ended)
            observer.finalists_began(final, rows)
            driver = FinalDriver(
                final,
                {trial: row.network for trial, row in rows.items()},
                finals,
                engine,
                _FinalEvents(observer, rows),
                test_images=self._fingerprint,
                int8_by=self._request.int8_by,
            )
            return driver.run(is_over)


@dataclass(frozen=True)
class _FinalEvents:
    """Passes the events of the driver on, those of ended trainings with their networks too."""

    observer: StudyObserver
    rows: Mapping[int, Row]

    def event(self, event: Event) -> None:
        """A job made progress or ended."""
        self.observer.event(event)
        row, seed = self.rows[event.job.trial], event.job.seed
        if isinstance(event, Failed):
            self.observer.finalist_failed(row, seed, event.reason)
        elif isinstance(event, Finished) and isinstance(event.result, FinalResult):
            self.observer.finalist_trained(row, seed, event.result.test_top1)

    def tick(self) -> None:
        """Time has passed."""
        self.observer.tick()
