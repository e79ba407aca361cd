"""Single image files: every kind becomes the same RGB, damaged ones one message."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images import arrays
from nasbench_mvit.training.images import decode as module
from nasbench_mvit.training.images.decode import (
    Encoded,
    decode,
    decode_all,
    decode_whole,
    picture_size,
)

SIDE = 18
GREY = (100, 100, 100)
WHITE = 255
JPEG_ERROR = 3  # of 255, what lossy compression may change


def _encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _png_of_16_bit_rgb(value: int) -> bytes:
    """Pillow writes no such file."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    row = b"\0" + struct.pack(">H", value) * 3 * SIDE
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row * SIDE))
        + chunk(b"IEND", b"")
    )


def _sixteen_bit(dtype: str) -> Image.Image:
    return Image.fromarray(np.full((50, 50), 100 * 257, dtype))


UNIFORM_GREY = {
    "grey": _encode(Image.new("L", (50, 50), 100)),
    "16-bit grey": _encode(_sixteen_bit("<u2")),
    "16-bit grey, big-endian TIFF": _encode(_sixteen_bit(">u2"), "TIFF"),
    "32-bit integers, TIFF": _encode(_sixteen_bit("<i4"), "TIFF"),
    "16-bit RGB": _png_of_16_bit_rgb(100 * 257),
    "palette": _encode(Image.new("RGB", (50, 50), GREY).quantize(4)),
    "GIF": _encode(Image.new("RGB", (50, 50), GREY).quantize(4), "GIF"),
    "opaque alpha": _encode(Image.new("RGBA", (50, 50), (*GREY, 255))),
    "grey with alpha": _encode(Image.new("LA", (50, 50), (100, 255))),
    "CMYK": _encode(Image.new("CMYK", (50, 50), (0, 0, 0, 155)), "TIFF"),
    "CMYK JPEG": _encode(Image.new("CMYK", (50, 50), (0, 0, 0, 155)), "JPEG"),
    "grey JPEG": _encode(Image.new("L", (50, 50), 100), "JPEG"),
    "WebP": _encode(Image.new("RGB", (50, 50), GREY), "WEBP"),
    "BMP": _encode(Image.new("RGB", (50, 50), GREY), "BMP"),
}


@pytest.mark.parametrize("kind", UNIFORM_GREY)
def test_any_kind_of_image_becomes_eight_bit_rgb(kind: str) -> None:
    image_CHW = decode(Encoded("x", UNIFORM_GREY[kind]), SIDE)
    assert image_CHW.shape == (3, SIDE, SIDE)
    assert image_CHW.dtype == np.uint8
    np.testing.assert_allclose(image_CHW.astype(int), 100, atol=JPEG_ERROR)


def test_black_and_white_bits_become_0_and_255() -> None:
    image_CHW = decode(Encoded("x", _encode(Image.new("1", (50, 50), 1))), SIDE)
    np.testing.assert_array_equal(image_CHW, np.full_like(image_CHW, WHITE))


def _hidden_red_palette() -> bytes:
    image = Image.new("P", (50, 50), 0)
    image.putpalette([200, 0, 0, 0, 200, 0])
    return _encode(image, transparency=0)


@pytest.mark.parametrize(
    "content",
    [
        _encode(Image.new("RGBA", (50, 50), (200, 0, 0, 0))),
        _encode(Image.new("LA", (50, 50), (0, 0))),
        _hidden_red_palette(),
        _encode(Image.new("RGB", (50, 50), (200, 0, 0)), transparency=(200, 0, 0)),
    ],
    ids=["RGBA", "LA", "palette", "colour key"],
)
def test_what_is_transparent_is_white_whatever_colour_hides_there(content: bytes) -> None:
    image_CHW = decode(Encoded("x", content), SIDE)
    np.testing.assert_array_equal(image_CHW, np.full_like(image_CHW, WHITE))


def test_half_transparent_pixels_are_blended_with_white() -> None:
    alpha = 51
    content = _encode(Image.new("RGBA", (50, 50), (0, 0, 0, alpha)))
    image_CHW = decode(Encoded("x", content), SIDE)
    np.testing.assert_array_equal(image_CHW, np.full_like(image_CHW, WHITE - alpha))


UPRIGHT = np.array([[0, 85], [170, 255]], np.uint8).repeat(SIDE // 2, 0).repeat(SIDE // 2, 1)
STORED = {  # where the first row and column of a stored photograph lie, by EXIF orientation
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.T,
    6: np.rot90(UPRIGHT, 1),
    7: UPRIGHT[::-1, ::-1].T,
    8: np.rot90(UPRIGHT, -1),
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_photographs_are_turned_upright(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation]))
    content = _encode(stored, kind, exif=exif, **options)
    np.testing.assert_array_equal(decode(Encoded("x", content), SIDE)[0], UPRIGHT)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", [*STORED, 9])
def test_the_size_of_the_header_is_that_of_the_whole(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image = Encoded("x", _encode(Image.new("RGB", (30, 20)), kind, exif=exif))
    turned = 5 <= orientation <= 8
    assert picture_size(image) == decode_whole(image).size == ((20, 30) if turned else (30, 20))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientations_the_standard_does_not_know_turn_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    content = _encode(Image.fromarray(UPRIGHT), exif=exif)
    np.testing.assert_array_equal(decode(Encoded("x", content), SIDE)[0], UPRIGHT)


def test_damaged_exif_data_do_not_cost_the_image() -> None:
    content = _encode(Image.fromarray(UPRIGHT), exif=b"Exif\0\0XX\0*junk")
    np.testing.assert_array_equal(decode(Encoded("x", content), SIDE)[0], UPRIGHT)


def test_floating_point_pixels_are_refused_with_the_reason() -> None:
    content = _encode(Image.fromarray(np.full((50, 50), 0.5, np.float32)), "TIFF")
    with pytest.raises(DataError, match=r"photo\.tif cannot be read.*save it as 8-bit"):
        decode(Encoded("photo.tif", content), SIDE)


@pytest.mark.parametrize("content", [b"", b"no image", _encode(Image.new("L", (9, 9)))[:-30]])
def test_message_names_the_image_and_no_object_in_memory(content: bytes) -> None:
    with pytest.raises(DataError, match=r"^photo cannot be read as an image: (?!.* at 0x)"):
        decode(Encoded("photo", content), SIDE)


def test_more_pixels_than_a_photograph_can_have_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(DataError, match=r"photo cannot be read.*decompression bomb"):
        decode(Encoded("photo", _encode(Image.new("L", (50, 50)))), SIDE)


@pytest.mark.filterwarnings(
    "ignore:.*:UserWarning:PIL", "ignore::PIL.Image.DecompressionBombWarning"
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "PPM"])
def test_any_damage_leaves_an_image_or_a_data_error(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    options = {"exif": exif} if kind in {"JPEG", "PNG", "TIFF", "WEBP"} else {}
    intact = _encode(Image.fromarray(pixels), kind, **options)
    rng = random.Random(0)  # noqa: S311 - repeatable damage
    refused = 0
    for _ in range(150):
        content = bytearray(intact)
        for _ in range(rng.choice((1, 2, 4))):
            content[rng.randrange(min(len(content), 140))] = rng.randrange(256)
        try:
            assert decode(Encoded("x", bytes(content)), SIDE).shape == (3, SIDE, SIDE)
        except DataError:
            refused += 1
    assert refused


def test_images_come_in_order_and_each_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 2 * module.IN_FLIGHT + 1
    for value in range(count):
        Image.new("L", (4, 4), value % 256).save(tmp_path / f"{value}.png")
    opened: list[str] = []
    real: Callable[..., Image.Image] = Image.open

    def counting(source: Path) -> Image.Image:
        opened.append(source.name)
        return real(source)

    monkeypatch.setattr(Image, "open", counting)
    encoded = (Encoded(str(n), tmp_path / f"{n}.png") for n in range(count))
    images_NCHW = decode_all(encoded, count, origin="here", cell_size=16)
    np.testing.assert_array_equal(images_NCHW[:, 0, 0, 0], np.arange(count) % 256)
    assert sorted(opened) == sorted(f"{n}.png" for n in range(count))


def test_encoded_images_are_fetched_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IN_FLIGHT", 4)
    fetched, content = 0, _encode(Image.new("L", (4, 4)))

    def endless() -> object:
        nonlocal fetched
        while True:
            fetched += 1
            yield Encoded("x", content if fetched < 6 else b"")

    with pytest.raises(DataError):
        decode_all(endless(), 1000, origin="here", cell_size=16)  # type: ignore[arg-type]
    assert fetched == 8


def test_more_than_memory_holds_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    side = arrays.stored_size(16)
    monkeypatch.setattr(arrays, "MAX_DECODED_BYTES", 3 * side**2)
    with pytest.raises(DataError, match=rf"here: 2 images of {side} px take .* Search on fewer"):
        decode_all(iter([]), 2, origin="here", cell_size=16)
