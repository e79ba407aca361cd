"""What a fine-tuning validates on: no image that its weights or their ancestors were trained on."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from bad_input import exit_code
from full_training import OPTIONS
from PIL import Image

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.models.weights.checkpoint import load_model, read_notes, save_model
from nasbench_mvit.models.weights.files import sha256
from nasbench_mvit.models.weights.split_record import SplitRecord
from nasbench_mvit.training.common import checkpoint
from nasbench_mvit.training.full.job import WEIGHTS
from nasbench_mvit.workbench.evaluations.record import ScoresRecord, read_scores

HELD_OUT = 3


def _grow(photos: Path, count: int, seed: int) -> None:
    """Add images to each class, whose names come before those there are."""
    rng = np.random.default_rng(seed)
    for label in (0, 1):
        for number in range(count):
            pixels = rng.integers(0, 256, (40, 44, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(photos / f"class{label}" / f"-{seed}-{number}.png")


def _tune(init: str, out: str, words: str = "", data: str = "photos") -> SplitRecord:
    """Train on from ``init`` and return the record of the new weights."""
    line = f"--init {init}/{WEIGHTS} --data imagefolder:{data} --out {out} {OPTIONS} {words}"
    assert exit_code(line.split(), train.main) == 0
    return _record(out)


def _record(out: str) -> SplitRecord:
    record = read_notes(Path(out) / WEIGHTS).images
    assert record is not None
    return record


def _evaluated(capsys: pytest.CaptureFixture[str], out: str) -> str:
    capsys.readouterr()
    line = f"--weights {out}/{WEIGHTS} --data imagefolder:photos --device cpu --workers 0"
    assert exit_code(line.split(), evaluate.main) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("trained_folder")
def test_with_another_seed_only_images_held_out_before_validate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    record, before = _tune("out", "tuned", "--seed 6"), _record("out")
    output = capsys.readouterr().out
    assert "of 6 validation images were trained on by the weights that this training" in output
    assert "so these are trained on again; 6 that they were not trained on validate" in output
    assert record.held_out == before.held_out
    assert record.trained == before.trained
    assert f"of these {2 * HELD_OUT} held out of the training; 24" in _evaluated(capsys, "tuned")


def test_in_a_grown_folder_as_many_validate_and_none_was_trained_on(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _grow(trained_folder / "photos", 5, seed=1)
    record, before = _tune("out", "tuned"), _record("out")
    assert len(record.held_out) == 8
    assert not record.held_out & before.trained
    assert before.trained < record.trained
    assert "of these 8 held out of the training; 32 more" in _evaluated(capsys, "tuned")


def test_two_generations_leave_out_what_the_first_was_trained_on(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained_folder / "photos", trained_folder / "others")
    for place in (trained_folder / "others").rglob("*.png"):
        place.unlink()
    _grow(trained_folder / "others", 5, seed=2)
    first, second = _record("out"), _tune("out", "second", data="others")
    assert second.trained > first.trained
    third = _tune("second", "third", "--seed 9")
    assert third.held_out == first.held_out
    assert third.trained == second.trained
    assert "of these 6 held out of the training; 24" in _evaluated(capsys, "third")


def test_a_val_folder_loses_what_was_trained_on_before(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (trained_folder / "sorted").mkdir()
    (trained_folder / "photos").rename(trained_folder / "sorted/val")
    for label in (0, 1):
        (trained_folder / f"sorted/train/class{label}").mkdir(parents=True)
    _grow(trained_folder / "sorted/train", 4, seed=3)
    record, before = _tune("out", "tuned", data="sorted"), _record("out")
    assert "so these are left out; 6 that they were not" in capsys.readouterr().out
    assert record.held_out == before.held_out
    assert len(record.trained) == len(before.trained) + 8


def test_if_all_were_trained_on_nothing_is_called_held_out(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (trained_folder / "out/images").rename(trained_folder / "kept")
    (listing,) = (trained_folder / "kept").glob("split-*.json")
    for file in listing.read_text().split('"'):
        if file.endswith(".png"):
            (trained_folder / "photos" / file).unlink()
    record = _tune("out", "tuned")
    assert "add images: the scores say nothing of new ones" in capsys.readouterr().out
    assert not record.held_out | record.held_out_copies
    assert [(one.num_held_out, one.num_trained) for one in _scores("tuned")] == [(0, 4)]


def _scores(out: str) -> tuple[ScoresRecord, ...]:
    path = Path(out) / WEIGHTS
    return tuple(r for r in read_scores(path, sha256(path)) if isinstance(r, ScoresRecord))


@pytest.mark.usefixtures("trained_folder")
def test_another_size_of_images_makes_no_difference() -> None:
    record = _tune("out", "tuned", "--seed 6 --eval-size 36")
    assert record.held_out == _record("out").held_out


@pytest.mark.parametrize("init", ["model", "checkpoint"])
def test_weights_without_a_record_are_said_to_have_none(
    init: str, trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, spec = load_model(trained_folder / "out" / WEIGHTS)
    if init == "model":
        save_model(trained_folder / "init.pt", model, spec)
    else:
        checkpoint.save(trained_folder / "init.pt", {}, {"tensors": {"model": model.state_dict()}})
    line = f"--network spec.json --init init.pt --data imagefolder:photos --out tuned {OPTIONS}"
    assert exit_code(line.split(), train.main) == 0
    assert "init.pt does not say which images it was trained on" in capsys.readouterr().out
