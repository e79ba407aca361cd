"""The emoji: what is promised of the cut-outs and of the images made from them."""

import numpy as np
import pytest
import torch

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images import emoji
from nasbench_mvit.training.images.arrays import ImageData, margin, stored_size
from nasbench_mvit.training.images.emoji import CLASS_NAMES, cut_outs
from nasbench_mvit.training.images.emoji.background import background
from nasbench_mvit.training.images.sources import open_images, open_test
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.stream import CanvasStream

SPLITS = ("train", "val", "test")
MAX_PACKAGED_BYTES = 8_000_000
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def images() -> ImageData:
    return open_images("emoji", cell_size=32)


def test_every_class_has_equally_many_images_in_colour(images: ImageData) -> None:
    for split, per_class in ((images.train, 600), (images.val, 150)):
        assert np.bincount(split.labels).tolist() == [per_class] * images.num_classes
        assert split.images.shape[1:] == (3, stored_size(32), stored_size(32))
    assert open_test("emoji", cell_size=8).labels.tolist() == images.val.labels.tolist()


def test_stored_studies_know_these_images_by_their_fingerprint(images: ImageData) -> None:
    assert images.fingerprint == "db1f0cfeec53d221"


def test_no_object_is_in_two_splits_and_each_has_one_class() -> None:
    names, contents = [], []
    for split in SPLITS:
        found = cut_outs(split)
        labels_of = {pair[0]: pair[1] for pair in zip(found.objects, found.labels, strict=True)}
        assert [labels_of[number] for number in found.objects] == found.labels.tolist()
        assert set(found.labels.tolist()) == set(range(len(CLASS_NAMES)))
        names.append(set(zip(found.names.tolist(), found.labels.tolist(), strict=True)))
        both_ways = (*found.rgba, *found.rgba[:, :, ::-1])
        contents.append({picture.tobytes() for picture in both_ways})
    for parts in (names, contents):
        assert sum(map(len, parts)) == len(set.union(*parts))


def test_alpha_is_kept_and_what_it_hides_is_black() -> None:
    rgba = cut_outs("val").rgba
    assert rgba.dtype == np.uint8
    assert rgba.shape[1:] == (emoji.CUT_OUT_PX, emoji.CUT_OUT_PX, 4)
    alpha = rgba[..., 3]
    assert ((alpha > 0) & (alpha < 255)).any()
    assert not rgba[alpha == 0].any()


@pytest.mark.parametrize("cell_size", [16, 32, 64])
def test_every_shift_keeps_an_object_whole(cell_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emoji, "background", lambda _, side: np.zeros((side, side, 3)))
    shown = open_test("emoji", cell_size=cell_size).images
    edge = 2 * margin(cell_size)
    inside = shown[:, :, edge:-edge, edge:-edge]
    assert inside.sum(dtype=np.int64) == shown.sum(dtype=np.int64)
    assert shown.reshape(len(shown), -1).any(1).all()


def test_backgrounds_differ_in_colour_and_repeat_by_their_seed() -> None:
    drawn = [background(np.random.default_rng(seed), 36) for seed in range(60)]
    assert len({image.tobytes() for image in drawn}) == len(drawn)
    assert min(image.min() for image in drawn) >= 0
    assert max(image.max() for image in drawn) <= 255
    assert np.ptp([image.mean((0, 1)) for image in drawn], axis=0).min() > 128
    np.testing.assert_array_equal(drawn[7], background(np.random.default_rng(7), 36))


@pytest.mark.parametrize("layout", ["grid", "scattered"])
def test_canvases_are_in_colour_and_a_function_of_seed_and_step(
    images: ImageData, layout: str
) -> None:
    proxy = ProxyConfig.model_validate({"layout": layout, "batch_size": 4})
    streams = [CanvasStream(images, proxy, seed=seed, device=CPU) for seed in (0, 0, 1)]
    first, same, other = (stream.training_batch(5).canvases for stream in streams)
    assert first.shape == (4, 3, 64, 64)
    assert not torch.equal(first[:, 0], first[:, 2])
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_package_stays_small_and_carries_source_and_licences() -> None:
    assert sum(path.stat().st_size for path in emoji.FOLDER.glob("*.npz")) < MAX_PACKAGED_BYTES
    for name, text in (("LICENSE", "Apache License"), ("LICENSE-data", "Cal Henderson")):
        assert text in (emoji.FOLDER / name).read_text(encoding="utf-8")
    assert "Apache-2.0" in emoji.DESCRIPTION.licence
    assert "emoji-datasource-google" in emoji.DESCRIPTION.origin


def test_more_than_fits_into_memory_is_refused_before_it_is_made() -> None:
    with pytest.raises(DataError, match=r"6000 images of 1152 px take .* at most 4 GiB"):
        open_images("emoji", cell_size=1024)
