"""Rivals through the same training as MobileViTs: they repeat and resume to the bit."""

from pathlib import Path

import pytest
from tiny_training import PROXY, tiny_data

from nasbench_mvit.architecture.rivals import RIVALS, RivalSpec
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

SHORT = PROXY.model_copy(update={"steps": PROXY.fractions})


class StoppedError(Exception):
    """Stands for a kill."""


def scores(result: TrainingResult) -> list[tuple[float, float]]:
    return [(report.top1, report.train_loss) for report in result.curve]


@pytest.mark.parametrize("name", RIVALS)
def test_a_stopped_training_of_a_rival_ends_with_the_same_bits(name: str, tmp_path: Path) -> None:
    def train(path: Path | None, stop_at: int | None = None) -> TrainingResult:
        def report(done: FractionReport) -> None:
            if done.step == stop_at:
                raise StoppedError

        data = tiny_data(SHORT.cell_size)
        return train_proxy(
            RivalSpec(name), SHORT, data, 0, report=report, checkpoint_path=path, device="cpu"
        )

    whole = train(None)
    path = tmp_path / "rival.pt"
    with pytest.raises(StoppedError):
        train(path, stop_at=SHORT.steps // 2)
    assert path.exists()
    assert scores(train(path)) == scores(whole)
