"""Scores in one Parquet file, one row for each network, from which a run resumes."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.io.frames import grow_archive, read_archive
from nasbench_mvit.table.schema import About
from nasbench_mvit.training_free.names import NAMES

KEY = ["proxy_id", "images", "seed"]
COLUMNS = ["spec_id", *KEY, *NAMES, "cpu_seconds"]


class ScoreArchive:
    """The scores of networks by one recipe, images and seed; others in the file are left alone.

    The file is replaced whole after each network, so that a kill loses only one.
    """

    def __init__(self, path: Path, about: About, *, seed: int) -> None:
        """Read what the file holds; none is an empty archive.

        Args:
            path: of the file.
            about: the table whose recipe and images are scored with.
            seed: of the weights and of the order of the images.

        Raises:
            StoreError: the file is damaged or something else.
        """
        self._path = path
        self._about = about
        self._seed = seed
        self._rows = read(path)

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each network that is scored."""
        return of_table(self._rows, self._about, seed=self._seed)

    def missing(self, specs: Iterable[MobileViTSpec]) -> list[MobileViTSpec]:
        """Return the networks that are not scored."""
        known = set(self.rows["spec_id"])
        return [spec for spec in specs if spec.id not in known]

    def add(self, spec: MobileViTSpec, scores: Mapping[str, float], cpu_seconds: float) -> None:
        """Keep the scores of a network."""
        row = {
            "spec_id": spec.id,
            "proxy_id": self._about.proxy_id,
            "images": self._about.images,
            "seed": self._seed,
            "cpu_seconds": cpu_seconds,
            **scores,
        }
        self._rows = grow_archive(self._path, self._rows, pd.DataFrame([row])[COLUMNS])


def of_table(rows: pd.DataFrame, about: About, *, seed: int) -> pd.DataFrame:
    """Return the rows scored with a table's recipe and images."""
    same = (
        (rows["proxy_id"] == about.proxy_id)
        & (rows["images"] == about.images)
        & (rows["seed"] == seed)
    )
    return rows[same]


def read(path: Path) -> pd.DataFrame:
    """Return the rows of a file.

    Raises:
        StoreError: the file is damaged or something else.
    """
    remedy = "Move it away to score anew, or choose another --run-dir."
    return read_archive(path, COLUMNS, remedy=remedy)
