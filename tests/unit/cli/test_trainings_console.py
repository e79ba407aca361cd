"""Planned trainings on a terminal, and in a log."""

import io

import pytest
from ablating import result_of
from rich.console import Console

from nasbench_mvit.cli.shared.trainings_console import TrainingsConsole
from nasbench_mvit.workbench.shared.trainings.observer import EndedTraining, TrainingsProgress

TRAINED = EndedTraining(name="kernel: 1, seed 0", metric="mAP50", result=result_of(0.5))
FAILED = EndedTraining(
    name="kernel: 5, seed 0", metric="mAP50", result=None, failure="the loss is not finite"
)


def shown(*, is_terminal: bool) -> str:
    """Return the console output while two plans run, of one training each."""
    output = io.StringIO()
    console = TrainingsConsole(Console(file=output, force_terminal=is_terminal, width=200))
    for training in (TRAINED, FAILED):
        console.begin(1)
        console.progress(TrainingsProgress(fraction=1.0, num_left=0, seconds_left=0.0))
        console.ended(training)
        console.end()
    return output.getvalue()


def test_a_log_gets_a_line_for_each_training() -> None:
    assert shown(is_terminal=False).splitlines() == [
        "kernel: 1, seed 0: mAP50 50.0 % in 16 core-seconds; 0 to go",
        "kernel: 5, seed 0 failed: the loss is not finite",
    ]


def test_a_terminal_gets_a_bar_for_each_plan_and_the_failures() -> None:
    output = shown(is_terminal=True)
    assert "mAP50" not in output
    assert output.count("100.0 %") >= 2
    assert "failed: the loss is not finite" in output


@pytest.mark.parametrize("is_terminal", [True, False])
def test_nothing_to_train_leaves_no_bar(is_terminal: bool) -> None:
    output = io.StringIO()
    console = TrainingsConsole(Console(file=output, force_terminal=is_terminal, width=200))
    console.begin(0)
    console.end()
    assert not output.getvalue()


def test_a_log_gets_a_line_every_half_minute() -> None:
    output, now = io.StringIO(), [0.0]
    console = TrainingsConsole(Console(file=output, width=200), lambda: now[0])
    console.begin(2)
    for seconds in range(70):
        now[0] = float(seconds)
        left = 140.0 if seconds > 40 else float("nan")
        console.progress(TrainingsProgress(fraction=0.125, num_left=2, seconds_left=left))
    assert output.getvalue().splitlines() == [
        "12.5 % of the trainings; 2 to go, time left not known yet",
        "12.5 % of the trainings; 2 to go, 2 min 20 s left",
    ]
