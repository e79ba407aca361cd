"""The one place that calls ``datasets``, the library of Hugging Face: an optional extra.

It takes most of a second to import, so that is done when a set is opened. Axes: N rows.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.io.system import extras
from nasbench_mvit.io.text_files import normalised
from nasbench_mvit.training.images.arrays import BoolArray, Int64Array

if TYPE_CHECKING:
    from datasets import Dataset

INSTALL = "python -m pip install 'datasets>=4.0'"
SAVED = ("dataset_dict.json", "state.json")  # what save_to_disk leaves in a folder


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Rows of a split that hold a labelled image each.

    Attributes:
        rows: (N,), int64, which rows of ``dataset`` belong to it.
    """

    name: str
    dataset: "Dataset"
    image_column: str
    label_column: str
    rows: Int64Array

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name for each label, normalised."""
        names = self.dataset.features[self.label_column].names
        return tuple(normalised(name) for name in names)

    @property
    def licence(self) -> str:
        """The licence that the data set states; may be empty."""
        return str(self.dataset.info.license or "")

    def chosen(self, chosen_N: BoolArray) -> "Table":
        """Return the table of some rows."""
        return replace(self, rows=self.rows[chosen_N])

    def labels(self) -> Int64Array:
        """Return the (N,) class indices.

        Raises:
            DataError: a row has none.
        """
        column = self.dataset.select_columns([self.label_column])[:][self.label_column]
        labels_N = np.array([-1 if label is None else label for label in column], np.int64)
        labels_N = labels_N[self.rows]
        missing = np.count_nonzero(labels_N < 0)
        if missing:
            raise DataError(
                f"{self.name}: {missing} of {len(labels_N)} rows have no label in "
                f"'{self.label_column}'. Remove them, or use a split that is labelled."
            )
        return labels_N

    def images(self, rows_at_once: int) -> Iterator[Any]:
        """Yield each row's image, encoded: a mapping with "bytes" or "path", or None."""
        from datasets import Image  # noqa: PLC0415 - an extra

        column = self.dataset.select_columns([self.image_column])
        column = column.cast_column(self.image_column, Image(decode=False)).select(self.rows)
        for rows in column.iter(batch_size=rows_at_once):
            yield from rows[self.image_column]

    def files(self) -> list[tuple[str, int, int]]:
        """Return the path, size and modification time of each file of the dataset."""
        stats = [(f["filename"], Path(f["filename"]).stat()) for f in self.dataset.cache_files]
        return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


def load_splits(location: str) -> dict[str, Table]:
    """Return the splits of a set of labelled images by name.

    Raises:
        DataError: as for ``load_sets``, or it holds no labelled images.
    """
    sets = load_sets(location)
    return {split: _table(f"huggingface:{location}, {split}", s) for split, s in sets.items()}


def load_sets(location: str) -> "dict[str, Dataset]":
    """Return the splits of a set by name.

    Raises:
        DataError: the library is missing, or the set is out of reach.
    """
    try:
        datasets = extras.load("datasets")
        from tqdm import tqdm  # noqa: PLC0415 - comes with it
    except ImportError as problem:
        raise DataError(
            f"huggingface:{location} needs the library datasets ({problem}). Install it: {INSTALL}"
        ) from None
    # tqdm's own lock is a semaphore between processes, which a worker that is stopped leaks.
    tqdm.set_lock(threading.RLock())
    name, config = _name_and_config(location)
    folder = Path(name)
    try:
        if any((folder / file).is_file() for file in SAVED):
            opened = datasets.load_from_disk(name)
        else:
            opened = datasets.load_dataset(name, config)
    except ConnectionError as problem:
        raise DataError(
            f"huggingface:{location} is no local folder, and the Hub is out of reach: {problem}. "
            "Correct the path or the name, or connect. On a machine with a network "
            f"datasets.load_dataset('{name}').save_to_disk('FOLDER') makes a folder to bring "
            "here as huggingface:FOLDER."
        ) from None
    except (ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError,
            datasets.exceptions.DatasetsError) as problem:  # fmt: skip
        reason = str(problem).rstrip("!. ")
        raise DataError(
            f"huggingface:{location} cannot be opened: {reason}. Give the name of a set on the "
            "Hugging Face Hub or a folder that the library datasets reads, and after a colon the "
            "configuration where a set has several."
        ) from None
    return dict(opened) if isinstance(opened, datasets.DatasetDict) else {"train": opened}


def _name_and_config(location: str) -> tuple[str, str | None]:
    """Split what follows "huggingface:"; a path that exists may hold a colon of its own."""
    path = Path(location)
    name, colon, config = location.rpartition(":")
    if path.exists() or not colon:
        return (str(path) if path.exists() else location), None
    path = Path(name)
    return (str(path) if path.exists() else name), config


def _table(name: str, dataset: "Dataset") -> Table:
    return Table(
        name=name,
        dataset=dataset,
        image_column=_image_column(name, dataset),
        label_column=_label_column(name, dataset),
        rows=np.arange(len(dataset)),
    )


def _image_column(name: str, dataset: "Dataset") -> str:
    from datasets import Image  # noqa: PLC0415 - an extra

    found: list[str] = [
        column for column, kind in dataset.features.items() if isinstance(kind, Image)
    ]
    if len(found) != 1:
        raise DataError(
            f"{name} must have one column of images, it has {listed(found) or 'none'} among "
            f"{_columns(dataset)}. Keep one (remove_columns, or cast_column to Image), "
            "save_to_disk and give that folder."
        )
    return found[0]


def _label_column(name: str, dataset: "Dataset") -> str:
    """Return the column of classes; where classes are grouped into coarser ones, the finest."""
    from datasets import ClassLabel  # noqa: PLC0415 - an extra

    sizes: dict[str, int] = {
        column: kind.num_classes
        for column, kind in dataset.features.items()
        if isinstance(kind, ClassLabel)
    }
    finest = [column for column, size in sizes.items() if size == max(sizes.values())]
    if len(finest) != 1:
        raise DataError(
            f"{name} must have one column of class labels, it has {listed(finest) or 'none'} among "
            f"{_columns(dataset)}. Make one (class_encode_column) or keep one (remove_columns), "
            "save_to_disk and give that folder."
        )
    return finest[0]


def _columns(dataset: "Dataset") -> str:
    return listed(f"{column} ({type(kind).__name__})" for column, kind in dataset.features.items())
