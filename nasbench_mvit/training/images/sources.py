"""The images of every source, loaded alike; numpy and Pillow, no torch."""

from pathlib import Path

from nasbench_mvit.errors import DataError, check_type, unknown
from nasbench_mvit.training.images.arrays import ImageData, Split
from nasbench_mvit.training.images.embedded import open_embedded, open_embedded_test
from nasbench_mvit.training.images.emoji import open_emoji, open_emoji_test
from nasbench_mvit.training.images.fashion_mnist import open_fashion_mnist, open_fashion_mnist_test
from nasbench_mvit.training.images.folders.image_folder import open_folder, open_folder_test
from nasbench_mvit.training.images.huggingface import open_hub, open_hub_test

SOURCES = (
    "embedded",
    "emoji",
    "fashion_mnist:PATH",
    "huggingface:NAME_OR_PATH[:CONFIG]",
    "imagefolder:PATH",
)
ANNOTATED_KINDS = ("coco", "voc")  # kinds of sources of boxes and masks
PACKAGED = tuple(source for source in SOURCES if ":" not in source)


def open_images(
    source: str, *, cell_size: int, cache_dir: Path | None = None, seed: int = 0
) -> ImageData:
    """Return the training and validation images of a source.

    Args:
        source: one of
            "embedded", the Fashion-MNIST subset of this package;
            "emoji", its cut-outs in colour on drawn backgrounds;
            "fashion_mnist:PATH", a folder with the four IDX files of all of Fashion-MNIST;
            "imagefolder:PATH", a folder with one folder per class, or with ``train/`` and ``val/``
            that hold these;
            "huggingface:NAME_OR_PATH" or "huggingface:NAME_OR_PATH:CONFIG", what the library
            ``datasets`` (an extra) finds on the Hugging Face Hub or in a folder.
        cell_size: side in pixels of the square an image will fill.
        cache_dir: where decoded images and the split of a folder are kept for the next opening;
            it may be deleted at any time.
        seed: draws the validation images where a source does not set them apart itself.

    Raises:
        DataError: the source is unknown, missing, broken or too small to learn from.
    """
    kind, location = parse_source(source)
    if kind == "embedded":
        return open_embedded(cell_size=cell_size)
    if kind == "emoji":
        return open_emoji(cell_size=cell_size)
    if kind == "fashion_mnist":
        return open_fashion_mnist(Path(location), cell_size=cell_size, seed=seed)
    if kind == "huggingface":
        return open_hub(location, cell_size=cell_size, cache_dir=cache_dir, seed=seed)
    return open_folder(Path(location), cell_size=cell_size, cache_dir=cache_dir, seed=seed)


def open_test(source: str, *, cell_size: int, cache_dir: Path | None = None) -> Split:
    """Return the test images, which no search may look at: a chosen network is scored on them once.

    Args:
        source: as for ``open_images``; a folder needs a ``test/`` beside ``train/`` and ``val/``,
            a set of Hugging Face a labelled split of that name.
        cell_size: side in pixels of the square an image will fill.
        cache_dir: where decoded images are kept for the next opening.

    Raises:
        DataError: the source is unknown or broken, or has no test images.
    """
    kind, location = parse_source(source)
    if kind == "embedded":
        return open_embedded_test(cell_size=cell_size)
    if kind == "emoji":
        return open_emoji_test(cell_size=cell_size)
    if kind == "fashion_mnist":
        return open_fashion_mnist_test(Path(location), cell_size=cell_size)
    if kind == "huggingface":
        return open_hub_test(location, cell_size=cell_size, cache_dir=cache_dir)
    return open_folder_test(Path(location), cell_size=cell_size, cache_dir=cache_dir)


def absolute_source(source: str, patterns: tuple[str, ...] = SOURCES) -> str:
    """Return ``source`` as it means the same in any working directory.

    Raises:
        DataError: the source is unknown.
    """
    kind, location = parse_source(source, patterns)
    if kind == "huggingface" and not Path(location).exists():
        name, _, config = location.rpartition(":")
        is_folder = bool(name) and Path(name).exists()
        return f"{kind}:{Path(name).resolve()}:{config}" if is_folder else source
    return f"{kind}:{Path(location).resolve()}" if location else source


def parse_source(
    source: str, patterns: tuple[str, ...] = SOURCES, example: str = "imagefolder:photos"
) -> tuple[str, str]:
    """Return the kind of a source and its location, checked to be there where it must.

    Args:
        source: the kind, and after a colon the location, but for embedded images.
        patterns: the known sources.
        example: one of a person's own images, for messages.

    Raises:
        DataError: the source is of no known kind, or lacks its location.
    """
    check_type(source, str, f"a source of images must be text, like {example}", DataError)
    kind, colon, location = source.partition(":")
    known = {pattern.partition(":")[0] for pattern in patterns}
    complete = not colon if kind in PACKAGED else bool(location)
    if kind in ANNOTATED_KINDS and kind not in known:
        raise DataError(
            f"'{source}' has boxes or masks, for a network that detects or segments: give `task=` "
            f"to a training, or a study whose proxy.task is that. To classify name images with "
            f"labels, like {example}."
        )
    if kind not in known or not complete:
        raise DataError(
            f"{unknown('image source', source, patterns)} Write your own images as "
            f"'{example.partition(':')[0]}:' and the path of a folder, like {example}."
        )
    return kind, _expanded(location)


def _expanded(location: str) -> str:
    """Return a location with a leading ~ replaced by the home it stands for."""
    if not location.startswith("~"):
        return location
    try:
        return str(Path(location).expanduser())
    except RuntimeError:
        raise DataError(
            f"'{location}' refers to the home folder of a user who does not exist on this machine. "
            "Write the full path of the folder."
        ) from None
