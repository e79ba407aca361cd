"""Carries the trials of a study into a new store under another latency predictor."""

from collections.abc import Sequence

from nasbench_mvit.search.samplers.by_name import ask_for
from nasbench_mvit.search.store.database import storage_errors
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Role, State, StoredTrial, TrialRecord


def carry_over(
    trials: Sequence[StoredTrial], store: StudyStore, candidates: Candidates, config: StudyConfig
) -> int:
    """Begin the trials in an empty store, with what was trained and the latencies of now.

    The driver that opens the store next ends them, or trains what they lack. Latencies of before
    stand in ``superseded``. Repeats, and what was rejected untrained or may be tried again, are
    left out: the sampler may propose them anew. A network that now exceeds a limit is rejected, and
    its trainings stay in its record.

    Args:
        trials: those of the earlier store, by number.
        store: the new one.
        candidates: the space, the predictor of now and the limits.
        config: the study.

    Returns:
        How many were carried.
    """
    kept = [trial.record for trial in trials if _stays(trial)]
    with storage_errors(store.location), store.at_work():
        for before in kept:
            record = _under(before, candidates)
            asked = ask_for(store.study, candidates.space, record.network(), config.sampler)
            store.begin(asked, record, config.trials, candidates.excess(record))
    return len(kept)


def _stays(trial: StoredTrial) -> bool:
    record = trial.record
    is_untrained = record.rejection is not None and not record.evaluations
    may_be_tried_again = trial.state is State.FAILED and not record.failure_is_final
    return record.duplicate_of is None and not is_untrained and not may_be_tried_again


def _under(before: TrialRecord, candidates: Candidates) -> TrialRecord:
    """Return a record with the latency by the predictor of ``candidates``."""
    now = candidates.record(before.network(), role=before.role, seeds=before.seeds)
    record = before.changed(latency=now.latency, superseded=(*before.superseded, before.latency))
    if before.role is not Role.SEARCH:
        return record
    return record.changed(rejection=candidates.rejection(record))
