"""From a search on real images to a file that names them: search, train, evaluate, export."""

import json
import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from bad_input import Main, exit_code, study_file
from full_training import OPTIONS
from PIL import Image
from tiny_training import tiny_spec

from nasbench_mvit.architecture.published import BASELINES
from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.cli.export import command as export
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.cli.shared.parser import INTERRUPTED
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import Notes, load_model, save_model
from nasbench_mvit.models.weights.convert import channels_flipped
from nasbench_mvit.search.evaluators import proxy as search_evaluate
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.training.common.device import threads_set
from nasbench_mvit.training.full.job import CHECKPOINT, WEIGHTS
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.images.embedded import open_embedded, open_embedded_test
from nasbench_mvit.training.images.loader import Loader
from nasbench_mvit.training.images.opening import open_labelled
from nasbench_mvit.training.images.transforms import CentreCrop

GARMENTS = {1: "trouser", 5: "sandal", 8: "bag"}
SIZE, SHORT_SIDE = 64, 72
SMALL = (
    f"--epochs 10 --batch-size 12 --device-batch 12 --sizes 48,{SIZE} --base-size {SIZE} "
    f"--warmup-updates 4 --initial-rate 1e-3 --peak-rate 5e-3 --final-rate 1e-4 --ema-decay 0.8 "
    f"--min-crop 0.5 --eval-resize {SHORT_SIDE} --eval-size {SIZE} --device cpu --workers 0"
)


def _write_photos(folder: Path) -> None:
    """Garments as PNG files, in colour: a folder for each split and class."""
    data = open_embedded(cell_size=28)
    test = open_embedded_test(cell_size=28)
    splits = {"train": (data.train, 24), "val": (data.val, 4), "test": (test, 8)}
    for name, (split, count) in splits.items():
        for label, garment in GARMENTS.items():
            place = folder / "photos" / name / garment
            place.mkdir(parents=True)
            for index in np.flatnonzero(split.labels == label)[:count]:
                grey_HW = split.images[index, 0]
                tinted_HWC = np.stack([grey_HW, grey_HW // 2, grey_HW // 3], axis=2)
                Image.fromarray(tinted_HWC).resize((80, 90)).save(place / f"{index}.png")


def _run(main: Main, *words: str) -> int:
    return exit_code([word for text in words for word in text.split()], main)


@pytest.mark.slow
def test_search_train_evaluate_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    search_evaluate._images.cache_clear()
    _write_photos(tmp_path)
    proxy = {"steps": 8, "batch_size": 2, "mosaic_grid": 1, "interim_images": 2}
    baselines = dict.fromkeys(BASELINES, 1)
    study_file(proxy=proxy, trials=1, baselines=baselines)(tmp_path)
    assert _run(search.main, "--study ./own.yaml --data imagefolder:photos --workers 1") == 0
    trials = StudyReader(tmp_path / "runs/own/study.db").read().trials
    chosen = next(trial for trial in trials if trial.record.role is Role.SEARCH)

    of_study = f"--study ./own.yaml --trial {chosen.number}"
    with threads_set(2):  # the search's worker had one
        assert _run(export.main, of_study, "--weights proxy --format torch --out again") == 0
    again = json.loads((tmp_path / "again/export.json").read_text())
    assert "this training repeats it exactly" in again["accuracy"]

    line = f"{of_study} --data imagefolder:photos --out out {SMALL}"
    capsys.readouterr()
    assert _run(train.main, line) == 0
    output = capsys.readouterr().out
    assert "72 to train on, 12 to validate, 3 classes" in output
    assert "effective batch: 12 images of 64 px" in output
    weights = f"--weights out/{WEIGHTS}"
    assert (
        _run(evaluate.main, f"{weights} --data imagefolder:photos --split test --device cpu") == 0
    )
    top1 = float(re.search(r"top-1: ([\d.]+) %", capsys.readouterr().out)[1])  # type: ignore[index]
    assert top1 > 100 / len(GARMENTS) + 20, "it should have learnt something"

    args = f"{weights} {of_study} --resolution {SIZE}"
    assert _run(export.main, f"{args} --format onnx --data imagefolder:photos --out exported") == 0
    card = json.loads((tmp_path / "exported/export.json").read_text())
    assert card["classes"] == sorted(GARMENTS.values())
    _assert_named_alike(tmp_path, top1)


def _assert_named_alike(folder: Path, top1: float) -> None:
    """The file and torch give the test images the same logits, and the share that was printed."""
    model, _ = load_model(folder / "out" / WEIGHTS)
    session = onnxruntime.InferenceSession(folder / "exported/model.onnx")
    opened = open_labelled(f"imagefolder:{folder / 'photos'}", "test", size=SIZE)
    pictures = opened.pictures
    assert opened.class_names == tuple(sorted(GARMENTS.values()))
    cut = CentreCrop(resize=SHORT_SIDE, crop=SIZE)
    hits = 0
    for index in range(len(pictures)):
        image_1CHW = cut(pictures.picture(index))[None].astype(np.float32) / 255
        (found_1K,) = session.run(None, {"image": image_1CHW})
        with torch.no_grad():
            expected_1K = model(torch.from_numpy(image_1CHW)).numpy()
        np.testing.assert_allclose(found_1K, expected_1K, atol=1e-4)
        hits += int(found_1K.argmax() == pictures.labels[index])
    assert 100 * hits / len(pictures) == pytest.approx(top1, abs=0.01)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with photos and a very small network."""
    monkeypatch.chdir(tmp_path)
    _write_photos(tmp_path)
    (tmp_path / "spec.json").write_text(tiny_spec().to_json())
    return tmp_path


LINE = f"--network spec.json --data imagefolder:photos --out out {OPTIONS}"


def test_dry_run_says_what_it_would_be_and_writes_nothing(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(train.main, LINE, "--dry-run") == 0
    output = capsys.readouterr().out
    assert re.search(r"updates: \d+ in 2 epochs \(the standard sampler would do 18\)", output)
    assert "sampler: 8 of 32 px, 4 of 40 px" in output
    assert re.search(r"expected: [\w ]+ s, by [\d.]+ s an update", output)
    assert not (small / "out").exists()


def test_the_same_command_again_goes_on_or_finds_it_done(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(train.main, LINE) == 0
    first = capsys.readouterr().out
    written = (small / "out" / WEIGHTS).read_bytes()
    (small / "out" / WEIGHTS).unlink()
    assert _run(train.main, LINE) == 0
    again = capsys.readouterr().out
    assert "going on after" in again
    assert first.splitlines()[-3:] == again.splitlines()[-3:]
    assert "top-5" not in first  # of 3 classes
    following = first.splitlines()[-1].removeprefix("next: python -m nasbench_mvit evaluate ")
    assert _run(evaluate.main, following) == 0
    following = capsys.readouterr().out.splitlines()[-1]
    following = following.removeprefix("next: python -m nasbench_mvit export ")
    assert _run(export.main, following) == 0
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .startswith("next: python -m nasbench_mvit measure --target onnxruntime --specs exports/")
    )
    assert (small / "out" / WEIGHTS).read_bytes() == written
    assert (small / "out" / CHECKPOINT).exists()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("updates", "where"),
    [
        (0, "begins anew: nothing was saved"),
        (1, "begins anew: nothing was saved"),
        (3, "goes on after 2 updates"),
    ],
)
def test_a_training_that_is_stopped_says_where_it_goes_on(
    updates: int,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    step = FullTraining.step

    def interrupted(training: FullTraining, batches: Loader) -> None:
        if training.updates_done == updates:
            raise KeyboardInterrupt
        step(training, batches)

    monkeypatch.setattr(FullTraining, "step", interrupted)
    assert _run(train.main, LINE, "--checkpoint-updates 2") == INTERRUPTED
    assert capsys.readouterr().out.endswith(f"\nstopped; the same command again {where}\n")


def test_images_of_some_classes_are_enough_where_the_classes_are_named(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = build_model(tiny_spec(), 4)
    state = model.state_dict()
    state["classifier.weight"] = torch.zeros_like(state["classifier.weight"])
    state["classifier.bias"] = torch.tensor([0.0, 3.0, 1.0, 2.0])
    save_model(small / "own.safetensors", state, tiny_spec())
    (small / "names.txt").write_text("hat\ntrouser\nbag\nsandal\n")
    line = "--weights own.safetensors --labels names.txt --split test --resize 36 --crop 32"
    assert _run(evaluate.main, f"{line} --data imagefolder:photos --device cpu --workers 0") == 0
    output = capsys.readouterr().out
    assert "24 images of 3 classes" in output
    assert "top-1: 33.33 % (95 % interval" in output  # all are taken for trousers
    assert output.splitlines()[-1] == (
        "next: python -m nasbench_mvit export --weights own.safetensors --labels names.txt "
        "--format onnx"
    )


def test_bgr_weights_are_shown_bgr(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    notes = Notes(classes=tuple(sorted(GARMENTS.values())), resize=36, crop=32)
    model = build_model(tiny_spec(), len(GARMENTS))
    save_model(small / "rgb.safetensors", model, tiny_spec(), notes)
    flipped = channels_flipped(model.state_dict())
    save_model(small / "bgr.safetensors", flipped, tiny_spec(), notes)
    line = "--data imagefolder:photos --split test --device cpu --workers 0"
    scores = []
    for words in ("rgb.safetensors", "bgr.safetensors --channels bgr"):
        assert _run(evaluate.main, f"--weights {words}", line) == 0
        scores.append(capsys.readouterr().out.splitlines()[-2])
    assert scores[0] == scores[1]
