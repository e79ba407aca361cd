"""Progress of an evaluation: a line every half minute, in a terminal as in a log."""

import io

import pytest
from rich.console import Console

from nasbench_mvit.cli.evaluate.console import EvaluationConsole
from nasbench_mvit.models.weights.preprocessing import Preprocessing
from nasbench_mvit.workbench.evaluations.choices import OWN
from nasbench_mvit.workbench.evaluations.result import EvaluationStart


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_long_evaluation_says_how_far_it_is(is_terminal: bool) -> None:
    output, now = io.StringIO(), [0.0]
    console = EvaluationConsole(
        Console(file=output, width=200, force_terminal=is_terminal, color_system=None),
        include_trained=False,
        clock=lambda: now[0],
    )
    console.started(
        EvaluationStart(
            title="MobileViT-XXS",
            source=OWN,
            preprocessing=Preprocessing(resize=72, crop=64),
            num_images=1200,
            num_classes=2,
            split=None,
        )
    )
    for seconds in range(1, 61):
        now[0] = float(seconds)
        console.scored(10 * seconds)
    assert output.getvalue().splitlines()[2:] == [
        "300 of 1,200 images scored, 1 min 30 s left",
        "600 of 1,200 images scored, 1 min 00 s left",
    ]
