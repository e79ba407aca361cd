"""What counts as an image, a class or a split, what is left out, and what is said of both."""

import os
import socket
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.folders.listing import list_folder, list_labelled, list_test
from nasbench_mvit.training.images.opening import open_labelled, open_pictures

LATIN_1 = os.fsdecode(b"caf\xe9")


def fill(folder: Path, *classes: str, count: int = 5) -> Path:
    for name in classes:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            Image.new("RGB", (8, 8), (index, 0, 0)).save(folder / name / f"{index}.png")
    return folder


def numbers(root: Path) -> tuple[tuple[str, ...], dict[str, int], dict[str, int]]:
    """Return the classes, the number of images of each split and what was left out."""
    listing = list_folder(root, split_dir=None, seed=0)
    counts = {split: len(files) for split, files in listing.files.items()}
    return listing.class_names, counts, dict(listing.left_out)


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("Train", "Val"),
        ("TRAIN", "VALID"),
        ("training", "validation"),
        ("train_set", "val_set"),
        ("Training Data", "dev-set"),
        ("train_images", "eval"),
        ("trainset", "Valid.Split"),
        ("train2017", "val2017"),
        ("images_train", "images_val"),
        ("01_train", "02_val"),
        ("1 Data-Training", "2 Data-Validation"),
        ("trn", "vld"),
    ],
)
def test_splits_by_other_names(tmp_path: Path, train: str, val: str) -> None:
    fill(tmp_path / train, "cat", "dog", count=3)
    fill(tmp_path / val, "cat", "dog", count=1)
    assert numbers(tmp_path) == (("cat", "dog"), {"train": 6, "val": 2}, {})
    listing = list_folder(tmp_path, split_dir=None, seed=0)
    assert all((tmp_path / file).is_file() for part in listing.files.values() for file, _ in part)
    assert listing.notes == (f"classes in {tmp_path}: cat, dog; {train}/ as train; {val}/ as val",)


def test_training_and_testing_lack_validation(tmp_path: Path) -> None:
    fill(tmp_path / "training", "cat", "dog")
    fill(tmp_path / "testing", "cat", "dog", count=2)
    with pytest.raises(DataError, match=r"has testing/, training/ but no val/.*:.*training\.$"):
        numbers(tmp_path)
    assert len(list_test(tmp_path).files["test"]) == 4
    assert len(list_labelled(tmp_path, "test").files["test"]) == 4
    with pytest.raises(DataError, match=r"has no val/, but testing/, training/\. Give another"):
        list_labelled(tmp_path, "val")


def test_two_folders_for_one_split(tmp_path: Path) -> None:
    for name in ("Train", "training", "val"):
        fill(tmp_path / name, "cat", "dog")
    with pytest.raises(DataError, match=r"Train/ and training/ both bear names of the train"):
        numbers(tmp_path)


@pytest.mark.parametrize("name", ["train", "Train", "test", "val"])
def test_a_class_with_the_name_of_a_split(tmp_path: Path, name: str) -> None:
    fill(tmp_path, "bus", "car", name)
    assert numbers(tmp_path) == (tuple(sorted(("bus", "car", name))), {"train": 12, "val": 3}, {})


def test_a_class_or_a_split(tmp_path: Path) -> None:
    fill(tmp_path, "bus", "car")
    fill(tmp_path / "train", "steam", "diesel")
    with pytest.raises(DataError, match=r"a split or a class\?.*bus/, car/ beside.*Rename it"):
        numbers(tmp_path)


@pytest.mark.parametrize(
    "names",
    [("fold1", "fold2", "fold3"), ("entrenamiento", "validacion"), ("cats_train", "cats_val")],
)
def test_folders_like_splits_without_their_names(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        fill(tmp_path / name, "cat", "dog")
    for read in (numbers, lambda root: list_labelled(root, "val")):
        with pytest.raises(DataError, match=r"hold the same folders, cat, dog, as splits") as found:
            read(tmp_path)
        assert "Rename what is to be train/ and val/" in str(found.value)
        assert f"imagefolder:{tmp_path / names[0]}." in str(found.value)
    assert numbers(tmp_path / names[0])[0] == ("cat", "dog")


@pytest.mark.parametrize(
    ("known", "other", "missing"),
    [
        ("train", "evaluation", "val/"),
        ("train", "holdout", "val/"),
        ("Training", "check", "val/"),
        ("val", "entrenamiento", "train/"),
        ("test", "rest", "train/ and val/"),
    ],
)
@pytest.mark.parametrize("classes", [("cat",), ("cat", "dog")])
def test_what_looks_like_the_missing_split_is_not_merged(
    tmp_path: Path, known: str, other: str, missing: str, classes: tuple[str, ...]
) -> None:
    fill(tmp_path / known, "cat", "dog")
    fill(tmp_path / other, *classes)
    with pytest.raises(DataError, match=rf"{other}/ without the name of a split") as found:
        numbers(tmp_path)
    assert f"Rename what is to be {missing}, or give" in str(found.value)
    assert "into" not in str(found.value)


@pytest.mark.parametrize(
    ("first", "second"), [(("a",), ("a",)), (("in", "out"), ("in", "up")), (("a", "b"), ("",))]
)
def test_classes_may_hold_folders(
    tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    fill(tmp_path / "cat", *first)
    fill(tmp_path / "dog", *second)
    assert numbers(tmp_path)[0] == ("cat", "dog")


def test_what_lies_beside_splits_is_left_out(tmp_path: Path) -> None:
    fill(tmp_path / "train", "cat", "dog")
    fill(tmp_path / "val", "cat", "dog")
    fill(tmp_path / "backup", "cat", count=7)
    Image.new("RGB", (8, 8)).save(tmp_path / "cover.png")
    Image.new("RGB", (8, 8)).save(tmp_path / "train" / "preview.png")
    (tmp_path / "labels.csv").write_text("")
    left_out = {"images in backup/": 7, "images outside class folders": 2, ".csv": 1}
    assert numbers(tmp_path) == (("cat", "dog"), {"train": 10, "val": 10}, left_out)


def test_a_folder_in_a_folder(tmp_path: Path) -> None:
    fill(tmp_path / "photos" / "photos", "cat", "dog")
    assert numbers(tmp_path / "photos")[:2] == (("cat", "dog"), {"train": 8, "val": 2})
    fill(tmp_path / "set" / "images" / "Train", "cat", "dog")
    fill(tmp_path / "set" / "images" / "Valid", "cat", "dog")
    assert numbers(tmp_path / "set")[:2] == (("cat", "dog"), {"train": 10, "val": 10})


SYSTEM = ["@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX", ".thumbnails", "@Recycle"]


@pytest.mark.parametrize("name", SYSTEM)
@pytest.mark.parametrize("place", ["", "cat"])
def test_folders_of_devices_and_systems(tmp_path: Path, name: str, place: str) -> None:
    fill(tmp_path, "cat", "dog")
    fill(tmp_path / place / name, "0.png", count=3)
    fill(tmp_path / place / name, "below", count=2)
    said = "hidden (.*)" if name.startswith(".") else f"files in {name}/"
    assert numbers(tmp_path) == (("cat", "dog"), {"train": 8, "val": 2}, {said: 3 + 2})


def test_files_of_systems_and_of_other_kinds(tmp_path: Path) -> None:
    fill(tmp_path, "cat", "dog")
    for name in ("Thumbs.db", ".DS_Store", "._0.png", "0.heic", "1.heic", "README"):
        (tmp_path / "cat" / name).write_bytes(b"x")
    left_out = {".db": 1, "hidden (.*)": 2, ".heic": 2, "README": 1}
    assert numbers(tmp_path)[2] == left_out
    assert list_folder(tmp_path, split_dir=None, seed=0).notes == (
        (
            f"classes in {tmp_path}: cat, dog; 2 of 10 images validate, drawn as about a fifth of "
            "each class"
        ),
        (
            "left out: hidden (.*) (2), .heic (2), README (1), .db (1); convert .heic to .jpg or "
            ".png to have them taken"
        ),
    )


@pytest.mark.parametrize("suffix", [".HEIC", ".avif", ".jxl", ".dng"])
def test_images_of_other_formats_are_to_be_converted(tmp_path: Path, suffix: str) -> None:
    (fill(tmp_path, "cat", "dog") / "dog" / f"9{suffix}").write_bytes(b"x")
    remedy = f"; convert {suffix.lower()} to .jpg or .png to have them taken"
    assert list_folder(tmp_path, split_dir=None, seed=0).notes[1].endswith(remedy)
    (tmp_path / "fox").mkdir()
    with pytest.raises(DataError, match=f"no images for the class fox.*{remedy}. Add some"):
        numbers(tmp_path)
    only = tmp_path / "only"
    (only / "cat").mkdir(parents=True)
    (only / "cat" / f"0{suffix}").write_bytes(b"x")
    with pytest.raises(DataError, match=f"found: {suffix} .1.{remedy}. An image folder"):
        numbers(only)


@pytest.mark.parametrize(("count", "num_val"), [(2, 2), (3, 2), (8, 4)])
def test_the_images_that_validate_are_counted(tmp_path: Path, count: int, num_val: int) -> None:
    fill(tmp_path, "cat", "dog", count=count)
    (line,) = list_folder(tmp_path, split_dir=None, seed=0).notes
    assert f"; {num_val} of {2 * count} images validate" in line


def test_what_is_no_file_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "cat", "dog")
    os.mkfifo(tmp_path / "cat" / "pipe.png")
    (tmp_path / "cat" / "linked.png").symlink_to("pipe.png")
    (tmp_path / "dog" / "zero.png").symlink_to("/dev/zero")
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("dog/socket.jpg")
        assert numbers(tmp_path)[1:] == (
            {"train": 8, "val": 2}, {"pipes": 2, "devices": 1, "sockets": 1}
        )  # fmt: skip


def test_linked_folders_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    root = fill(tmp_path / "photos", "cat", "dog")
    fill(tmp_path, "elsewhere", "horses")
    (root / "cat" / "more").symlink_to(tmp_path / "elsewhere")
    (root / "horse").symlink_to(tmp_path / "horses")
    (root / "dog" / "up").symlink_to(root)
    (tmp_path / "elsewhere" / "here").symlink_to(".")
    (root / "dog" / "itself").symlink_to("itself")
    classes, counts, left_out = numbers(root)
    assert classes == ("cat", "dog", "horse")
    assert sum(counts.values()) == 10 + 5 + 5
    assert left_out == {"links to a folder above": 2, "itself": 1}


def test_a_link_that_ends_in_itself_is_missed_when_it_is_read(tmp_path: Path) -> None:
    fill(tmp_path, "cat", "dog")
    (tmp_path / "dog" / "itself.png").symlink_to("itself.png")
    assert sum(numbers(tmp_path)[1].values()) == 11
    opened = open_labelled(f"imagefolder:{tmp_path}", "val", size=8)
    with pytest.raises(DataError, match=r"itself\.png cannot be read.*Replace or remove it"):
        list(map(opened.pictures.picture, range(11)))


def test_names_of_images_that_are_not_utf_8(tmp_path: Path) -> None:
    root, cache = fill(tmp_path / "photos", "cat", "dog"), tmp_path / "cache"
    (root / "cat" / "0.png").rename(root / "cat" / f"{LATIN_1}.png")
    fill(root / "dog", LATIN_1)
    opened = open_pictures(f"imagefolder:{root}", size=8, seed=0, cache_dir=cache)
    again = open_pictures(f"imagefolder:{root}", size=8, seed=0, cache_dir=cache)
    assert opened.fingerprint == again.fingerprint
    assert len(opened.train) + len(opened.val) == 15
    colours = [np.asarray(opened.train.picture(index))[0, 0, 0] for index in range(12)]
    assert set(colours) <= set(range(5))
    assert len(set(opened.train.keys())) == 12


def test_the_name_of_a_class_must_be_utf_8(tmp_path: Path) -> None:
    fill(tmp_path, "cat", LATIN_1)
    with pytest.raises(DataError, match=r"the class folder 'caf\\udce9' has a name that is not"):
        numbers(tmp_path)


COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"  # as most write it, and as macOS does


@pytest.mark.parametrize("train", [COMPOSED, DECOMPOSED])
@pytest.mark.parametrize("val", [COMPOSED, DECOMPOSED])
def test_a_class_is_the_same_in_either_form(tmp_path: Path, train: str, val: str) -> None:
    fill(tmp_path / "train", train, "dog")
    fill(tmp_path / "val", val, "dog", count=2)
    listing = list_folder(tmp_path, split_dir=None, seed=0)
    assert listing.class_names == (COMPOSED, "dog")
    assert all((tmp_path / file).is_file() for part in listing.files.values() for file, _ in part)
    assert len(listing.files["val"]) == 4


def test_two_classes_that_differ_in_form_alone(tmp_path: Path) -> None:
    fill(tmp_path, COMPOSED, DECOMPOSED, "dog")
    with pytest.raises(DataError, match=r"'cafe\\u0301' and 'caf\\xe9' in Unicode's forms. Merge"):
        numbers(tmp_path)
