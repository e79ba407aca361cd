"""The files of tables: a description in JSON and three tables in Parquet."""

from pathlib import Path
from typing import Literal

from nasbench_mvit.errors import TableError
from nasbench_mvit.io.checksummed_folder import DataFolders, Description, ShortDigest

SCHEMA_VERSION = 1
ABOUT = "table.json"
NETWORKS = "networks.parquet"
TRAININGS = "trainings.parquet"
LATENCIES = "latencies.parquet"

# The required columns; a table may have others, such as those of the axes of its space in NETWORKS.
COLUMNS = {
    NETWORKS: ("spec_id", "spec", "params", "macs"),
    TRAININGS: (
        "spec_id", "seed", "fraction", "step", "top1", "num_images", "train_loss", "seconds",
        "cpu_seconds",
    ),
    LATENCIES: ("spec_id", "target", "kind", "ms", "low", "high", "extrapolating", "source"),
}  # fmt: skip


class TableDescription(Description):
    """The description of a table, which holds every network of its space.

    Attributes:
        space_digest: digest that is equal for spaces of equal content.
        predictors: name and digest of every predictor of its latencies.
    """

    schema_version: Literal[1]
    space_digest: ShortDigest
    predictors: dict[str, str]


TABLES = DataFolders(
    noun="table",
    about=ABOUT,
    model=TableDescription,
    version=SCHEMA_VERSION,
    own=Path("tables"),
    packaged=Path(__file__).parent / "data",
    error=TableError,
    remedy="Install the package anew, or make the table with `python -m nasbench_mvit table "
    "build`.",
)
