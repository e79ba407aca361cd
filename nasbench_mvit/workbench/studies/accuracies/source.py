"""AccuracySource: what a search asks for the accuracies of its networks."""

from typing import Protocol

from nasbench_mvit.search.engines.contract import Executor
from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.search.results.exact_front import Exact
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.workbench.shared.engines import MakeEngine


class AccuracySource(Protocol):
    """Gives a search its accuracies."""

    def trainer(self, finetune: int | None = None) -> ProxyEvaluator:
        """Return the evaluator that trains.

        Args:
            finetune: updates of a training from shared weights; None for one by the proxy.

        Raises:
            StudyError: the accuracies come from elsewhere, or there are no shared weights.
        """
        ...

    def content(self) -> dict[str, str]:
        """Return the digests of what the accuracies depend on beside the study, by name.

        Raises:
            DataError: the images are not usable.
        """
        ...

    def notes(self) -> list[str]:
        """Return lines that describe the source, for a person."""
        ...

    def engine(self, make_engine: MakeEngine) -> Executor:
        """Return the engine of the evaluations, made by ``make_engine`` if they are trainings."""
        ...

    def clock(self) -> float:
        """Return the seconds that count for a time limit."""
        ...

    def closing_notes(self) -> list[str]:
        """Return lines for a person once the search has ended."""
        ...

    def exact(self, summary: Summary) -> Exact | None:
        """Return the exact front beside the one found, None if it is not known."""
        ...
