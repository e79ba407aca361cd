"""Whatever trains says whose images it trains on, what was left out, and whether they are few."""

import dataclasses
from pathlib import Path

import pytest
from driving import study
from tiny_training import noise_split, tiny_data

from nasbench_mvit.search.evaluators.proxy import ProxyEvaluator
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.images.validation_images import ENOUGH_IMAGES
from nasbench_mvit.workbench.shared.image_notes import image_notes
from nasbench_mvit.workbench.shared.trainings.observer import TrainingsObserver
from nasbench_mvit.workbench.shared.trainings.planned import evaluator_of, training_run

LEFT_OUT = "3 files were left out"


class Notes(TrainingsObserver):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def images(num_val: int) -> ImageData:
    data = tiny_data()
    val = noise_split(num_val, data.cell_size, 1)
    return dataclasses.replace(data, val=val, notes=(LEFT_OUT,))


@pytest.mark.parametrize("num_val", [8, ENOUGH_IMAGES])
def test_planned_trainings_say_it_too(
    num_val: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of ablations, proxies, tables and surrogates, which all run so."""
    found = images(num_val)
    monkeypatch.setattr(ProxyEvaluator, "images", lambda _: found)
    notes = Notes()
    with training_run(tmp_path, notes, workers=1, ray=None) as run:
        run.train([], evaluator_of(study(), tmp_path))
    assert notes.lines[1:] == image_notes(found)
    assert LEFT_OUT in notes.lines
    is_few = any(line.startswith("few validation images: with 8,") for line in notes.lines)
    assert is_few == (num_val < ENOUGH_IMAGES)


def test_copied_images_are_counted() -> None:
    found = images(8)
    copied = dataclasses.replace(found, val=found.train)
    assert any(
        line.startswith(f"{len(found.train):,} of the validation images are also among")
        for line in image_notes(copied)
    )
