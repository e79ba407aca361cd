"""Wrong folders of images."""

from pathlib import Path

import pytest
from bad_input import Case, Prepare, Refuses, both, images, text_file

PHOTOS = "--study smoke --data imagefolder:photos"


def photos(needles: tuple[str, ...], *steps: Prepare) -> Case:
    return Case(PHOTOS, needles, both(*steps))


def cut_short(folder: Path) -> None:
    file = folder / "photos/class0/0.png"
    file.write_bytes(file.read_bytes()[:60])


def dangling_link(folder: Path) -> None:
    (folder / "photos/class0/gone.png").symlink_to("nowhere.png")


CLASSES_ALONE = images(8, 8)
TRAIN_AND_VAL = both(images(8, 8, root="photos/train"), images(2, 2, root="photos/val"))


def finalists(needles: tuple[str, ...], *steps: Prepare, args: str = "") -> Case:
    needles = ("--finalists needs test images", *needles)
    return Case(f"{PHOTOS} --finalists 2 {args}", needles, both(*steps))


CASES = {
    "no test images": finalists(("test/ is missing", "beside train/ and val/"), TRAIN_AND_VAL),
    "no test images, nor a train folder": finalists(
        ("photos has no test images", "train/", "Put them in test/"), CLASSES_ALONE
    ),
    "no test images to plan with": finalists(
        ("test/ is missing",), TRAIN_AND_VAL, args="--dry-run"
    ),
    "test images of other classes": finalists(
        ("same classes", "train/ lacks class2"),
        TRAIN_AND_VAL,
        images(2, 2, 2, root="photos/test"),
    ),
    "a broken test image": finalists(
        ("photos/test/class0/a.png", "Replace or remove"),
        TRAIN_AND_VAL,
        images(2, 2, root="photos/test"),
        text_file("photos/test/class0/a.png", "no image"),
    ),
    "missing": photos(("no image folder at photos",)),
    "a file": photos(("photos is a file",), text_file("photos", "mine")),
    "empty": photos(("photos holds no images", "readme"), text_file("photos/cats/readme", "none")),
    "no classes": photos(("no images in class folders", ".png (1)"), text_file("photos/a.png", "")),
    "one class": photos(("single class", "class0"), images(8)),
    "a class of one image": photos(("class1",), images(8, 1)),
    "a class of none": photos(
        ("no images for the class class2",), images(8, 8), text_file("photos/class2/readme", "soon")
    ),
    "train alone": photos(("no val/",), images(8, 8, root="photos/train")),
    "a class that is not validated": photos(
        ("same classes", "val/ lacks class2"),
        images(8, 8, 8, root="photos/train"),
        images(2, 2, root="photos/val"),
    ),
    "a broken image": photos(("photos/class0/0.png", "Replace or remove"), images(8, 8), cut_short),
    "an empty image": photos(
        ("class0/a.jpg", "Replace or remove"), images(8, 8), text_file("photos/class0/a.jpg", "")
    ),
    "a text that says it is an image": photos(
        ("class0/a.gif", "Replace"), images(8, 8), text_file("photos/class0/a.gif", "GIF89a no")
    ),
    "a link to nothing": photos(("class0/gone.png",), images(8, 8), dangling_link),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])
