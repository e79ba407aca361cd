"""The paper's training recipe in its own terms, as a part of ablation studies."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

#: Optimizer updates of 300 epochs of ImageNet-1k at an effective batch of 1,024 (§4).
PAPER_UPDATES = 375_000
#: The same with the multi-scale sampler, as the paper states it (Fig. 5, §4).
PAPER_MULTI_SCALE_UPDATES = 232_000
#: The rates of §4: a linear warm-up from the low to the peak, then a cosine back to the low.
PAPER_LOW_RATE, PAPER_PEAK_RATE = 2e-4, 2e-3
PAPER_WARMUP_UPDATES = 3_000
#: The largest weight decay the paper compares (Fig. 11).
PAPER_STRONGEST_DECAY = 0.1
STANDARD, MULTI_SCALE = "standard", "multi_scale"


class PaperTerms(BaseModel):
    """A training recipe in the paper's terms: for its 375,000 updates, not scaled down.

    The defaults are the paper's (§4), but for the sampler: the paper's own trainings, those of its
    ablations too, used the multi-scale one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    weight_decay: float = Field(default=0.01, ge=0, le=10, description="Weight decay of AdamW.")
    label_smoothing: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Probability spread evenly over all classes.",
        json_schema_extra={"unit": "fraction"},
    )
    ema_decay: float | None = Field(
        default=0.9995,
        ge=0,
        lt=1,
        description="Decay of the moving average of the weights, which is scored; null for none.",
        json_schema_extra={"unit": "fraction"},
    )
    warmup_updates: int = Field(
        default=PAPER_WARMUP_UPDATES,
        ge=0,
        lt=PAPER_UPDATES,
        description="Updates in which the rate rises, of 375,000.",
        json_schema_extra={"unit": "updates"},
    )
    sampler: Literal["standard", "multi_scale"] = Field(
        default="standard",
        description="One image size, or the multi-scale sampler, which draws 160 to 320 px around "
        "256 and sees as many images in fewer updates.",
    )
