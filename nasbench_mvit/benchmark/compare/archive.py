"""Finished searches in one Parquet file, from which a comparison resumes and a page is made."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from nasbench_mvit.benchmark.compare.search import COLUMNS as POINTS
from nasbench_mvit.io.frames import ParquetArchive

KEY = ["benchmark", "digest", "sampler", "seed"]
COLUMNS = [*KEY, "trials", *POINTS]


@dataclasses.dataclass(frozen=True)
class ArchivedSearch:
    """One search.

    Attributes:
        benchmark: name of the problem.
        digest: digest of the problem's content.
        sampler: name of the sampler.
        seed: seed of the sampler.
        trials: its budget of distinct networks.
    """

    benchmark: str
    digest: str
    sampler: str
    seed: int
    trials: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The fields that identify the search; its budget is not one of them."""
        return self.benchmark, self.digest, self.sampler, self.seed


class SearchArchive(ParquetArchive):
    """Every finished search, one row for each network it trained."""

    def __init__(self, path: Path) -> None:
        """Read what the file holds; none is an empty archive.

        Raises:
            StoreError: the file is damaged or something else.
        """
        remedy = "Move it away to search anew, or choose another `out=`."
        super().__init__(path, COLUMNS, remedy=remedy)

    def missing(self, entries: Iterable[ArchivedSearch]) -> list[ArchivedSearch]:
        """Return the searches that have not been made, or not with as large a budget."""
        budgets = self.rows.groupby(KEY)["trials"].max().to_dict()
        return [entry for entry in entries if budgets.get(entry.key, 0) < entry.trials]

    def add(self, entry: ArchivedSearch, points: pd.DataFrame) -> None:
        """Keep a search in place of a shorter one, and of those of an earlier table."""
        columns = ["benchmark", "sampler", "seed"]
        search = [entry.benchmark, entry.sampler, entry.seed]
        of_same = (self.rows[columns] == search).all(axis="columns")
        new = points.assign(**dataclasses.asdict(entry))[COLUMNS]
        if of_same.any():
            self.replace(pd.concat([self.rows[~of_same], new], ignore_index=True))
        else:
            self.append(new)
