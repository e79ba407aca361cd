"""StudyObserver: the base of whatever shows a study while it runs."""

from collections.abc import Mapping

from nasbench_mvit.search.engines.contract import Event
from nasbench_mvit.search.finalists.record import Final
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import State, StoredTrial
from nasbench_mvit.workbench.shared.observer import Observer
from nasbench_mvit.workbench.studies.findings import Findings

#: What an observer is told of comes from here.
__all__ = [
    "Candidates",
    "Event",
    "Final",
    "Findings",
    "Row",
    "State",
    "StoredTrial",
    "StudyObserver",
]


class StudyObserver(Observer):
    """Observer of ``run_study``; every method does nothing until it is overridden.

    The search comes first: ``search_began``, ``resumed``, then ``event``, ``trial`` and ``tick`` as
    often as there is something to report, ``search_ended``, ``reported``. The finalists follow, if
    they are asked for: ``finalists_began``, then ``event``, ``finalist_trained``,
    ``finalist_failed`` and ``tick``, ``finalists_ended``.
    """

    def search_began(self, config: StudyConfig, candidates: Candidates) -> None:
        """A search over ``candidates`` is about to run."""

    def resumed(self, trials: list[StoredTrial]) -> None:
        """The store held these trials before the search."""

    def event(self, event: Event) -> None:
        """A training made progress or ended."""

    def trial(self, trial: StoredTrial) -> None:
        """A trial was begun or has ended."""

    def tick(self) -> None:
        """Time has passed."""

    def search_ended(self) -> None:
        """The search has ended, been interrupted or failed."""

    def reported(self, findings: Findings) -> None:
        """The reports of the search are written; finalists may follow."""

    def finalists_began(self, final: Final, rows: Mapping[int, Row]) -> None:
        """Finalists are about to be trained.

        Args:
            final: their plan, and what is done of it.
            rows: their networks by trial.
        """

    def finalist_trained(self, row: Row, seed: int, test_top1: float) -> None:
        """A training of a finalist has ended, with its top-1 on the test images as a fraction."""

    def finalist_failed(self, row: Row, seed: int, reason: str) -> None:
        """A training of a finalist has failed."""

    def finalists_ended(self) -> None:
        """The finalists are done, or were interrupted or failed."""
