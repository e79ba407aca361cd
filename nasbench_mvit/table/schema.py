"""What a table consists of: a description in JSON and three tables in Parquet."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
ABOUT = "table.json"
NETWORKS = "networks.parquet"
TRAININGS = "trainings.parquet"
LATENCIES = "latencies.parquet"

# The columns that every version can read; a table may hold further ones, such as those of the axes
# of its space in NETWORKS.
COLUMNS = {
    NETWORKS: ("spec_id", "spec", "params", "macs"),
    TRAININGS: (
        "spec_id", "seed", "fraction", "step", "top1", "num_images", "train_loss", "seconds",
        "cpu_seconds",
    ),
    LATENCIES: ("spec_id", "target", "kind", "ms", "low", "high", "extrapolating", "source"),
}  # fmt: skip

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ShortDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class About(BaseModel):
    """A table in words, and what makes it this one.

    Attributes:
        name: what ``Benchmark.load`` calls it.
        space: name of the search space of which it holds every network.
        space_digest: equal for spaces of equal content.
        data: source of the images, as in a study.
        data_seed: seed of their split, which those that come split ignore.
        images: fingerprint of the images.
        proxy: the recipe of the trainings.
        proxy_id: equal for equal recipes.
        device: where the trainings ran, like "cpu".
        precision: number format of their matrix products, like "float32".
        predictors: name and digest of every predictor that gave latencies.
        versions: of the software that put the table together.
        sha256: of each Parquet file, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1]
    name: str = Field(min_length=1)
    description: str
    space: str
    space_digest: ShortDigest
    data: str
    data_seed: int
    images: str
    proxy: dict[str, Any]
    proxy_id: ShortDigest
    device: str
    precision: str
    predictors: dict[str, str]
    versions: dict[str, str]
    sha256: dict[str, Digest]
