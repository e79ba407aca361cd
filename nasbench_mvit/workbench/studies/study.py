"""Study: a study as its store held it when it was read, as tables."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.readers.find_run import RUNS
from nasbench_mvit.search.readers.sqlite import Reading, study_names
from nasbench_mvit.search.reports.text import device_label
from nasbench_mvit.search.results.cautions import Caution, Kind, cautions
from nasbench_mvit.search.results.choose import best_under
from nasbench_mvit.search.results.next_steps import named_by_url
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.studies.curves import curves_of
from nasbench_mvit.workbench.studies.failures import grouped_failures
from nasbench_mvit.workbench.studies.working_time import WorkingTime

SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, kw_only=True)
class Study:
    """A study that runs or has ended, as it stood when it was read.

    Accuracies are fractions, latencies milliseconds, times minutes or, where named, seconds.

    Attributes:
        place: place of its store: a path, or a URL without user and password.
        reading: the content of its store.
        summary: its trials as typed rows, its front, its baselines and their noise.
        final: the results of its finalists; None without any.
        calibration_problem: why the calibration that it names is not usable here; "" where it is.
    """

    place: str
    reading: Reading = field(repr=False)
    summary: Summary = field(repr=False)
    final: FinalSummary | None = field(repr=False)
    calibration_problem: str = ""

    @property
    def is_given_by_url(self) -> bool:
        """Whether its store is a database outside its folder, given by a URL."""
        return "://" in self.place

    @property
    def stored_as(self) -> str | None:
        """What names it in a command where its store is given by its URL, else None."""
        return named_by_url(self.name, self.place) if self.is_given_by_url else None

    @property
    def run_dir(self) -> Path:
        """The folder of its store, or the one that a search by its name has by default."""
        return RUNS / self.name if self.is_given_by_url else Path(self.place).parent

    @property
    def address(self) -> Path:
        """Its address in commands: the folder of its store, or FOLDER/STUDY if it is shared."""
        if self.is_given_by_url:
            return self.run_dir
        is_alone = len(study_names(Path(self.place))) <= 1
        return self.run_dir if is_alone else self.run_dir / self.name

    @property
    def name(self) -> str:
        """Its name."""
        return self.reading.study

    @property
    def config(self) -> StudyConfig:
        """The study file it was started with."""
        return self.reading.config

    @cached_property
    def predictor(self) -> LatencyPredictor | None:
        """The predictor of its latencies, None where there is none of its name or path here."""
        if self.config.predictor is None:
            return None
        try:
            return _predictor(self.config.predictor)
        except PredictorError:
            return None

    @property
    def latency_title(self) -> str:
        """The origin of its latencies, in words."""
        if self.predictor is not None:
            return self.predictor.title
        name = self.config.predictor or "that the study does not name"
        return f"estimated by the predictor {name}, which is not found here"

    @property
    def device(self) -> str:
        """The device of its latencies, in words."""
        if self.predictor is not None:
            return device_label(self.predictor)
        return f"the device of the predictor {self.config.predictor or 'nobody names'}"

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per trial, with the columns of ``trials.csv``."""
        return self.summary.frame()

    @cached_property
    def timed_trials(self) -> pd.DataFrame:
        """The trials with the ``minutes`` of work up to their end, NaN while they run."""
        return self.trials.assign(minutes=self._minutes())

    @property
    def front(self) -> pd.DataFrame:
        """The trials on the Pareto front within the study's limits, the cheapest first."""
        front = self.trials[self.trials.on_front]
        return front.sort_values(self.summary.rule.column, ignore_index=True)

    @property
    def baselines(self) -> pd.DataFrame:
        """The published networks of the study, trained by its proxy, the costliest first."""
        rows = self.trials[self.trials.role == Role.BASELINE]
        return rows.sort_values(self.summary.rule.column, ascending=False, ignore_index=True)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """The learning curves of all trainings that have ended, one row per report.

        Columns: trial, seed, fraction, step, top1, num_images, train_loss, seconds. A training that
        was stopped early is there up to the report it was stopped at; a surrogate estimates none.
        """
        trained = [t for t in self.reading.trials if t.record.duplicate_of is None]
        tables = [curves_of(trial) for trial in trained]
        for trial, table in zip(trained, tables, strict=True):
            table.insert(0, "trial", trial.number)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    @property
    def failures(self) -> pd.DataFrame:
        """Why trials failed, were stopped or rejected, the most frequent reason first.

        Columns: outcome, reason, trials (how many) and numbers (which). Reasons that differ only in
        numbers, a limit aside, are one.
        """
        return grouped_failures(self.trials)

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """The reasons to trust the results less; those of its predictor only where it is found."""
        found = cautions(self.summary, self.predictor)
        if self.calibration_problem:
            found.append(Caution(Kind.CALIBRATION, self.calibration_problem.removesuffix(".")))
        return tuple(found)

    def best_under(self, latency_ms: float, *, among: Collection[int] | None = None) -> Row:
        """Return the most accurate network within a latency budget; the rule is ``best_under``'s.

        Args:
            latency_ms: the budget, for the upper end of a network's latency interval.
            among: numbers of the trials to choose from; all if left out.

        Raises:
            StudyError: no network keeps it.
        """
        trials = self.reading.trials
        if among is not None:
            trials = tuple(trial for trial in trials if trial.number in among)
        best = best_under(trials, LimitCheck(self.config.limits, self.config.rule), latency_ms)
        return next(row for row in self.summary.rows if row.trial == best.number)

    @cached_property
    def working_time(self) -> WorkingTime:
        """The time in which its trials ran."""
        return WorkingTime(self.reading, self.run_dir)

    def _minutes(self) -> list[float]:
        ends = [self.reading.times[row.trial].ended for row in self.summary.rows]
        return [
            float("nan") if end is None else self.working_time.seconds(end) / SECONDS_PER_MINUTE
            for end in ends
        ]


@lru_cache(maxsize=16)
def _predictor(name_or_path: str) -> LatencyPredictor:
    return load_predictor(name_or_path)
