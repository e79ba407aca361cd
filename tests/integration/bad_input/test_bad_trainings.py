"""Wrong options, images and checkpoints of a full training."""

from pathlib import Path

import pytest
import torch
from bad_input import Case, Prepare, Refuses, both, images, text_file
from full_training import OPTIONS, tiny_full_training
from tiny_training import tiny_spec

from nasbench_mvit.architecture.published import published
from nasbench_mvit.cli.train import command as train
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import save_model

CLASSES = both(images(9, 9, root="photos/train"), images(2, 2, root="photos/val"))


def spec_file(folder: Path) -> None:
    (folder / "spec.json").write_text(tiny_spec().to_json())


def case(needles: tuple[str, ...], more: str = "", *steps: Prepare, network: str = "") -> Case:
    chosen = network or "--network spec.json"
    args = f"{chosen} --data imagefolder:photos --out out {OPTIONS} {more}"
    return Case(args, needles, both(spec_file, *(steps or (CLASSES,))), main=train.main)


def checkpoint_of_noise(folder: Path) -> None:
    (folder / "out").mkdir()
    tiny_full_training().save(folder / "out/checkpoint.pt")


def checkpoint_of_another_network(folder: Path) -> None:
    checkpoint_of_noise(folder)
    path = folder / "out/checkpoint.pt"
    content = torch.load(path, weights_only=True)
    content["identity"]["network"] = "another"
    state = build_model(tiny_spec(), 3).state_dict()
    del state["stem.conv.weight"]
    content["state"]["tensors"]["model"] = state
    torch.save(content, path)


def other_weights(folder: Path) -> None:
    spec = published("mobilevit_xxs")
    save_model(folder / "other.safetensors", build_model(spec, 3), spec)


def newer_checkpoint(folder: Path) -> None:
    checkpoint_of_noise(folder)
    path = folder / "out/checkpoint.pt"
    torch.save(torch.load(path, weights_only=True) | {"schema_version": 99}, path)


CASES = {
    "no network": case(("either --network or --study",), network="--seed 1"),
    "boxes for a classifier": Case(
        f"--network spec.json --data coco:photos {OPTIONS}",
        ("'coco:photos' has boxes or masks", "give --task", "imagefolder:photos"),
        spec_file,
        main=train.main,
    ),
    "two networks": case(("either --network or --study",), "--study smoke --trial 0"),
    "a study without a trial": case(("--trial N or --best-under MS",), network="--study smoke"),
    "a trial without a study": case(("--trial belongs to a --study; add it",), "--trial 1"),
    "a source without weights": case(("--source says something of", "--init"), "--source timm"),
    "a part without weights": case(("--part says something of", "--init"), "--part state_dict"),
    "a frozen part without weights": case(("give --init, a file", "timm:NAME"), "--freeze 2"),
    "more stages than there are": case(("'freeze'", "'backbone'", "9"), "--freeze 9"),
    "weights that are missing": case(("no weights file none.pt",), "--init none.pt"),
    "weights of another network": case(
        ("holds the weights of MobileViT-XXS", "name no network"),
        "--init other.safetensors",
        other_weights,
    ),
    "an unknown network": case(
        ("'mobilevit_xl' is neither a file nor", "mobilevit_xs"), network="--network mobilevit_xl"
    ),
    "no such option": case(("unknown argument '--epoch'", "'--epochs'"), "--epoch 3"),
    "text for a number": case(("'epochs' must be a whole number", "ten"), "--epochs ten"),
    "sizes that are none": case(("'sizes.1' must be a whole number",), "--sizes 32,big"),
    "a size too small": case(("'sizes.0' must be 32 or more",), "--sizes 8"),
    "batches that do not divide": case(("The nearest are 4 and 8",), "--batch-size 7"),
    "more images an update than there are": case(
        ("18", "Leave --batch-size"), "--batch-size 32 --device-batch 4"
    ),
    "a warm-up without an end": case(("Leave --warmup-updates out",), "--warmup-updates 900"),
    "a crop beyond the image": case(("Raise eval_resize",), "--eval-size 64"),
    "no such device": case(("unknown device 'tpu'", "cpu"), "--device tpu"),
    "an unknown source of images": case(("unknown image source", "imagefolder:"), "--data photos"),
    "images missing for a class": case(
        ("no images for the class class2",), "", CLASSES, text_file("photos/train/class2/a.txt", "")
    ),
    "a class that is not validated": case(
        ("val/ lacks class2",),
        "",
        images(9, 9, 9, root="photos/train"),
        images(2, 2, root="photos/val"),
    ),
    "a broken image": case(
        ("train/class0/z.png", "Replace or remove"),
        "",
        CLASSES,
        text_file("photos/train/class0/z.png", "no image"),
    ),
    "a checkpoint of other images": case(
        ("of another training", "images (to train on 30, now 18, to", "another --out"),
        "",
        CLASSES,
        checkpoint_of_noise,
    ),
    "a checkpoint of another network": case(
        ("of another training. What differs: network, images (",),
        "",
        CLASSES,
        checkpoint_of_another_network,
    ),
    "a checkpoint of a newer version": case(
        ("schema version 99", "another --out"), "", CLASSES, newer_checkpoint
    ),
    "a damaged checkpoint": case(
        ("checkpoint.pt is damaged", "remove it"),
        "",
        CLASSES,
        text_file("out/checkpoint.pt", "torn"),
    ),
    "a file where the folder should be": case(("out",), "", CLASSES, text_file("out", "mine")),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])
