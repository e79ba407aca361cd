"""One door to the images of every source; numpy and Pillow, no torch."""

from pathlib import Path

from nasbench_mvit.errors import DataError, unknown
from nasbench_mvit.training.embedded import open_embedded, open_embedded_test
from nasbench_mvit.training.imagefolder import open_folder, open_folder_test
from nasbench_mvit.training.images import ImageData, Split

SOURCES = ("embedded", "imagefolder:PATH")


def open_images(
    source: str, *, cell_size: int, cache_dir: Path | None = None, seed: int = 0
) -> ImageData:
    """Return the training and validation images of a source.

    Args:
        source: "embedded" (the Fashion-MNIST subset of this package) or "imagefolder:PATH", a
            folder with one folder per class, or with ``train/`` and ``val/`` that hold these.
        cell_size: side in pixels of the square an image will fill.
        cache_dir: where a folder's decoded images and its split are kept for the next opening.
        seed: draws the split of a folder that has no ``val/``.

    Raises:
        DataError: the source is unknown, missing, broken or too small to learn from.
    """
    kind, colon, location = source.partition(":")
    if kind == "embedded" and not colon:
        return open_embedded(cell_size=cell_size)
    if kind == "imagefolder" and location:
        return open_folder(
            Path(location).expanduser(), cell_size=cell_size, cache_dir=cache_dir, seed=seed
        )
    raise DataError(_unknown_source(source))


def open_test(source: str, *, cell_size: int) -> Split:
    """Return the test images, which no search may look at: they judge a chosen network once.

    Args:
        source: as for ``open_images``; a folder needs a ``test/`` beside ``train/`` and ``val/``.
        cell_size: side in pixels of the square an image will fill.

    Raises:
        DataError: the source is unknown or broken, or has no test images.
    """
    kind, colon, location = source.partition(":")
    if kind == "embedded" and not colon:
        return open_embedded_test(cell_size=cell_size)
    if kind == "imagefolder" and location:
        return open_folder_test(Path(location).expanduser(), cell_size=cell_size)
    raise DataError(_unknown_source(source))


def _unknown_source(source: str) -> str:
    return (
        f"{unknown('image source', source, SOURCES)} Write the images of a study as "
        "'imagefolder:' and the path of a folder, like imagefolder:photos."
    )
