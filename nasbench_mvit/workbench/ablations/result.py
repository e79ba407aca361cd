"""What ablations have found, and the base of what shows them while they run."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.text import ReportText
from nasbench_mvit.workbench.shared.completion import Completion
from nasbench_mvit.workbench.shared.trainings.observer import TrainingsObserver


@dataclass(frozen=True, kw_only=True)
class AblationResult:
    """The result of one ablation study.

    Attributes:
        summary: the result as numbers.
        text: the result as sentences and tables.
        folder: directory of the report's files.
        completion: whether all its trainings are done, or why not.
    """

    summary: AblationSummary
    text: ReportText
    folder: Path
    completion: Completion


@dataclass(frozen=True, kw_only=True)
class AblationResults:
    """The results of a run of ablation studies.

    Attributes:
        studies: results of the studies that were reported, in order.
    """

    studies: tuple[AblationResult, ...]

    @property
    def completion(self) -> Completion:
        """Whether all trainings are done, or the weightiest reason why not."""
        return max(
            (study.completion for study in self.studies),
            key=list(Completion).index,
            default=Completion.DONE,
        )


class AblationObserver(TrainingsObserver):
    """Observer of ``run_ablation``: its studies and their trainings."""

    def study(self, name: str, description: str) -> None:
        """A study begins."""

    def reported(self, result: AblationResult) -> None:
        """A study has been reported."""
