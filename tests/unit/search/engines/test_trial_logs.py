"""What a trial went through, as text for a person."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from driving import Run, Silent
from fakes import FRACTIONS, ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.engines.contract import Event, Failed, Job
from nasbench_mvit.search.loop.driver import Driver
from nasbench_mvit.search.trials.record import State
from nasbench_mvit.workbench.shared.observer import together
from nasbench_mvit.workbench.studies.progress.trial_logs import TrialLogs

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
PRUNING = {"rungs": [0.25], "reduction": 100}


class Raising(InlineExecutor):
    """Fails the first training by an error that nobody foresaw."""

    def wait(self, timeout_s: float) -> list[Event]:
        events = list(super().wait(timeout_s))
        if self.finished == 1:
            details = "Traceback\n  line 1\nZeroDivisionError: boom\n"
            return [Failed(events[-1].job, "boom", is_final=False, details=details)]
        return events


def search(run: Run, executor: InlineExecutor, folder: Path) -> Silent:
    silent = Silent()
    observer = together(silent, TrialLogs(folder, lambda: NOON))
    Driver(run.config, run.candidates, run.store(), executor, observer).run(lambda: False)
    return silent


def test_a_log_tells_a_trial_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    run, logs = Run(tmp_path, trials=3, pruning=PRUNING), tmp_path / "logs"
    silent = search(run, Raising(ArithmeticEvaluator()), logs)
    trials = run.trials()
    assert {path.name for path in logs.iterdir()} == {f"{t.number:05}.log" for t in trials}
    assert len(silent.trials) >= len(trials)
    texts = {t.number: (logs / f"{t.number:05}.log").read_text() for t in trials}
    for trial in trials:
        text = texts[trial.number]
        assert text.startswith(f"{NOON.isoformat(timespec='seconds')} begun: ")
        assert trial.record.spec_id in text
        assert f"{trial.state}" in text.splitlines()[-1]
        if trial.state is State.COMPLETE and trial.record.duplicate_of is None:
            assert text.count("loss") == FRACTIONS * len(trial.record.seeds)
            assert text.count("a rung") == 1
        if trial.state is State.STOPPED:
            assert trial.record.reason() in text
    assert {t.state for t in trials} >= {State.COMPLETE, State.FAILED}
    failed = next(t for t in trials if t.state is State.FAILED)
    assert "ZeroDivisionError: boom" in texts[failed.number]


def test_a_log_that_cannot_be_written_costs_no_search(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in its place")
    logs = TrialLogs(tmp_path / "logs")
    logs.event(Failed(Job(0, 0, published("mobilevit_xxs")), "x", is_final=True))
    assert (tmp_path / "logs").read_text() == "a file in its place"


def test_what_is_taken_up_again_says_so(tmp_path: Path) -> None:
    run, logs = Run(tmp_path, trials=1), tmp_path / "logs"
    with pytest.raises(KeyboardInterrupt):
        run.go(InlineExecutor(ArithmeticEvaluator(), stop_after=1))
    search(run, InlineExecutor(ArithmeticEvaluator()), logs)
    assert any("taken up again" in path.read_text() for path in logs.iterdir())
