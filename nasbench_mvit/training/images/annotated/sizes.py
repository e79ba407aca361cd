"""Checks that image files are there and as large as their records say."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.annotated.problems import Problems
from nasbench_mvit.training.images.decode import Encoded, picture_size

READERS = 8  # threads: files are waited for

Sized = tuple[str, Path, tuple[int, int] | None]


def check_sizes(records: Sequence[Sized], problems: Problems) -> list[tuple[int, int]]:
    """Return the width and height of each image, as it is upright; (0, 0) where it has none.

    Args:
        records: the name of each record, its file, and the width and height that it states.
        problems: takes those that are missing, unreadable or of another size.
    """
    with ThreadPoolExecutor(READERS) as readers:
        found = list(readers.map(_size, (path for _, path, _ in records)))
    sizes = []
    for (record, path, stated), size in zip(records, found, strict=True):
        if isinstance(size, str):
            problems.add(record, size)
        elif stated is not None and stated != size:
            problems.add(
                record,
                f"states {stated[0]}×{stated[1]} px, {path} has {size[0]}×{size[1]} (upright)",
            )
        sizes.append((0, 0) if isinstance(size, str) else size)
    return sizes


def _size(path: Path) -> tuple[int, int] | str:
    """Return the width and height of an image file, or what is wrong with it."""
    if not path.is_file():
        return f"has no image: {path} is missing"
    try:
        return picture_size(Encoded(str(path), path))
    except DataError as problem:
        return f"has no image: {str(problem).partition('. Replace')[0]}"
