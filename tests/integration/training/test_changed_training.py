"""A training in the folder of another one: what differs is said in words, as options."""

import re
import shutil
from pathlib import Path

import pytest
import torch
from bad_input import Case, Prepare, Refuses, images
from full_training import OPTIONS, train_on_photos
from tiny_training import tiny_spec

from nasbench_mvit.architecture.published import published
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import save_model


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    train_on_photos(folder, 15)
    torch.manual_seed(0)
    save_model(folder / "mine.safetensors", build_model(tiny_spec(), 2), tiny_spec())
    (folder / "xxs.json").write_text(published("mobilevit_xxs").to_json())
    images(15, 16, root="others")(folder)
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("--epochs 7", ("--epochs 2, now 7",)),
        ("--peak-rate 0.5 --initial-rate 0.3", ("--peak-rate ", "now 0.5", "--initial-rate ")),
        ("--seed 6", ("seed 5, now 6",)),
        ("--network xxs.json", ("--network ", " instead of ", "stage1.channels = 16")),
        ("--data imagefolder:others", ("--data imagefolder:photos, now imagefolder:others",)),
        ("--init mine.safetensors", ("--init none, now ", "mine.safetensors")),
    ],
)
def test_changed_options_are_named(
    change: str, words: tuple[str, ...], trained: Path, refuses: Refuses
) -> None:
    line = f"--network spec.json --data imagefolder:photos --seed 5 --out out {OPTIONS} {change}"
    needles = ("of another training, which differs in: ", *words, "another --out")
    said = refuses(Case(line, needles, copy_of(trained), main=train.main))
    assert not re.search("[0-9a-f]{16}", said.replace(tiny_spec().id, ""))  # its name


def copy_of(trained: Path) -> Prepare:
    return lambda folder: shutil.copytree(trained, folder, dirs_exist_ok=True)
