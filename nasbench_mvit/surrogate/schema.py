"""What a surrogate consists of: a description in JSON and the trainings it is fitted to."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from nasbench_mvit.io.checksummed_folder import Description, ShortDigest

SCHEMA_VERSION = 1
ABOUT = "surrogate.json"
TRAININGS = "trainings.parquet"
COLUMNS = ("spec_id", "spec", "group", "seed", "top1", "cpu_seconds")

Count = Annotated[int, Field(ge=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Group(BaseModel):
    """Networks of one space, and how well the others foretell them.

    Attributes:
        space_digest: equal for spaces of equal content.
        networks, trainings: how many.
        r2, tau: of top-1 held out against its estimate: the share of the variance that is
            explained, and Kendall's rank correlation.
        error: root mean square of its errors, a fraction.
        margin: half width of the interval that covers 90 % of them, a fraction.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    space_digest: ShortDigest
    networks: Count
    trainings: Count
    r2: Annotated[float, Field(le=1, allow_inf_nan=False)]
    tau: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
    error: Amount
    margin: Amount


class About(Description):
    """A surrogate in words, and what makes it this one.

    Attributes:
        space: name of the search space whose networks were drawn; its group stands for all that
            the surrogate has not seen.
        groups: by name of the space.
    """

    schema_version: Literal[1]
    groups: dict[str, Group]
