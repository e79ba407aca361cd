"""Wrong weights and images of an evaluation."""

from pathlib import Path

import numpy as np
import pytest
import torch
from bad_input import Case, Prepare, Refuses, both, images, text_file
from foreign_weights import named_by, xxs
from tiny_training import tiny_spec

from nasbench_mvit.architecture.published import published
from nasbench_mvit.cli.evaluate import command as evaluate
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import Notes, save_model
from nasbench_mvit.training.images.arrays import Split
from nasbench_mvit.training.images.opening import LabelledPictures
from nasbench_mvit.training.images.pictures import ArrayPictures
from nasbench_mvit.workbench.evaluations import images as evaluated_images

PHOTOS = images(3, 3)


def weights(num_classes: int = 2, names: tuple[str, ...] | None = None) -> Prepare:
    def write(folder: Path) -> None:
        model = build_model(tiny_spec(), num_classes)
        save_model(folder / "own.safetensors", model, tiny_spec(), Notes(classes=names))

    return write


def foreign_weights(folder: Path) -> None:
    """Names of timm for a network one tensor of which is missing, another of a wrong shape."""
    state = build_model(published("mobilevit_xxs"), 10).state_dict()
    torch.save({"head.fc.weight": state["classifier.weight"]}, folder / "theirs.pth")


def two_sets_of_weights(folder: Path) -> None:
    state = named_by("timm", xxs())
    both = {
        f"{place}.{key}": value for place in ("student", "teacher") for key, value in state.items()
    }
    torch.save(both, folder / "theirs.pth")


def case(needles: tuple[str, ...], args: str, *steps: Prepare) -> Case:
    common = "--device cpu --workers 0 --resize 36 --crop 32"
    return Case(f"{common} {args}", needles, both(*steps), main=evaluate.main)


OWN = "--weights own.safetensors --data imagefolder:photos"
CASES = {
    "no weights": case(("no weights file own.safetensors",), OWN, PHOTOS),
    "an unknown source": case(
        ("unknown source of weights 'tim'", "'timm'"), f"{OWN} --source tim", weights(), PHOTOS
    ),
    "an unknown order of channels": case(
        ("unknown order of channels 'gbr'",), f"{OWN} --channels gbr", weights(), PHOTOS
    ),
    "an unknown split": case(
        ("unknown split 'tests'", "'test'"), f"{OWN} --split tests", weights()
    ),
    "the split of the training": case(
        ("unknown split 'train'", "Available: val, test", "--include-trained", "--data"),
        f"{OWN} --split train",
        weights(),
    ),
    "weights of timm that are not whole": case(
        ("do not fit mobilevit_xxs of timm", "keys missing: stem.conv.weight"),
        "--weights theirs.pth --source timm --data imagefolder:photos",
        foreign_weights,
        PHOTOS,
    ),
    "weights of another source": case(
        ("do not look like transformers", "classifier.weight"),
        "--weights theirs.pth --source transformers --data imagefolder:photos",
        foreign_weights,
        PHOTOS,
    ),
    "foreign weights without a source": case(
        ("theirs.pth does not have the names of a whole MobileViT", "by --source which"),
        "--weights theirs.pth --data imagefolder:photos",
        foreign_weights,
        PHOTOS,
    ),
    "several sets of weights": case(
        ("several sets of weights: student, teacher", "by --part which"),
        "--weights theirs.pth --data imagefolder:photos",
        two_sets_of_weights,
        PHOTOS,
    ),
    "none of these sets": case(
        ("no weights under 'pupil'", "student, teacher"),
        "--weights theirs.pth --part pupil --data imagefolder:photos",
        two_sets_of_weights,
        PHOTOS,
    ),
    "more logits than classes": case(
        ("2 classes", "5 logits", "--labels"), OWN, weights(5), PHOTOS
    ),
    "images of an unknown class": case(
        ("does not know: class1", "It knows class0, cats"),
        OWN,
        weights(2, ("class0", "cats")),
        PHOTOS,
    ),
    "names for other logits": case(
        ("3 classes are named", "2 logits"),
        f"{OWN} --labels names.txt",
        weights(),
        PHOTOS,
        text_file("names.txt", "class0\nclass1\nclass2"),
    ),
    "a name that stands twice": case(
        ("'class0' is there twice",),
        f"{OWN} --labels names.txt",
        weights(),
        PHOTOS,
        text_file("names.txt", "class0\nclass0"),
    ),
    "images missing for a class": case(
        ("no images for the class class2",),
        OWN,
        weights(),
        PHOTOS,
        text_file("photos/class2/readme", ""),
    ),
    "no images": case(("no image folder at photos",), OWN, weights()),
    "a broken image": case(
        ("photos/class0/z.png", "Replace or remove"),
        OWN,
        weights(),
        PHOTOS,
        text_file("photos/class0/z.png", "no image"),
    ),
    "a crop beyond the image": case(("Raise --resize",), f"{OWN} --crop 64", weights(), PHOTOS),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])


@pytest.mark.parametrize("label", [-1, 2])
def test_label_outside_the_range_is_refused(
    label: int, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = Split(images=np.zeros((3, 1, 40, 40), np.uint8), labels=np.array([0, label, 1]))
    opened = LabelledPictures(
        pictures=ArrayPictures(split), is_usual=np.ones(3, bool), class_names=("class0", "class1")
    )
    monkeypatch.setattr(evaluated_images, "open_labelled", lambda *_args, **_options: opened)
    refuses(case((f"image 1 has the label {label}", "0 to 1"), OWN, weights()))
