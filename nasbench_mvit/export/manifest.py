"""What an export says of itself: ``export.json``, from which the model card is made; no torch."""

import math
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.export.interface import OUTPUT_WORDS, Precision

SCHEMA_VERSION: Final = 1
# Reordered sums of float32 differ by some 1e-6 of the largest logit; a wrong operator by far more.
TOLERANCE = 1e-4


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class FileRecord(_Part):
    """One file, or a folder like Core ML's that a system shows as one."""

    name: str
    size_bytes: int
    sha256: str


class Check(_Part):
    """A file against the network it was written from, on real images.

    Attributes:
        runtime: what ran the file.
        task: of the network.
        num_canvases: images shown.
        max_difference: largest absolute difference of a logit, or of a box or score; not finite
            where one of these is not.
        max_logit: largest absolute logit of torch's, or box or score.
        agreement: share of torch's answers that the file gives too: classes of cells or of pixels,
            or boxes that are found.
        top1_torch, top1_file: share of cells classified correctly; None without known classes.
    """

    runtime: str
    task: Task = "classification"
    num_canvases: int
    max_difference: float
    max_logit: float
    agreement: float
    top1_torch: float | None
    top1_file: float | None

    @property
    def relative_difference(self) -> float:
        """Largest absolute difference as a share of the largest absolute logit."""
        return self.max_difference / self.max_logit if self.max_logit else math.inf

    def failure(self, precision: Precision) -> str | None:
        """Return the reason not to use the file, None if there is none."""
        if not math.isfinite(self.max_difference):
            return "it answers with numbers that are not finite"
        if precision == "fp32" and self.relative_difference > TOLERANCE:
            return (
                f"its {OUTPUT_WORDS[self.task]} differ by {self.relative_difference:.1e} of the "
                f"largest, more than the {TOLERANCE:.0e} that reordered sums explain"
            )
        return None


class ImagesRecord(_Part):
    """The images a file was checked and calibrated with."""

    name: str
    licence: str
    origin: str
    scaling: str


class FormatRecord(_Part):
    """One format.

    Attributes:
        title: name of the format.
        files: what was written; the first is the network.
        precision: what the precision means there.
        interface: what goes in and comes out, where it is not as for the others.
        check: None where nothing runs the file here, for the reason in ``unchecked``.
        images: it was checked and calibrated with; None in descriptions of 0.1, for those of all.
        failure: why the file may not be used.
        notes: what else is worth knowing.
        versions: of the libraries that wrote it.
        written: when, UTC.
    """

    title: str
    files: tuple[FileRecord, ...]
    precision: str
    interface: str
    check: Check | None
    images: ImagesRecord | None = None
    unchecked: str
    failure: str | None
    notes: tuple[str, ...]
    versions: dict[str, str]
    written: str


class LatencyRecord(_Part):
    """A latency with what it is: ``kind`` measured, published or estimated."""

    ms: float
    low: float
    high: float
    kind: Literal["measured", "published", "estimated"]
    of: str = Field(description="Device and what the figure rests on.")
    extrapolating: bool


class Identity(_Part):
    """The identity of an export; formats of equal identity may share one folder."""

    spec_id: str
    weights: str = Field(description="Origin of the weights, such as a seed or a file's hash.")
    precision: Precision


class Manifest(_Part):
    """One exported network."""

    schema_version: Literal[1] = SCHEMA_VERSION
    identity: Identity
    title: str
    origin: str = Field(description="Where the network comes from.")
    resolution: int
    task: Task = "classification"
    num_classes: Annotated[int, Field(ge=1)]
    classes: tuple[str, ...] | None = Field(description="Their names, where somebody named them.")
    cells: Annotated[int, Field(ge=1, description="Images on a canvas, each of which is named.")]
    params: int
    macs: int
    weights: str = Field(description="Where the weights come from and what they are good for.")
    accuracy: str = Field(description="The known accuracy and its source.")
    latencies: tuple[LatencyRecord, ...]
    images: ImagesRecord
    formats: dict[str, FormatRecord] = Field(default_factory=dict)
    command: str
    versions: dict[str, str]

    @property
    def labels(self) -> tuple[int, int, tuple[str, ...] | None]:
        """The meaning of the logits: cells, classes, and the class names if there are any."""
        return self.cells, self.num_classes, self.classes

    def with_format(self, name: str, record: FormatRecord) -> Self:
        """Return the manifest with a format added or replaced."""
        return self.model_copy(update={"formats": self.formats | {name: record}})
