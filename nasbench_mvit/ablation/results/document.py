"""``ablation.json``, the report of an ablation as the dashboard shows it.

The file holds what the page shows and nothing else, so that any tool can write it; the format is
described in docs/dashboard.md.
"""

import enum
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from nasbench_mvit.errors import AblationError
from nasbench_mvit.io.text_files import read_text
from nasbench_mvit.io.validation import validate_json

FILE = "ablation.json"


class Verdict(enum.StrEnum):
    """The verdict on an effect, compared with the noise and with the paper's effect."""

    AGREES = "same sign as the paper's"
    DISAGREES = "opposite sign to the paper's"
    NOISE = "inside the noise"
    ALONE = "larger than the noise by itself, not among all effects compared"
    LARGER = "larger than the noise"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Effect(_Strict):
    """The effect of one setting relative to the reference setting of its factor.

    Attributes:
        factor, setting, reference: the quantity that was changed, its new and its old setting.
        effect: mean difference of the metric, in its unit.
        low, high: an interval of it.
        seeds: trainings behind it.
        paper_effect: the same difference as the paper reports it, if it does.
        paper_source: the table or figure that reports it.
        p: chance of such an effect between equal settings, corrected for their number.
        verdict: in words, whether it exceeds the noise and has the sign that the paper reports.
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
    p: Annotated[float, Field(ge=0, le=1)] | None = None
    verdict: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.effect <= self.high:
            raise ValueError(
                f"low, effect and high must ascend, got {self.low}, {self.effect}, {self.high}"
            )
        return self


class ArmEntry(_Strict):
    """One arm: what it scored, what it costs at full size.

    Attributes:
        arm: its name.
        top1, top1_interval: mean over seeds in percent, and half the width of its interval; None
            where it was not trained to the end.
        seeds: trainings behind it.
        delta: its mean less the reference arm's, in points.
        paper_top1, paper_delta: the paper's, in percent and points of its own metric.
        params, macs: of the full-size network.
        latency_ms, latency_low_ms, latency_high_ms: of the same, with its interval.
        paper_latency_ms: the paper's.
        patches: what each transformer attends to at the size trained at.
        seconds: mean clock time of a training.
        note: what else is to be said, such as why it failed.
    """

    arm: str
    top1: float | None = None
    top1_interval: float | None = None
    seeds: Annotated[int, Field(ge=0)]
    delta: float | None = None
    paper_top1: float | None = None
    paper_delta: float | None = None
    params: int
    macs: int
    latency_ms: float
    latency_low_ms: float
    latency_high_ms: float
    paper_latency_ms: float | None = None
    patches: str = ""
    seconds: float | None = None
    note: str = ""


class AblationReport(_Strict):
    """One ablation.

    Attributes:
        metric, unit: what the effects are about, like "proxy top-1" and "points"; ``top1`` of the
            arms is by that metric too.
        interval: what ``low`` to ``high`` is, in words.
        paper_metric: what the paper's effects are about, for they are another metric.
        latency: what the arms' latencies are, in words.
        arms: the arms, the reference first; none where the writer knows only effects.
        notes: what the scale can and cannot show, each in a sentence.
    """

    schema_version: Literal[1]
    title: str
    metric: str
    unit: str
    interval: str
    paper_metric: str
    effects: Annotated[list[Effect], Field(min_length=1)]
    latency: str = ""
    arms: list[ArmEntry] = []
    notes: list[str] = []

    def arm_table(self) -> pd.DataFrame:
        """Return the arms, one row each."""
        return pd.DataFrame([arm.model_dump() for arm in self.arms])

    def table(self) -> pd.DataFrame:
        """Return the effects, one row each."""
        return pd.DataFrame([effect.model_dump() for effect in self.effects])


def read_report(path: Path) -> AblationReport:
    """Read one report.

    Raises:
        AblationError: naming the file, the field and the rule.
    """
    try:
        text = read_text(path)
    except OSError as error:
        raise AblationError(f"{path} cannot be read: {error.strerror}.") from None
    where = f"{path} is no ablation report (docs/dashboard.md has the format; write it anew)"
    return validate_json(text, AblationReport, AblationError, where=where)
