"""ProxyConfig: the short training that ranks networks, as part of a study file; no torch.

To classify, the proxy trains on canvases of ``mosaic_grid``² images: side by side, where the
network names every one, or scattered, where it names the classes that are there. The stream of
canvases never repeats, so capacity pays off within some hundred steps. A grid of 1 is ordinary
classification. Why these defaults: ``docs/proxy.md``. To detect or segment, it trains on scenes, or
on other annotated images.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.training.common.schedule import warmup_cosine

MIN_CELL_PX = 8
MAX_SIZES = 16
NO_CLIPPING = 0.0
# Fields that came after recipes had been written down, and what those did: a recipe with all the
# other fields does so too where it leaves one out. An older recipe keeps its id, and with it its
# trainings.
ADDED_LATER: dict[str, object] = {
    "final_rate_fraction": 0.0,
    "ema_decay": None,
    "input_sizes": None,
    "optimizer": "adamw",
    "layout": "grid",
    "dropout": None,
    "task": "classification",
}
#: What networks of a task are scored by; mAP50 is COCO's AP at an overlap of one half.
METRICS: Mapping[Task, str] = {
    "classification": "top-1",
    "detection": "mAP50",
    "segmentation": "mIoU",
}
# What is said of canvases of classified images, and all that it can be where there are none.
WITHOUT_CANVASES = {"mosaic_grid": 1, "layout": "grid", "label_smoothing": 0.0, "input_sizes": None}


def _complete(fields: dict[str, Any]) -> bool:
    """Return whether a recipe has every field that recipes had from the first."""
    return fields.keys() >= ProxyConfig.model_fields.keys() - ADDED_LATER.keys()


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Sizes = Annotated[
    tuple[Annotated[int, Field(ge=32, le=1024)], ...],
    BeforeValidator(_as_tuple),
    Field(min_length=1, max_length=MAX_SIZES),
]


class ProxyConfig(BaseModel):
    """The recipe by which every network of a study is trained and scored."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    mosaic_grid: int = Field(
        default=2,
        ge=1,
        le=8,
        description="Images per side of a canvas; 1 is one image alone.",
        json_schema_extra={"unit": "images"},
    )
    input_size: int = Field(
        default=64,
        ge=32,
        le=1024,
        description="Side of the square canvas in pixels.",
        json_schema_extra={"unit": "px"},
    )
    steps: int = Field(
        default=168,
        ge=8,
        le=10_000_000,
        description="Optimizer updates.",
        json_schema_extra={"unit": "updates"},
    )
    batch_size: int = Field(
        default=32,
        ge=2,
        le=4096,
        description="Canvases per update.",
        json_schema_extra={"unit": "canvases"},
    )
    learning_rate: float = Field(
        default=4e-3,
        gt=0,
        le=1,
        description="Peak rate of the optimizer, reached after the warm-up.",
    )
    warmup_fraction: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of the steps in which the rate rises linearly; then a cosine to 0.",
        json_schema_extra={"unit": "fraction"},
    )
    weight_decay: float = Field(
        default=0.01, ge=0, le=10, description="Decoupled weight decay on all parameters."
    )
    label_smoothing: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Probability spread evenly over all classes.",
        json_schema_extra={"unit": "fraction"},
    )
    clip_norm: float = Field(
        default=1.0,
        ge=NO_CLIPPING,
        le=1e6,
        description="Largest L2 norm of the gradient over all parameters; 0 does not clip.",
    )
    batchnorm_momentum: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="Share of the newest batch in the running statistics a score is taken with. "
        "The usual 0.1 lags so far behind a short training that early scores mean nothing.",
        json_schema_extra={"unit": "fraction"},
    )
    fractions: int = Field(
        default=8,
        ge=8,
        le=1000,
        description="Equal parts of the training; after each it reports and checkpoints.",
        json_schema_extra={"unit": "parts"},
    )
    interim_images: int = Field(
        default=384,
        ge=1,
        le=1_000_000,
        description="Held-out images scored after each part but the last, which scores all.",
        json_schema_extra={"unit": "images"},
    )

    final_rate_fraction: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the peak rate that the cosine ends at; the paper's is a tenth.",
        json_schema_extra={"unit": "fraction"},
    )
    ema_decay: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="Share that a moving average of the weights keeps at each update; the average "
        "is scored. null scores the weights themselves.",
        json_schema_extra={"unit": "fraction"},
    )
    input_sizes: Sizes | None = Field(
        default=None,
        description="Sides of the canvas that each update draws from, the multi-scale sampler: "
        "the batch shrinks as they grow beyond input_size, at which every score is taken. null is "
        "the standard sampler.",
        json_schema_extra={"unit": "px"},
    )

    optimizer: Literal["adamw", "muon"] = Field(
        default="muon",
        description="adamw, the paper's, or muon for the matrices and AdamW for the rest, at the "
        "same rate.",
    )
    layout: Literal["grid", "scattered"] = Field(
        default="scattered",
        description="grid: the images of a canvas side by side, each named by its cell; scattered: "
        "at random places and sizes, their classes named together. One image alone fills the "
        "canvas, unless scattered is written here.",
    )
    dropout: float | None = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share dropped in transformers and before the classifier in place of each "
        "network's own. null leaves it to the network.",
        json_schema_extra={"unit": "fraction"},
    )
    task: Task = Field(
        default="classification",
        description="What networks are trained for: classification is scored by top-1, detection "
        "by mAP50 and segmentation by mIoU, both on composed scenes where the images are "
        "'embedded'. mosaic_grid, layout, label_smoothing and input_sizes are of classification.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        fields = ADDED_LATER | fields if _complete(fields) else fields
        if fields.get("task") in (None, "classification"):
            return ({"layout": "grid"} if fields.get("mosaic_grid") == 1 else {}) | fields
        for name, only in WITHOUT_CANVASES.items():
            if fields.get(name, only) != only:
                raise ValueError(
                    f"{name} is of canvases of classified images, got {fields[name]!r} with task "
                    f"{fields['task']!r}. Leave {name} out"
                )
        return WITHOUT_CANVASES | fields

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        self._check_size("input_size", self.input_size)
        for size in self.input_sizes or ():
            self._check_size("input_sizes", size)
        if self.steps < self.fractions:
            raise ValueError(
                f"steps must be at least fractions: {self.steps} steps cannot be cut into "
                f"{self.fractions} parts. Raise steps or lower fractions"
            )
        return self

    def _check_size(self, name: str, size: int) -> None:
        grid = self.mosaic_grid
        if size % grid:
            lower = size // grid * grid
            raise ValueError(
                f"{name} must be a multiple of mosaic_grid: {size} is none of {grid}. "
                f"The nearest are {lower} and {lower + grid}"
            )
        if size // grid < MIN_CELL_PX:
            raise ValueError(
                f"a cell needs at least {MIN_CELL_PX} px, {name} {size} over mosaic_grid {grid} "
                f"leaves {size // grid}. Raise {name} to {MIN_CELL_PX * grid} or lower mosaic_grid"
            )

    @model_serializer(mode="wrap")
    def _as_first_written_down(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        if not _complete(fields):
            return fields
        usual = ADDED_LATER.items()
        return {n: value for n, value in fields.items() if (n, getattr(self, n)) not in usual}

    @property
    def cell_size(self) -> int:
        """Side in pixels of the square that one image fills on the canvas, at most."""
        return self.input_size // self.mosaic_grid

    @property
    def images_per_canvas(self) -> int:
        """Images on a canvas: the grid squared."""
        return self.mosaic_grid**2

    @property
    def outputs_per_canvas(self) -> int:
        """Outputs of the network, each with a logit for every class: one a cell, or one for all."""
        return 1 if self.layout == "scattered" else self.images_per_canvas

    @property
    def classifies(self) -> bool:
        """Whether networks are trained to classify, and neither to detect nor to segment."""
        return self.task == "classification"

    @property
    def metric(self) -> str:
        """Name of what networks are scored by, like "top-1"; "accuracy" of several classes."""
        return "accuracy" if self.layout == "scattered" else METRICS[self.task]

    @property
    def shown(self) -> str:
        """What a network is shown, in words."""
        if not self.classifies:
            return "scenes"
        if self.layout == "scattered":
            return f"the classes of {self.images_per_canvas} scattered images"
        return "single images" if self.mosaic_grid == 1 else f"mosaics of {self.images_per_canvas}"

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits, equal for equal recipes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def step_after(self, part: int) -> int:
        """Return the number of steps done after ``part`` (1 to ``fractions``) equal parts."""
        return round(part * self.steps / self.fractions)

    def learning_rate_at(self, step: int) -> float:
        """Return the rate of update ``step`` (0 to ``steps`` - 1).

        It rises linearly to the peak over the warm-up, then falls as a half cosine that would
        reach ``final_rate_fraction`` of it one step after the last.
        """
        return warmup_cosine(
            step,
            updates=self.steps,
            warmup=round(self.warmup_fraction * self.steps),
            peak=self.learning_rate,
            final=self.learning_rate * self.final_rate_fraction,
            skipped=1,
        )
