"""The files of surrogates: a description in JSON and the trainings that they are fitted to."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from nasbench_mvit.errors import SurrogateError
from nasbench_mvit.io.checksummed_folder import DataFolders, Description, ShortDigest

SCHEMA_VERSION = 1
ABOUT = "surrogate.json"
TRAININGS = "trainings.parquet"
COLUMNS = ("spec_id", "spec", "group", "seed", "top1", "cpu_seconds")

Count = Annotated[int, Field(ge=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Group(BaseModel):
    """Networks of one space, with the scores of their held-out predictions.

    Attributes:
        space_digest: digest that is equal for spaces of equal content.
        networks, trainings: their numbers.
        r2, tau: share of the variance of held-out top-1 that the estimates explain, and Kendall's
            rank correlation.
        error: root mean square error, a fraction.
        margin: half width of the interval that covers 90 % of the errors, a fraction.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    space_digest: ShortDigest
    networks: Count
    trainings: Count
    r2: Annotated[float, Field(le=1, allow_inf_nan=False)]
    tau: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
    error: Amount
    margin: Amount


class SurrogateDescription(Description):
    """The description of a surrogate.

    Attributes:
        space: name of the search space whose networks were drawn; its group gives the error of
            networks of other spaces.
        groups: groups by name of the space.
    """

    schema_version: Literal[1]
    groups: dict[str, Group]


SURROGATES = DataFolders(
    noun="surrogate",
    about=ABOUT,
    model=SurrogateDescription,
    version=SCHEMA_VERSION,
    own=Path("surrogates"),
    packaged=Path(__file__).parent / "data",
    error=SurrogateError,
    remedy="Install the package anew, or make it with `python -m nasbench_mvit surrogate build`.",
)
