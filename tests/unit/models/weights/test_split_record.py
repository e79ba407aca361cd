"""What weights remember of the images of their training."""

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
from tiny_training import noise_split, tiny_spec

from nasbench_mvit.errors import WeightsError
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import (
    METADATA_KEY,
    Notes,
    load_model,
    read_notes,
    save_model,
)
from nasbench_mvit.models.weights.split_record import DIGEST_BYTES, ImageKey, SplitRecord
from nasbench_mvit.training.images.pictures import (
    ArrayPictures,
    ChosenPictures,
    FilePictures,
    JoinedPictures,
)

GOLDEN = Path(__file__).parents[3] / "golden"


def key(content: str, name: str = "") -> ImageKey:
    return ImageKey(content.encode().ljust(DIGEST_BYTES), f"{content}{name}".encode())


RECORD = SplitRecord.of([key("a"), key("b")], [key("c"), key("d")], seed=3)
EVERY = np.ones(4, bool)


def test_images_are_known_by_their_content() -> None:
    known = RECORD.known([key("d", "elsewhere"), key("x"), key("a"), key("b")], EVERY)
    assert known.is_held_out.tolist() == [True, False, False, False]
    assert known.is_trained.tolist() == [False, False, True, True]
    assert known.num_missing == 1  # c


def test_of_two_copies_the_one_that_was_held_out_is_so() -> None:
    record = SplitRecord.of([key("a", "/1"), key("b", "/2")], [key("a", "/3")], seed=0)
    known = record.known([key("a", "/1"), key("b", "/2"), key("a", "/3"), key("a", "/4")], EVERY)
    assert known.is_held_out.tolist() == [False, False, True, False]
    assert known.is_trained.tolist() == [True, True, False, True]
    # Pixels in memory have no names: there it is the copy that stands in the validation split.
    record = SplitRecord.of([key("a"), key("b")], [key("a")], seed=0)
    known = record.known([key("a"), key("a")], np.array([True, False]))
    assert known.is_held_out.tolist() == [True, False]
    assert known.is_trained.tolist() == [False, True]


def test_it_comes_back_from_a_weights_file(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    notes = Notes(classes=("x", "y"), resize=36, crop=32, images=_real_record())
    save_model(path, build_model(tiny_spec(), 2), tiny_spec(), notes)
    assert read_notes(path) == notes
    assert _header(path)["notes"].keys() == {"classes", "resize", "crop"}  # as older versions know


def test_files_without_it_open(tmp_path: Path) -> None:
    assert read_notes(GOLDEN / "weights_v1.safetensors") == Notes()
    path = tmp_path / "model.safetensors"
    save_model(path, build_model(tiny_spec(), 2), tiny_spec(), Notes(crop=32))
    assert "images" not in _header(path)
    assert read_notes(path) == Notes(crop=32)


@pytest.mark.parametrize(
    "damage",
    [
        {"trained": "AAAA"},
        {"held_out": "no base64!"},
        {"held_out_copies": 3},
        {"seed": "many"},
        {"seed": None},
    ],
)
def test_a_damaged_record_is_named(tmp_path: Path, damage: dict[str, object]) -> None:
    path = tmp_path / "model.safetensors"
    save_model(path, build_model(tiny_spec(), 2), tiny_spec(), Notes(images=_real_record()))
    header = _header(path)
    header["images"] |= damage
    tensors = safetensors.torch.load_file(path)
    safetensors.torch.save_file(tensors, path, {METADATA_KEY: json.dumps(header)})
    with pytest.raises(WeightsError, match=r"damaged, .* Copy or download it again"):
        read_notes(path)
    load_model(path)  # a network needs no record


def test_keys_follow_images_wherever_they_are(tmp_path: Path) -> None:
    first, second = (ArrayPictures(noise_split(5, 32, seed)) for seed in (0, 1))
    joined = JoinedPictures(first, second)
    assert joined.keys() == [*first.keys(), *second.keys()]
    assert len(set(joined.keys())) == 10
    chosen = ChosenPictures(joined, np.arange(10) % 3 == 0)
    assert chosen.keys() == joined.keys()[::3]
    assert chosen.labels.tolist() == joined.labels[::3].tolist()
    assert chosen.picture(2).tobytes() == joined.picture(6).tobytes() == second.picture(1).tobytes()

    for root in ("here", "there/train"):
        (tmp_path / root / "cat").mkdir(parents=True)
        (tmp_path / root / "cat" / "1.png").write_bytes(b"one")
        (tmp_path / root / "cat" / "2.png").write_bytes(b"two")
    names = [("cat/1.png", 0), ("cat/2.png", 0)]
    here = FilePictures(tmp_path / "here", names)
    there = FilePictures(tmp_path / "there", [(f"train/{name}", label) for name, label in names])
    assert here.keys() == there.keys()


def _real_record() -> SplitRecord:
    train, val = (ArrayPictures(noise_split(5, 32, seed)).keys() for seed in (0, 1))
    return SplitRecord.of([*train, val[0]], val, seed=7)


def _header(path: Path) -> dict[str, dict[str, object]]:
    with safetensors.safe_open(path, framework="pt") as file:
        content: dict[str, dict[str, object]] = json.loads(file.metadata()[METADATA_KEY])
    return content
