"""Reports of ablations, read from ``ablation.json`` in the folders that are open.

The file holds what the page shows and nothing else, so that any tool can write it; the format is
described in docs/dashboard.md.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nasbench_mvit.errors import WorkbenchError

FILE = "ablation.json"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Effect(_Strict):
    """What one setting changes against the reference setting of its factor.

    Attributes:
        factor, setting, reference: what was changed, to what, from what.
        effect: mean difference of the metric, in its unit.
        low, high: an interval of it.
        seeds: trainings behind it.
        paper_effect: the same difference as the paper reports it, if it does.
        paper_source: where.
    """

    factor: str
    setting: str
    reference: str
    effect: float
    low: float
    high: float
    seeds: Annotated[int, Field(ge=1)]
    paper_effect: float | None = None
    paper_source: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.effect <= self.high:
            raise ValueError(
                f"low, effect and high must ascend, got {self.low}, {self.effect}, {self.high}"
            )
        return self


class AblationReport(_Strict):
    """One ablation.

    Attributes:
        metric, unit: what the effects are about, like "proxy top-1" and "points".
        interval: what ``low`` to ``high`` is, in words.
        paper_metric: what the paper's effects are about, for they are another metric.
    """

    schema_version: Literal[1]
    title: str
    metric: str
    unit: str
    interval: str
    paper_metric: str
    effects: Annotated[list[Effect], Field(min_length=1)]

    def table(self) -> pd.DataFrame:
        """Return the effects, one row each."""
        return pd.DataFrame([effect.model_dump() for effect in self.effects])


class AblationError(WorkbenchError):
    """A report of an ablation cannot be read."""


def read_report(path: Path) -> AblationReport:
    """Read one report.

    Raises:
        AblationError: naming the file, the field and the rule.
    """
    try:
        return AblationReport.model_validate_json(path.read_bytes())
    except OSError as error:
        raise AblationError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise AblationError(
            f"{path} is no ablation report: '{field}': {first['msg']}. Write it anew; its format "
            "is in docs/dashboard.md."
        ) from None


def report_files(folders: Iterable[Path]) -> list[Path]:
    """Return the reports that lie in folders, each once."""
    return [path for folder in dict.fromkeys(folders) if (path := folder / FILE).is_file()]
