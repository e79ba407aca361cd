"""Pruning: stops trainings at rungs and keeps the decisions in the trial records.

A network is compared by the training with its first seed; its other seeds are trained once that
one is done. A decision is stored in the record before the training receives it, so that a resumed
search has the same standings and repeats no decision.
"""

from nasbench_mvit.search.engines.contract import End, Event, Job, Progressed
from nasbench_mvit.search.loop.rungs import Rungs, Standing
from nasbench_mvit.search.study.sections import Pruning
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import Role, RungDecision, State, StoredTrial, TrialRecord
from nasbench_mvit.training.proxy.result import FractionReport


class Pruner:
    """The rungs of a study; without a configuration there are none."""

    def __init__(
        self,
        config: Pruning | None,
        fractions: int,
        limits: LimitCheck,
    ) -> None:
        """Begin with empty rungs.

        Args:
            config: the study's pruning, None for none.
            fractions: number of equal parts of a training.
            limits: the limits and the rule of the front. A network beyond a limit, as some
                baselines are, must not stop others.
        """
        parts = () if config is None else config.parts(fractions)
        self._fractions = tuple(part / fractions for part in parts)
        self._rungs = Rungs(self._fractions, 1.0 if config is None else config.reduction)
        self._limits = limits
        self._curves: dict[Job, list[FractionReport]] = {}

    @property
    def rungs(self) -> Rungs:
        """The rungs with their standings."""
        return self._rungs

    def jobs(self, trial: StoredTrial) -> list[Job]:
        """Return the trainings of a trial that are to be queued now."""
        record = trial.record
        missing, spec = record.missing_seeds(), record.network()
        if self._fractions and record.seeds[0] in missing:
            return [Job(trial.number, record.seeds[0], spec, self._fractions)]
        return [Job(trial.number, seed, spec) for seed in missing]

    def remember(self, trial: StoredTrial) -> None:
        """Enter a trial at the rungs that its record shows it has reached."""
        record = trial.record
        if not self._fractions:
            return
        if trial.state is State.FAILED:
            self._rungs.discard(trial.number)
        elif record.duplicate_of is None and self._limits.allows(record):
            for point in _curve(record):
                self._enter(trial.number, record, point)

    def note(self, event: Event) -> None:
        """Keep a report for the record of the next decision; drop the reports of an ended job.

        A resumed training repeats its reports, which replace the earlier ones.
        """
        if isinstance(event, End):
            self._curves.pop(event.job, None)
        elif event.job.rungs:
            curve = self._curves.get(event.job, [])
            earlier = [point for point in curve if point.fraction < event.report.fraction]
            self._curves[event.job] = [*earlier, event.report]

    def decide(self, trial: StoredTrial, event: Progressed) -> StoredTrial:
        """Decide on a trial that waits at a rung; return it with the decision in its record.

        Each decision is made once: a resumed training continues from the rungs that it has passed
        before. Baselines always go on.
        """
        record, rung = trial.record, event.report.fraction
        if record.judged is not None and rung <= record.judged.rung:
            return trial
        is_stopped = False
        if self._limits.allows(record):
            self._enter(trial.number, record, event.report)
            goes_on = self._rungs.promotes(trial.number, rung)
            is_stopped = record.role is Role.SEARCH and not goes_on
        curve = tuple(self._curves[event.job])
        decision = RungDecision(seed=event.job.seed, curve=curve, is_stopped=is_stopped)
        return trial.changed(judged=decision)

    def _enter(self, number: int, record: TrialRecord, point: FractionReport) -> None:
        if point.fraction in self._fractions:
            costs = self._limits.front_costs(record)
            self._rungs.enter(number, point.fraction, Standing(point.top1, *costs))


def _curve(record: TrialRecord) -> tuple[FractionReport, ...]:
    """Return the stored part of the curve of a network's first training."""
    for evaluation in record.evaluations:
        if evaluation.seed == record.seeds[0]:
            return evaluation.result.curve
    return () if record.judged is None else record.judged.curve
