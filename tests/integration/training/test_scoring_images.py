"""Test images are scored once, at the end, and change nothing else."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_training import MOSAICS, PROXY, noise_split, tiny_data, tiny_spec

from nasbench_mvit.training.images.arrays import Split
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.result import FinalResult, FractionReport, TrainingResult

NUM_TEST = 27  # no multiple of the images on a canvas
LEARNING = MOSAICS.model_copy(update={"steps": 120, "batch_size": 16, "learning_rate": 0.01})


def flipped(split: Split) -> Split:
    """The same images with every label wrong."""
    return Split(images=split.images, labels=1 - split.labels)


def train(
    test: Split | None, path: Path | None = None, *, learns: bool = False, stop_after: int = 99
) -> TrainingResult:
    reports: list[FractionReport] = []

    def report(done: FractionReport) -> None:
        reports.append(done)
        if len(reports) == stop_after:
            raise InterruptedError

    proxy = LEARNING if learns else PROXY
    return train_proxy(
        tiny_spec(), proxy, tiny_data(proxy.cell_size), 0, report=report, checkpoint_path=path,
        device="cpu", test=test,
    )  # fmt: skip


def unseen() -> Split:
    return noise_split(NUM_TEST, PROXY.cell_size, 2)


def scored(result: TrainingResult) -> FinalResult:
    assert isinstance(result, FinalResult)
    return result


def test_scores_are_of_the_test_images_and_no_others() -> None:
    right = scored(train(unseen(), learns=True))
    wrong = scored(train(flipped(unseen()), learns=True))
    assert right.top1 == wrong.top1 > 0.8  # validation: chance is 0.5
    assert right.test_top1 > 0.7  # 0.81 to 1 by seed
    assert wrong.test_top1 == pytest.approx(1 - right.test_top1)
    assert len(right.unpacked()) == right.num_test_images == NUM_TEST
    np.testing.assert_array_equal(right.unpacked(), ~wrong.unpacked())


def test_the_training_and_its_checkpoint_are_the_same_without_them(tmp_path: Path) -> None:
    with_test = scored(train(unseen(), tmp_path / "with.pt"))
    without = train(None, tmp_path / "without.pt")
    assert not isinstance(without, FinalResult)
    assert [(r.top1, r.train_loss) for r in with_test.curve] == [
        (r.top1, r.train_loss) for r in without.curve
    ]
    first, second = (
        torch.load(tmp_path / name, weights_only=True) for name in ("with.pt", "without.pt")
    )
    assert first["identity"] == second["identity"]
    for name, weights in first["tensors"]["model"].items():
        assert torch.equal(weights, second["tensors"]["model"][name])


@pytest.mark.parametrize("part", [3, 8])
def test_interrupted_and_resumed_scores_the_same(tmp_path: Path, part: int) -> None:
    path = tmp_path / "state.pt"
    with pytest.raises(InterruptedError):
        train(unseen(), path, stop_after=part)
    assert scored(train(unseen(), path)).hits == scored(train(unseen())).hits
