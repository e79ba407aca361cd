"""What a surrogate consists of: a description in JSON and the trainings it is fitted to."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
ABOUT = "surrogate.json"
TRAININGS = "trainings.parquet"
COLUMNS = ("spec_id", "spec", "group", "seed", "top1", "cpu_seconds")

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ShortDigest = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Count = Annotated[int, Field(ge=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Group(_Part):
    """Networks of one space, and how well the others foretell them.

    Attributes:
        space_digest: equal for spaces of equal content.
        networks, trainings: how many.
        r2, tau: of top-1 held out against its estimate: the share of the variance that is
            explained, and Kendall's rank correlation.
        error: root mean square of its errors, a fraction.
        margin: half width of the interval that covers 90 % of them, a fraction.
    """

    space_digest: ShortDigest
    networks: Count
    trainings: Count
    r2: Annotated[float, Field(le=1, allow_inf_nan=False)]
    tau: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
    error: Amount
    margin: Amount


class About(_Part):
    """A surrogate in words, and what makes it this one.

    Attributes:
        name: what ``Surrogate.load`` calls it.
        space: name of the search space whose networks were drawn; its group stands for all that
            the surrogate has not seen.
        groups: by name of the space.
        data: source of the images, as in a study.
        data_seed: seed of their split, which those that come split ignore.
        images: fingerprint of the images.
        proxy: the recipe of the trainings.
        proxy_id: equal for equal recipes.
        device: where the trainings ran, like "cpu".
        precision: number format of their matrix products, like "float32".
        versions: of the software that put it together.
        sha256: of each Parquet file, by name.
    """

    schema_version: Literal[1]
    name: str = Field(min_length=1)
    description: str
    space: str
    groups: dict[str, Group]
    data: str
    data_seed: int
    images: str
    proxy: dict[str, Any]
    proxy_id: ShortDigest
    device: str
    precision: str
    versions: dict[str, str]
    sha256: dict[str, Digest]
