"""Progress of an evaluation: a line every half minute, in a terminal as in a log."""

import io

import pytest
from rich.console import Console

from nasbench_mvit.cli.evaluate.console import EvaluationConsole, show_scores
from nasbench_mvit.models.weights.preprocessing import Preprocessing
from nasbench_mvit.workbench.evaluations.choices import OWN
from nasbench_mvit.workbench.evaluations.result import Accuracy, EvaluationResult, EvaluationStart


def start(num_logits: int = 2) -> EvaluationStart:
    return EvaluationStart(
        title="MobileViT-XXS",
        source=OWN,
        preprocessing=Preprocessing(resize=72, crop=64),
        num_images=1200,
        num_classes=2,
        num_logits=num_logits,
        split=None,
    )


@pytest.mark.parametrize(("num_logits", "is_shown"), [(2, False), (5, False), (6, True)])
def test_top5_is_shown_where_it_may_be_wrong(num_logits: int, is_shown: bool) -> None:
    output, share = io.StringIO(), Accuracy(5, 6)
    show_scores(
        Console(file=output),
        EvaluationResult(scored=start(num_logits), scores={"top1": share, "top5": share}),
    )
    assert ("top-5: 83.33 %" in output.getvalue()) == is_shown


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_long_evaluation_says_how_far_it_is(is_terminal: bool) -> None:
    output, now = io.StringIO(), [0.0]
    console = EvaluationConsole(
        Console(file=output, width=200, force_terminal=is_terminal, color_system=None),
        include_trained=False,
        clock=lambda: now[0],
    )
    console.started(start())
    for seconds in range(1, 61):
        now[0] = float(seconds)
        console.scored(10 * seconds)
    assert output.getvalue().splitlines()[2:] == [
        "300 of 1,200 images scored, 1 min 30 s left",
        "600 of 1,200 images scored, 1 min 00 s left",
    ]
