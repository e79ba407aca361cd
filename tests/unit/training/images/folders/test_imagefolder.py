"""A user's image folder: decoding, splitting, caching and every mistake with its own message."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.arrays import ImageData, stored_size
from nasbench_mvit.training.images.sources import open_images, open_test

CELL = 32
SIDE = stored_size(CELL)
RED, GREEN = (200, 20, 20), (20, 200, 20)


def _write(
    path: Path, colour: tuple[int, int, int] = RED, size: tuple[int, int] = (40, 30)
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def _two_classes(root: Path, count: int = 5) -> Path:
    for name, colour in (("apple", RED), ("pear", GREEN)):
        for index in range(count):
            _write(root / name / f"{index}.png", colour, size=(40 + index, 30))
    return root


def _open(root: Path, cache_dir: Path | None = None, seed: int = 0) -> ImageData:
    return open_images(f"imagefolder:{root}", cell_size=CELL, cache_dir=cache_dir, seed=seed)


def test_class_folders_are_split_80_to_20_within_each_class(tmp_path: Path) -> None:
    data = _open(_two_classes(tmp_path, count=10))
    assert data.class_names == ("apple", "pear")
    assert np.bincount(data.train.labels).tolist() == [8, 8]
    assert np.bincount(data.val.labels).tolist() == [2, 2]
    assert data.train.images.shape == (16, 3, SIDE, SIDE)
    for part in (data.train, data.val):
        colours = np.array([RED, GREEN])[part.labels]
        np.testing.assert_array_equal(part.images[:, :, SIDE // 2, SIDE // 2], colours)


def test_two_images_give_one_to_each_part(tmp_path: Path) -> None:
    data = _open(_two_classes(tmp_path, count=2))
    assert (len(data.train), len(data.val)) == (2, 2)


def test_split_depends_on_the_seed_alone(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    for name in ("a", "b"):
        for index in range(20):
            _write(root / name / f"{index}.png", (index, 0, 0))
    first, again, other = _open(root, seed=1), _open(root, seed=1), _open(root, seed=2)
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_explicit_parts_are_taken_as_they_are(tmp_path: Path) -> None:
    _two_classes(tmp_path / "train", count=3)
    _two_classes(tmp_path / "val", count=1)
    _two_classes(tmp_path / "test", count=2)
    data = _open(tmp_path)
    assert (len(data.train), len(data.val)) == (6, 2)
    assert len(open_test(f"imagefolder:{tmp_path}", cell_size=CELL)) == 4


def test_test_images_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("train", "val", "test"):
        _two_classes(tmp_path / "photos" / part, count=2)
    source, cache = f"imagefolder:{tmp_path / 'photos'}", tmp_path / "cache"
    first = open_test(source, cell_size=CELL, cache_dir=cache)
    opened = _count_opened(monkeypatch)
    again = open_test(source, cell_size=CELL, cache_dir=cache)
    assert opened == []
    np.testing.assert_array_equal(again.images, first.images)
    np.testing.assert_array_equal(again.labels, first.labels)


def test_test_images_must_be_there_to_be_opened(tmp_path: Path) -> None:
    _two_classes(tmp_path / "train")
    _two_classes(tmp_path / "val")
    with pytest.raises(DataError, match=r"no test images: test/ is missing"):
        open_test(f"imagefolder:{tmp_path}", cell_size=CELL)


def test_photograph_is_turned_upright_and_cropped_at_its_centre(tmp_path: Path) -> None:
    _two_classes(tmp_path)
    picture = Image.new("RGB", (3 * SIDE, SIDE), (0, 0, 255))
    picture.paste(RED, (SIDE, 0, 2 * SIDE, SIDE // 2))  # the centre: red above, green below
    picture.paste(GREEN, (SIDE, SIDE // 2, 2 * SIDE, SIDE))
    exif = Image.Exif()
    orientation, upside_down = 0x0112, 3
    exif[orientation] = upside_down
    for index in range(5):
        picture.save(tmp_path / "apple" / f"{index}.png", exif=exif)
    data = _open(tmp_path)
    image = data.train.images[data.train.labels == 0][0]
    np.testing.assert_array_equal(image[:, 0, SIDE // 2], GREEN)
    np.testing.assert_array_equal(image[:, -1, SIDE // 2], RED)


def test_other_files_and_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    _two_classes(tmp_path)
    (tmp_path / "apple" / "notes.txt").write_text("x")
    (tmp_path / "apple" / "._0.png").write_bytes(b"resource fork")
    (tmp_path / ".thumbnails").mkdir()
    (tmp_path / "README.md").write_text("x")
    data = _open(tmp_path)
    assert data.class_names == ("apple", "pear")
    assert len(data.train) + len(data.val) == 10


def _count_opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    opened: list[Path] = []
    real = Image.open

    def counting(path: Path) -> Image.Image:
        opened.append(path)
        return real(path)

    monkeypatch.setattr(Image, "open", counting)
    return opened


def test_cache_answers_without_decoding_and_notices_a_changed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, cache = _two_classes(tmp_path / "photos"), tmp_path / "cache"
    first = _open(root, cache)
    opened = _count_opened(monkeypatch)
    assert _open(root, cache).fingerprint == first.fingerprint
    assert not opened
    _write(root / "apple" / "0.png", (1, 2, 3), size=(90, 90))
    assert _open(root, cache).fingerprint != first.fingerprint
    assert len(opened) == 10


def test_thousands_of_files_are_each_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, cache = tmp_path / "photos", tmp_path / "cache"
    content = _two_classes(tmp_path / "one", count=1).joinpath("apple", "0.png").read_bytes()
    for name in ("apple", "pear"):
        (root / name).mkdir(parents=True)
        for index in range(1500):
            (root / name / f"{index}.png").write_bytes(content)
    opened = _count_opened(monkeypatch)
    data = open_images(f"imagefolder:{root}", cell_size=16, cache_dir=cache)
    assert len(data.train) + len(data.val) == 3000
    assert sorted(opened) == sorted(root.glob("*/*.png"))
    opened.clear()
    open_images(f"imagefolder:{root}", cell_size=16, cache_dir=cache)
    assert not opened


def test_unequal_classes_keep_their_proportions(tmp_path: Path) -> None:
    _two_classes(tmp_path, count=3)
    for index in range(3, 40):
        _write(tmp_path / "pear" / f"{index}.png", GREEN)
    data = _open(tmp_path)
    assert np.bincount(data.train.labels).tolist() == [2, 32]
    assert np.bincount(data.val.labels).tolist() == [1, 8]


def test_nested_folders_belong_to_their_class_and_hidden_ones_to_none(tmp_path: Path) -> None:
    _two_classes(tmp_path)
    _write(tmp_path / "apple" / "red" / "2024" / "0.png")
    _write(tmp_path / "apple" / "red" / "0.png")
    _write(tmp_path / "apple" / ".thumbnails" / "0.png", GREEN)
    _write(tmp_path / "pear" / "folder.png" / "0.png", GREEN)
    data = _open(tmp_path)
    labels = np.concatenate([data.train.labels, data.val.labels])
    assert np.bincount(labels).tolist() == [7, 6]


def test_linked_files_count_and_loops_of_folders_do_not(tmp_path: Path) -> None:
    root = _two_classes(tmp_path / "photos")
    _write(tmp_path / "elsewhere.png")
    (root / "apple" / "link.png").symlink_to(tmp_path / "elsewhere.png")
    (root / "apple" / "loop").symlink_to(root, target_is_directory=True)
    data = _open(root)
    assert len(data.train) + len(data.val) == 11


@pytest.mark.parametrize("cached", [True, False])
def test_link_to_nowhere_is_named(tmp_path: Path, *, cached: bool) -> None:
    root = _two_classes(tmp_path / "photos")
    (root / "apple" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(DataError, match=r"gone\.png.*Replace or remove it"):
        _open(root, tmp_path / "cache" if cached else None)


def test_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _two_classes(tmp_path)
    real = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "pear":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("nasbench_mvit.training.images.folders.tree.os.scandir", refusing)
    with pytest.raises(DataError, match=r"cannot be listed: .*Permission denied.*pear"):
        _open(tmp_path)


def test_cache_deleted_at_any_time_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, cache = _two_classes(tmp_path / "photos", count=20), tmp_path / "cache"
    first = _open(root, cache)
    shutil.rmtree(cache)
    assert _open(root, cache).fingerprint == first.fingerprint
    assert len(list(cache.iterdir())) == 2
    real = Path.replace

    def deleting(self: Path, target: Path) -> Path:
        shutil.rmtree(cache)
        return real(self, target)

    shutil.rmtree(cache)
    monkeypatch.setattr(Path, "replace", deleting)
    assert _open(root, cache).fingerprint == first.fingerprint
    assert not cache.exists()


@pytest.mark.parametrize("damage", [lambda _: b"", lambda old: old[:-100], lambda _: b"junk"])
def test_damaged_cache_is_rebuilt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    root, cache = _two_classes(tmp_path / "photos"), tmp_path / "cache"
    first = _open(root, cache)
    for path in cache.iterdir():
        path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert _open(root, cache).fingerprint == first.fingerprint
    assert "unreadable" in caplog.text
    caplog.clear()
    assert _open(root, cache).fingerprint == first.fingerprint
    assert not caplog.records


def test_split_on_record_is_reused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, cache = _two_classes(tmp_path / "photos"), tmp_path / "cache"
    first = _open(root, cache)

    def no_second_draw(*_: object) -> None:
        pytest.fail("the split was drawn again")

    monkeypatch.setattr("nasbench_mvit.training.images.folders.drawn_split._draw", no_second_draw)
    assert _open(root, cache).fingerprint == first.fingerprint


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no image folder at .*nowhere\. Correct the path"):
        _open(tmp_path / "nowhere")


def test_file_instead_of_a_folder(tmp_path: Path) -> None:
    _write(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a\.png is a file, not a folder"):
        _open(tmp_path / "a.png")


def test_no_images_names_what_is_there_instead(tmp_path: Path) -> None:
    (tmp_path / "apple").mkdir()
    (tmp_path / "apple" / "0.heic").write_bytes(b"x")
    with pytest.raises(DataError, match=r"holds no images.*found: \.heic \(1\)"):
        _open(tmp_path)


def test_images_outside_class_folders(tmp_path: Path) -> None:
    _write(tmp_path / "0.png")
    with pytest.raises(DataError, match=r"no images in class folders.*one folder per class"):
        _open(tmp_path)


def test_single_class(tmp_path: Path) -> None:
    _write(tmp_path / "apple" / "0.png")
    with pytest.raises(DataError, match=r"single class 'apple'.*at least two"):
        _open(tmp_path)


def test_class_with_a_single_image(tmp_path: Path) -> None:
    _two_classes(tmp_path)
    _write(tmp_path / "quince" / "0.png")
    with pytest.raises(DataError, match=r"cannot both train and validate a class: quince"):
        _open(tmp_path)


def test_empty_class_folder(tmp_path: Path) -> None:
    _two_classes(tmp_path)
    (tmp_path / "quince").mkdir()
    with pytest.raises(DataError, match=r"no images for the class quince"):
        _open(tmp_path)


@pytest.mark.parametrize("lacking", ["train", "val"])
def test_class_sets_that_differ(tmp_path: Path, lacking: str) -> None:
    _two_classes(tmp_path / "train")
    _two_classes(tmp_path / "val")
    other = {"train": "val", "val": "train"}[lacking]
    _write(tmp_path / other / "quince" / "0.png")
    with pytest.raises(DataError, match=rf"{lacking}/ lacks quince.*remove them from {other}/"):
        _open(tmp_path)


@pytest.mark.parametrize("present", ["train", "val"])
def test_one_part_without_the_other(tmp_path: Path, present: str) -> None:
    _two_classes(tmp_path / present)
    with pytest.raises(DataError, match=rf"has {present}/ but no"):
        _open(tmp_path)


@pytest.mark.parametrize("damage", [lambda _: b"", lambda old: old[:-40], lambda _: b"no image"])
def test_broken_image_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    _two_classes(tmp_path)
    broken = tmp_path / "pear" / "3.png"
    broken.write_bytes(damage(broken.read_bytes()))
    with pytest.raises(DataError, match=r"3\.png cannot be read as an image.*Replace or remove it"):
        _open(tmp_path)


def test_flipped_bit_in_the_cache_is_noticed(tmp_path: Path) -> None:
    root, cache = _two_classes(tmp_path / "photos"), tmp_path / "cache"
    first = _open(root, cache)
    (path,) = cache.glob("*.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert _open(root, cache).fingerprint == first.fingerprint
