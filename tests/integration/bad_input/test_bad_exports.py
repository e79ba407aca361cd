"""What an export refuses: networks, weights, formats, folders, labels, records, libraries."""

import functools
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from bad_input import Case, Refuses, both, images, text_file
from exporting import small_spec, stored_smoke

from nasbench_mvit.cli.export.command import main
from nasbench_mvit.export.network import random_model
from nasbench_mvit.models.weights.checkpoint import save_model

export = functools.partial(Case, main=main)

SPEC = "--spec spec.json --data imagefolder:photos"
RANDOM = f"{SPEC} --weights random"
SMOKE = "--study smoke --format onnx --weights random"


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("smoke")
    stored_smoke(folder)
    return folder / "runs"


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, smoke: Path) -> None:
    """A finished run of smoke, a network and photos, in every test's folder."""
    shutil.copytree(smoke, tmp_path / "runs")
    images(8, 8)(tmp_path)
    (tmp_path / "spec.json").write_text(small_spec().to_json())


def weights_of_another_width(folder: Path) -> None:
    spec = small_spec(width=8)
    save_model(folder / "other.safetensors", random_model(spec, seed=0, num_classes=2), spec)


def weights(folder: Path) -> None:
    spec = small_spec()
    save_model(folder / "mine.safetensors", random_model(spec, seed=0, num_classes=3), spec)


def weights_cut_short(folder: Path) -> None:
    weights(folder)
    os.truncate(folder / "mine.safetensors", 999)


def another_export(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out/export.json").write_text("{}")


def store_cut_short(folder: Path) -> None:
    path = folder / "runs/smoke/study.db"
    os.truncate(path, path.stat().st_size // 2)


def trial_rejected(folder: Path) -> None:
    """Turn trial 3 into one that broke a limit."""
    with sqlite3.connect(folder / "runs/smoke/study.db") as store:
        store.execute(
            "UPDATE trial_user_attributes SET value_json = json_set(value_json, '$.rejection', "
            "'up to 99 ms, the limit is 15') WHERE trial_id = (SELECT trial_id FROM trials WHERE "
            "number = 3)"
        )


CASES = {
    "no format": export(f"{RANDOM}", ("--format",)),
    "empty format": export((*RANDOM.split(), "--format", " , "), ("must name a format",)),
    "unknown format": export(
        f"{RANDOM} --format onxx", ("unknown format 'onxx'", "Did you mean 'onnx'?", "coreml")
    ),
    "one unknown among known": export(f"{RANDOM} --format onnx,tflite", ("'tflite'", "executorch")),
    "unknown precision": export(
        f"{RANDOM} --format onnx --precision fp8", ("unknown precision 'fp8'", "fp16", "int8")
    ),
    "a precision the format lacks": export(
        f"{RANDOM} --format torch --precision int8",
        ("PyTorch is not written in int8, only in fp32, fp16", "onnx, coreml, executorch"),
    ),
    "no weights": export("--spec spec.json --format onnx", ("--weights",)),
    "no network": export(
        "--format onnx --weights random",
        ("--weights is random, which names no network", "a trial of a study", "spec.json"),
    ),
    "two networks": export(
        "--study smoke --trial 1 --spec spec.json --format onnx --weights random",
        ("--study", "--spec", "one of them"),
    ),
    "a study without a choice": export(SMOKE, ("--trial N", "--best-under MS")),
    "a study with two choices": export(f"{SMOKE} --trial 1 --best-under 9", ("one of them",)),
    "a trial of no study": export(f"{RANDOM} --format onnx --trial 1", ("--trial", "--study")),
    "a run directory of no study": export(f"{RANDOM} --format onnx --run-dir x", ("--run-dir",)),
    "a trial in words": export(f"{SMOKE} --trial best", ("--trial", "'best'")),
    "a negative limit": export(f"{SMOKE} --best-under -1", ("--best-under", "above 0")),
    "a limit that is no number": export(f"{SMOKE} --best-under nan", ("milliseconds", "'nan'")),
    "misspelt study": export(
        "--study smok --trial 1 --format onnx --weights random", ("Did you mean 'smoke'?",)
    ),
    "a study that was never run": export(
        "--study latency_iphone --trial 1 --format onnx --weights random",
        ("no run of study 'latency_iphone'", "nasbench_mvit.search --study latency_iphone"),
    ),
    "another run directory": export(
        f"{SMOKE} --trial 1 --run-dir nowhere", ("in nowhere", "name the folder of its run")
    ),
    "a storage without the study": export(
        "--study latency_iphone --storage sqlite:///runs/smoke/study.db --trial 1 --format onnx "
        "--weights random",
        ("holds the study smoke, not 'latency_iphone'",),
    ),
    "a store cut short": export(f"{SMOKE} --trial 1", ("study.db", "copy"), store_cut_short),
    "no such trial": export(
        f"{SMOKE} --trial 99", ("there is no trial 99", "nearest complete trials", "trials.csv")
    ),
    "a rejected trial": export(
        f"{SMOKE} --trial 3", ("trial 3 is rejected", "the limit is 15"), trial_rejected
    ),
    "a limit below the fastest": export(
        f"{SMOKE} --best-under 0.01", ("at most 0.01 ms", "the fastest, trial", "or more")
    ),
    "a published name misspelt": export(
        "--spec mobilevit_xsz --format onnx --weights random",
        ("Did you mean 'mobilevit_xs'?", "spec.json"),
    ),
    "a spec that is none": export(
        "--spec notes.json --format onnx --weights random",
        ("notes.json describes no network", "JSON"),
        text_file("notes.json", "a network"),
    ),
    "a spec of bytes": export(
        "--spec notes.json --format onnx --weights random",
        ("notes.json describes no network",),
        text_file("notes.json", b"\xff\xfe\x00"),
    ),
    "a resolution of nothing": export(f"{RANDOM} --format onnx --resolution 0", ("1 or more",)),
    "a resolution too small": export(
        f"{RANDOM} --format onnx --resolution 8", ("resolution", "nearest valid value is 32")
    ),
    "weights that are not there": export(
        f"{SPEC} --format onnx --weights none.safetensors", ("no weights file none.safetensors",)
    ),
    "a misspelt kind of weights": export(
        f"{SPEC} --format onnx --weights randm", ("no weights file randm",)
    ),
    "weights cut short": export(
        f"{SPEC} --format onnx --weights mine.safetensors", ("damaged",), weights_cut_short
    ),
    "weights of another network": export(
        f"{SPEC} --format onnx --weights other.safetensors",
        (
            "other.safetensors holds the weights of another network: ",
            "stem_channels = 8 instead of 4. ",
            "name no network, to take the weights' own",
        ),
        weights_of_another_width,
    ),
    "proxy weights without a study": export(
        f"{SPEC} --format onnx --weights proxy", ("--weights proxy", "a trial of a study", "random")
    ),
    "proxy weights on other images": export(
        "--study smoke --trial 1 --format onnx --weights proxy --data embedded", ("--data",)
    ),
    "proxy weights with other labels": export(
        "--study smoke --trial 1 --format onnx --weights proxy --labels l.txt", ("--labels",)
    ),
    "labels that are not there": export(
        f"{RANDOM} --format onnx --labels l.txt", ("--labels: l.txt cannot be read",)
    ),
    "labels twice": export(
        f"{RANDOM} --format onnx --labels l.txt",
        ("'cat' is there twice",),
        text_file("l.txt", "cat\ndog\ncat\n"),
    ),
    "no labels": export(
        f"{RANDOM} --format onnx --labels l.txt", ("it is empty",), text_file("l.txt", "\n \n")
    ),
    "fewer labels than logits": export(
        f"{SPEC} --format onnx --weights mine.safetensors --labels l.txt",
        ("names 2 classes", "has 3 logits"),
        both(weights, text_file("l.txt", "cat\ndog\n")),
    ),
    "images that are not there": export(
        "--spec spec.json --format onnx --weights random --data imagefolder:none", ("none",)
    ),
    "an unknown predictor": export(
        f"{RANDOM} --format onnx --predictor iphon", ("unknown latency predictor", "iphone12")
    ),
    "records that are not there": export(
        f"{RANDOM} --format onnx --records r.jsonl", ("r.jsonl cannot be read", "measure")
    ),
    "records that are none": export(
        f"{RANDOM} --format onnx --records r.jsonl",
        ("r.jsonl, line 1 is not JSON",),
        text_file("r.jsonl", "fast\n"),
    ),
    "records without the network": export(
        f"{RANDOM} --format onnx --records r.jsonl",
        ("no complete measurement", small_spec().id),
        text_file("r.jsonl", ""),
    ),
    "a folder of somebody else's": export(
        f"{RANDOM} --format onnx --out photos", ("photos holds files", "--out")
    ),
    "a file for a folder": export(
        f"{RANDOM} --format onnx --out spec.json", ("spec.json is a file", "--out")
    ),
    "an export of something else": export(
        f"{RANDOM} --format onnx --out out", ("out/export.json", "identity"), another_export
    ),
    "a folder nobody can write": export(
        f"{RANDOM} --format onnx --out /proc/nowhere", ("/proc/nowhere",)
    ),
    "a misspelt option": export(f"{RANDOM} --fromat onnx", ("--format",)),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])


@pytest.mark.parametrize(
    ("form", "package", "extra"),
    [
        ("onnx", "onnx", "onnx"),
        ("onnx", "onnxruntime", "onnx"),
        ("coreml", "coremltools", "coreml"),
        ("executorch", "executorch", "executorch"),
        ("litert", "ai_edge_litert", "litert"),
    ],
)
def test_a_missing_extra_is_named_before_anything_is_written(
    form: str, package: str, extra: str, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    line = f"{RANDOM} --format torch,{form} --out out"
    refuses(export(line, (package, f"pip install 'nasbench-mvit[{extra}]'")))
    assert not Path("out").exists()
