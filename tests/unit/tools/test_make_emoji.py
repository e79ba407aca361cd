"""The tool that chooses emoji, on a made-up package."""

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import make_emoji
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from nasbench_mvit.training.images.emoji import CLASS_NAMES

PACKAGE = "emoji.tgz"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package with ten emoji of each class, the first of each with a variant."""
    rng = np.random.default_rng(0)
    entries, files = [], {}
    for label, prefixes in enumerate(make_emoji.SUBCATEGORIES.values()):
        for number in range(10):
            code = f"{0x20000 + 100 * label + number:X}"
            entry = {
                "short_name": code,
                "unified": code,
                "image": f"{code}.png",
                "subcategory": prefixes[0],
                "has_img_google": True,
            }
            variant = {"image": f"{code}-1f3fb.png", "has_img_google": True}
            entries.append(entry | ({} if number else {"skin_variations": {"1F3FB": variant}}))
            for shown in (entry, variant):
                small = Image.fromarray(rng.integers(256, size=(8, 8, 4), dtype=np.uint8))
                file = io.BytesIO()
                small.resize((64, 64)).save(file, "PNG")
                files[f"{make_emoji.PICTURES}/{shown['image']}"] = file.getvalue()
    files["package/emoji.json"] = json.dumps(entries).encode()
    path = tmp_path / PACKAGE
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(make_emoji, "PACKAGE_SHA256", digest)
    return path


def _make(monkeypatch: pytest.MonkeyPatch, package: Path, out: Path) -> None:
    out.mkdir()
    monkeypatch.setattr(sys, "argv", ["make_emoji", str(package), str(out)])
    make_emoji.main()


def test_splits_share_no_object_and_repeat_bit_for_bit(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        _make(monkeypatch, package, tmp_path / name)
    names: list[str] = []
    num_pictures = 0
    for split, objects in (("train", 6), ("val", 2), ("test", 2)):
        path = tmp_path / "first" / f"emoji_{split}.npz"
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()
        with np.load(path, allow_pickle=False) as arrays:
            numbers, labels = np.unique(arrays["objects"]), arrays["labels"]
            assert len(numbers) == objects * len(CLASS_NAMES)
            assert set(labels) == set(range(len(CLASS_NAMES)))
            names += sorted(set(arrays["names"].tolist()))
            num_pictures += len(labels)
    assert len(names) == len(set(names)) == 10 * len(CLASS_NAMES)
    assert num_pictures == 11 * len(CLASS_NAMES)


def test_another_package_is_refused_with_both_checksums(
    package: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    package.write_bytes(package.read_bytes()[:-1])
    with pytest.raises(SystemExit):
        _make(monkeypatch, package, tmp_path / "out")
    assert f"must be {make_emoji.PACKAGE_SHA256}, it is " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1F44B", "1F44B-1F3FD"),  # waving hand, its skin tone
        ("1F3C3", "1F3C3-1F3FF-200D-2640-FE0F-200D-27A1-FE0F"),  # runner, woman facing right
        ("1F468-200D-1F680", "1F469-1F3FE-200D-1F680"),  # man and woman astronaut
        ("1F468", "1F9D1-200D-1F9B0"),  # man, red-haired person
        ("1F43B", "1F43B-200D-2744-FE0F"),  # bear, polar bear
    ],
)
def test_variants_are_one_object(one: str, other: str) -> None:
    assert make_emoji.object_key(one) == make_emoji.object_key(other)


@pytest.mark.parametrize(("one", "other"), [("1F436", "1F408"), ("1F468-200D-1F680", "1F468")])
def test_different_things_are_different_objects(one: str, other: str) -> None:
    assert make_emoji.object_key(one) != make_emoji.object_key(other)


def _picture(rgba: npt.NDArray[np.int64], label: int = 0) -> make_emoji.Picture:
    return make_emoji.Picture(rgba.astype(np.uint8), "", label, str(rgba.sum()) + str(label))


def test_pictures_that_look_alike_are_one_object_within_a_class() -> None:
    rng = np.random.default_rng(1)
    one = rng.integers(256, size=(16, 16, 4)).repeat(4, 0).repeat(4, 1)
    other = rng.integers(256, size=(16, 16, 4)).repeat(4, 0).repeat(4, 1)
    nearly = np.minimum(one + 2, 255)
    pictures = [_picture(one), _picture(other), _picture(nearly[:, ::-1]), _picture(one, label=1)]
    groups = make_emoji.objects_of(pictures)
    assert sorted(len(group) for group in groups) == [1, 1, 2]
