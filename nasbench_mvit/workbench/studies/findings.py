"""What a search has found, and the reports of it."""

from dataclasses import dataclass, field
from pathlib import Path

from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.finalists.summary import FinalSummary, summarise_final
from nasbench_mvit.search.reports.files import write_report
from nasbench_mvit.search.results.cautions import Caution, cautions
from nasbench_mvit.search.results.exact_front import Exact
from nasbench_mvit.search.results.next_steps import named_by_url
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.workbench.studies.prepared_study import PreparedStudy


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The findings of a search, as in its reports.

    Attributes:
        summary: its trials, its front, its baselines and the noise of their accuracies.
        final: the results of the finalists; None without any.
        exact: the exact front of the space; None where it is not known.
        latency: the origin of its latencies, in words.
        notes: lines of the accuracy source, in words.
        cautions: the reasons to trust it less.
        files: the reports that were written.
    """

    summary: Summary = field(repr=False)
    final: FinalSummary | None = field(repr=False)
    exact: Exact | None = field(repr=False)
    latency: str
    notes: tuple[str, ...]
    cautions: tuple[Caution, ...]
    files: tuple[Path, ...]

    @property
    def found_nothing(self) -> bool:
        """Whether trainings of the search failed and none came to its end."""
        states = {row.state for row in self.summary.rows if row.role == Role.SEARCH}
        return State.FAILED in states and State.COMPLETE not in states


def write_findings(study: PreparedStudy, store: StudyStore) -> Findings:
    """Write the reports of a study into its run directory; return what they hold.

    Raises:
        StoreError: the store cannot be read.
    """
    summary = summarise(store.trials(), study.config, study.candidates, study.calibration)
    stored = FinalStore(store).read()
    final = None if stored is None else summarise_final(stored, summary, study.predictor)
    exact = study.accuracies.exact(summary)
    location = store.location
    files = write_report(
        study.run_dir,
        study.name,
        study.config,
        summary,
        study.predictor,
        final=final,
        exact=exact,
        stored_as=None if location.exclusive else named_by_url(study.name, location.url),
    )
    return Findings(
        summary=summary,
        final=final,
        exact=exact,
        latency=study.predictor.title,
        notes=tuple(study.accuracies.closing_notes()),
        cautions=tuple(cautions(summary, study.predictor)),
        files=files,
    )
