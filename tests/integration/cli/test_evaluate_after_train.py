"""What ``evaluate`` scores after ``train``: the images that were held out of the training.

Axes: N images.
"""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
from bad_input import Case, Refuses, exit_code
from foreign_weights import xxs
from full_training import OPTIONS, PER_CLASS
from PIL import Image

from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.models.weights.checkpoint import Notes, load_model, read_notes, save_model
from nasbench_mvit.training.common import checkpoint
from nasbench_mvit.training.full.job import WEIGHTS
from nasbench_mvit.training.full.watchers.history import HISTORY

HELD_OUT = 3
XXS = xxs()
TRAINED = 2 * (PER_CLASS - HELD_OUT)
ON_CPU = "--device cpu --workers 0"


def _scored(capsys: pytest.CaptureFixture[str], words: str = "") -> str:
    """Return the output of an evaluation, by default of the photos trained on."""
    line = f"--weights out/{WEIGHTS} --data imagefolder:photos {ON_CPU} {words}"
    capsys.readouterr()
    assert exit_code(line.split(), evaluate.main) == 0
    return capsys.readouterr().out


def _write_plain(root: Path, count: int) -> None:
    """Write images that have the names of some trained on, but not their content."""
    for label in (0, 1):
        (root / f"class{label}").mkdir(parents=True)
        for number in range(count):
            place = root / f"class{label}/{number}.png"
            Image.new("RGB", (40, 40), (0, number, 90 * label)).save(place)


def _held_out_top1(trained_folder: Path) -> str:
    history = json.loads((trained_folder / "out" / HISTORY).read_text())
    return f"top-1: {100 * history[-1]['top1']:.2f} %"


def test_the_images_held_out_are_scored_and_those_trained_on_are_not(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = _scored(capsys)
    assert f": {2 * HELD_OUT} images of 2 classes" in output
    assert f"of these {2 * HELD_OUT} held out of the training; {TRAINED} more" in output
    assert "left out (--include-trained scores them)" in output
    assert _held_out_top1(trained_folder) in output


@pytest.mark.usefixtures("trained_folder")
def test_images_trained_on_are_scored_where_they_are_asked_for_and_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = _scored(capsys, "--include-trained")
    assert f": {2 * PER_CLASS} images of 2 classes" in output
    assert f"{2 * HELD_OUT} held out of the training, {TRAINED} trained on, of which" in output
    assert "left out" not in output


@pytest.mark.parametrize("place", ["moved/deeper", "renamed"])
def test_weights_and_images_may_move(
    place: str, trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (trained_folder / place).mkdir(parents=True)
    (trained_folder / "out" / WEIGHTS).rename(trained_folder / place / "w.safetensors")
    (trained_folder / "photos").rename(trained_folder / place / "pictures")
    for number, image in enumerate(sorted((trained_folder / place).rglob("*.png"))):
        image.rename(image.with_name(f"new-{number}.png"))
    words = f"--weights {place}/w.safetensors --data imagefolder:{place}/pictures"
    output = _scored(capsys, words)
    assert f"of these {2 * HELD_OUT} held out of the training; {TRAINED} more" in output
    assert _held_out_top1(trained_folder) in output


def test_images_added_since_are_scored_and_counted(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in range(4):
        Image.new("RGB", (40, 40), (value, 0, 0)).save(
            trained_folder / f"photos/class1/new{value}.png"
        )
    output = _scored(capsys)
    assert f": {2 * HELD_OUT + 4} images of 2 classes" in output
    assert f"{2 * HELD_OUT} held out of the training, 4 neither trained on nor held out" in output
    assert f"{TRAINED} more were trained on" in output


def test_images_removed_since_are_counted(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (record,) = (trained_folder / "out" / "images").glob("split-*.json")
    first, *_ = json.loads(record.read_text())["val"]
    (trained_folder / "photos" / first).unlink()
    output = _scored(capsys)
    assert f"of these {2 * HELD_OUT - 1} held out of the training; {TRAINED} more" in output
    assert "1 held out are not here any more" in output


def test_other_images_are_all_scored(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write_plain(trained_folder / "others", 5)
    output = _scored(capsys, "--data imagefolder:others")
    assert "10 images of 2 classes" in output
    assert "of these 0 held out of the training, 10 neither trained on nor held out\n" in output


def test_a_folder_with_val_is_scored_on_that(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained_folder / "photos", trained_folder / "sorted/train")
    _write_plain(trained_folder / "sorted/val", 4)
    output = _scored(capsys, "--data imagefolder:sorted")
    assert "of these 0 held out of the training, 8 neither trained on nor held out\n" in output
    line = f"--network spec.json --data imagefolder:sorted --out again {OPTIONS}"
    assert exit_code(line.split(), train.main) == 0
    output = _scored(capsys, f"--weights again/{WEIGHTS} --data imagefolder:sorted")
    assert ": 8 images of 2 classes" in output
    assert "of these 8 held out of the training\n" in output


def test_a_folder_that_was_trained_on_is_refused(trained_folder: Path, refuses: Refuses) -> None:
    shutil.copytree(trained_folder / "photos", trained_folder / "sorted/train")
    (record,) = (trained_folder / "out" / "images").glob("split-*.json")
    for file in json.loads(record.read_text())["val"]:
        (trained_folder / "sorted/train" / file).unlink()
    refuses(
        Case(
            f"--weights out/{WEIGHTS} --data imagefolder:sorted/train {ON_CPU}",
            (f"all {TRAINED} images of imagefolder:sorted/train", "--include-trained"),
            main=evaluate.main,
        )
    )


def test_weights_that_do_not_say_what_they_were_trained_on_are_scored_as_before(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = trained_folder / "out" / WEIGHTS
    model, spec = load_model(path)
    notes = read_notes(path)
    old = Notes(classes=notes.classes, resize=notes.resize, crop=notes.crop)
    save_model(path, model, spec, old)
    output = _scored(capsys)
    assert f": {2 * PER_CLASS} images of 2 classes" in output
    assert "does not say which images they were trained on" in output


@pytest.mark.parametrize(
    "state",
    [
        {"state": {"update": 3, "tensors": {"model": XXS.state_dict()}}},  # of a full training
        {"curve": [], "tensors": {"model": XXS.state_dict(), "average": XXS.state_dict()}},
    ],
)
def test_the_state_of_a_training_is_scored_where_that_is_asked_for(
    state: dict[str, Any],
    trained_folder: Path,
    refuses: Refuses,
    capsys: pytest.CaptureFixture[str],
) -> None:
    checkpoint.save(trained_folder / "training.pt", {"seed": 0}, state)
    weights = f"--weights training.pt --resize 36 --crop 32 --data imagefolder:photos {ON_CPU}"
    needles = ("training.pt is the state of a training", "model.safetensors", "--include-trained")
    refuses(Case(weights, needles, main=evaluate.main))
    output = _scored(capsys, f"{weights} --include-trained")
    assert f": {2 * PER_CLASS} images of 2 classes" in output
    assert "these may be among them" in output


def _hugging_face_set(trained_folder: Path) -> str:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(2 * PER_CLASS):
        buffer = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (48, 48, 3), dtype=np.uint8)).save(buffer, "PNG")
        rows.append({"image": {"bytes": buffer.getvalue(), "path": None}, "label": number % 2})
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["even", "odd"])}
    )
    datasets.disable_progress_bars()
    made = datasets.Dataset.from_list(rows, features=features)
    datasets.DatasetDict(train=made).save_to_disk(str(trained_folder / "set"))
    return "huggingface:set"


def test_of_a_set_without_a_validation_split_the_rows_held_out_are_scored(
    trained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = _hugging_face_set(trained_folder)
    line = f"--network spec.json --data {source} --seed 5 --out hub {OPTIONS}"
    assert exit_code(line.split(), train.main) == 0
    history = json.loads((trained_folder / "hub" / HISTORY).read_text())
    for words in ("", "--resize 48 --crop 40"):  # pixels in memory depend on the size
        output = _scored(capsys, f"--weights hub/{WEIGHTS} --data {source} {words}")
        assert f": {2 * HELD_OUT} images of 2 classes" in output
        assert f"of these {2 * HELD_OUT} held out of the training\n" in output
        if not words:
            assert f"top-1: {100 * history[-1]['top1']:.2f} %" in output
