"""FrontSoFar: the front of a search that runs, as its trials end."""

import pandas as pd

from nasbench_mvit.search.reports.text import readable_rows
from nasbench_mvit.search.results.row import ESTIMATED, SHARED, TRAINED, score_name, trial_title
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.study.config import SUPERNET, SURROGATE, StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import State, StoredTrial, answered, spent
from nasbench_mvit.workbench.shared.words import percent

MAX_KEPT = 200


class FrontSoFar:
    """Keeps the networks that may be on the front.

    What is kept does not grow with the study, since all of it is looked at twice a second.

    Attributes:
        num_finished: networks that were trained to their end or stopped.
    """

    def __init__(self, config: StudyConfig, candidates: Candidates) -> None:
        """Start empty."""
        self.num_finished = 0
        self._config, self._candidates = config, candidates
        self._best: list[StoredTrial] = []

    def add(self, trial: StoredTrial) -> None:
        """Keep a network if it may be on the front."""
        self.num_finished += bool(spent([trial]))
        self._best += answered([trial])
        if len(self._best) > MAX_KEPT:
            front = {row.trial for row in self._summary().front}
            self._best = [best for best in self._best if best.number in front]

    def rows(self, count: int) -> pd.DataFrame:
        """Return the first ``count`` networks of the front as text."""
        summary = self._summary()
        return readable_rows(summary.front[:count], summary)

    def end_of(self, trial: StoredTrial) -> str:
        """Return in words how a network has ended, nothing where it runs or is a repeated one."""
        record = trial.record
        if record.duplicate_of is not None or trial.state not in {State.STOPPED, State.COMPLETE}:
            return ""
        if trial.state is State.STOPPED:
            return f"{trial_title(trial)}: {record.reason()}"
        kind = {SURROGATE: ESTIMATED, SUPERNET: SHARED}.get(self._config.evaluator, TRAINED)
        score = score_name(kind, self._config.proxy.metric)
        return (
            f"{trial_title(trial)}: {score} {percent(record.top1())}, "
            f"{record.latency.ms:.2f} ms {record.latency.kind}"
        )

    def _summary(self) -> Summary:
        return summarise(self._best, self._config, self._candidates)
