"""MobileViTSpec: one network as frozen data.

The architecture is that of MobileViT (Mehta & Rastegari, ICLR 2022, arXiv 2110.02178),
Table 4 and Appendix A: a stem, five stages of MobileNetV2 (MV2) blocks of which any may
end in a MobileViT block, and a head. Stage 1 keeps the stem's resolution, stages 2 to 5
halve it. Everything else is a parameter.

Equal networks have equal ids: ``spec.id`` hashes a canonical form in which ratios are replaced by
the resulting widths and parameters without effect are absent.
"""

import dataclasses
import functools
import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.checks import check_int, set_float
from nasbench_mvit.architecture.heads import (
    Task,
    TaskHead,
    check_head,
    head_from_dict,
    head_of,
    head_to_dict,
)
from nasbench_mvit.architecture.strides import FULL_STRIDE, STAGE_STRIDES, dilate
from nasbench_mvit.errors import SpecError, listed, unknown

A_SPEC = "a network must be a MobileViTSpec, like published('mobilevit_s')"  # the rule
NUM_STAGES = 5
VARIANTS = ("v1",)
HEAD_CHANNELS_CAP = 960
CHANNEL_DIVISOR = 8


def make_divisible(value: float, divisor: int = CHANNEL_DIVISOR) -> int:
    """Round to a multiple of ``divisor``, never by more than 10 % downwards (ml-cvnets' rule)."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def hidden_channels(in_channels: int, expansion: float) -> int:
    """Return the hidden width of an MV2 block, a multiple of 8 near ``in_channels * expansion``."""
    return make_divisible(round(in_channels * expansion))


@dataclass(frozen=True, kw_only=True)
class StageSpec:
    """One stage: ``mv2_depth`` MV2 blocks, the first with the stage's stride, then maybe a block.

    Attributes:
        channels: output channels C.
        expansion: hidden width of every MV2 block divided by its input channels.
        mv2_depth: number of MV2 blocks.
        block: the MobileViT block at the end, or None.
    """

    channels: int
    expansion: float = 4.0
    mv2_depth: int = 1
    block: BlockSpec | None = None

    def __post_init__(self) -> None:
        check_int("channels", self.channels, 1, 4096)
        set_float(self, "expansion", 0.25, 16.0, open_high=False)
        check_int("mv2_depth", self.mv2_depth, 1, 16)
        if self.block is not None and not isinstance(self.block, BlockSpec):
            raise SpecError(f"block must be a BlockSpec or None, got {self.block!r}.")

    def hidden(self, in_channels: int) -> tuple[int, ...]:
        """Return the hidden widths of the stage's MV2 blocks for an input of ``in_channels``."""
        inputs = (in_channels,) + (self.channels,) * (self.mv2_depth - 1)
        return tuple(hidden_channels(width, self.expansion) for width in inputs)


@dataclass(frozen=True, kw_only=True)
class MobileViTSpec:
    """A complete network.

    >>> from nasbench_mvit.architecture.published import published
    >>> spec = published("mobilevit_xxs")
    >>> MobileViTSpec.from_json(spec.to_json()) == spec
    True

    Attributes:
        stages: the five stages.
        stem_channels: output channels of the 3×3 stride-2 stem.
        head_expansion: channels of the last 1×1 convolution divided by those of stage 5,
            capped at 960; 0 for no such convolution (v2).
        resolution: side in pixels of the square input the network is *deployed* at: costs,
            latency and export use it. A proxy may train at another.
        dropout: share dropped after the attention projection and after the second feed-forward
            layer.
        classifier_dropout: share dropped before the classifier.
        variant: the block family; "v1" is the paper's.
        task_head: what detects or segments on the features of stages 3, 4 and 5; None for the
            classifier, which ``head_expansion`` and ``classifier_dropout`` are of.
    """

    stages: tuple[StageSpec, ...]
    stem_channels: int = 16
    head_expansion: float = 4.0
    resolution: int = 256
    dropout: float = 0.1
    classifier_dropout: float = 0.1
    variant: str = "v1"
    task_head: TaskHead | None = None

    def __post_init__(self) -> None:
        if isinstance(self.stages, list):
            object.__setattr__(self, "stages", tuple(self.stages))
        if not isinstance(self.stages, tuple) or len(self.stages) != NUM_STAGES:
            raise SpecError(f"stages must be {NUM_STAGES} StageSpecs, got {self.stages!r}.")
        if not all(isinstance(stage, StageSpec) for stage in self.stages):
            raise SpecError(f"stages must be {NUM_STAGES} StageSpecs, got {self.stages!r}.")
        check_int("stem_channels", self.stem_channels, 1, 4096)
        is_headless = self.head_expansion == 0 and not isinstance(self.head_expansion, bool)
        lowest = 0.0 if is_headless else 0.25
        set_float(self, "head_expansion", lowest, 64.0, open_high=False)
        check_int("resolution", self.resolution, 32, 2048)
        for field in ("dropout", "classifier_dropout"):
            set_float(self, field, 0.0, 1.0, open_high=True)
        if self.variant not in VARIANTS:
            raise SpecError(unknown("variant", self.variant, VARIANTS))
        check_head(self.task_head)

    @property
    def task(self) -> Task:
        """What the network does."""
        return "classification" if self.task_head is None else self.task_head.task

    @property
    def output_stride(self) -> int:
        """Stride of the map of stage 5."""
        return FULL_STRIDE if self.task_head is None else self.task_head.output_stride

    def for_task(self, task: str) -> Self:
        """Return the same backbone with the usual head of a task, or its own if it is of that task.

        Raises:
            SpecError: there is no such task.
        """
        head = head_of(task)
        return self if task == self.task else dataclasses.replace(self, task_head=head)

    def steps(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Return stride and dilation of every MV2 block, by stage."""
        strides = [
            (stride,) + (1,) * (stage.mv2_depth - 1)
            for stage, stride in zip(self.stages, STAGE_STRIDES, strict=True)
        ]
        steps = dilate(itertools.chain.from_iterable(strides), self.output_stride)
        return tuple(tuple(itertools.islice(steps, len(stage))) for stage in strides)

    @property
    def head_channels(self) -> int:
        """Channels of the last 1×1 convolution, 0 without one."""
        if not self.head_expansion:
            return 0
        width = max(1, round(self.stages[-1].channels * self.head_expansion))
        return min(width, HEAD_CHANNELS_CAP)

    @property
    def feature_channels(self) -> int:
        """Channels that are pooled for the classifier."""
        return self.head_channels or self.stages[-1].channels

    def in_channels(self, stage: int) -> int:
        """Input channels of the stage with index ``stage`` (0 to 4)."""
        return self.stages[stage - 1].channels if stage else self.stem_channels

    @functools.cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits, equal for equal networks on any machine and version."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def canonical(self) -> dict[str, Any]:
        """Return the network as widths and counts, without parameters that have no effect."""
        stages = []
        for index, stage in enumerate(self.stages):
            entry: dict[str, Any] = {
                "channels": stage.channels,
                "hidden": list(stage.hidden(self.in_channels(index))),
            }
            if stage.block is not None:
                entry["block"] = stage.block.canonical()
            stages.append(entry)
        canonical = {
            "variant": self.variant,
            "stem": self.stem_channels,
            "stages": stages,
            "resolution": self.resolution,
        }
        if self.task_head is None:
            canonical["head"] = self.head_channels
            canonical["classifier_dropout"] = self.classifier_dropout
        else:
            canonical["task_head"] = head_to_dict(self.task_head)
        if any(stage.block is not None for stage in self.stages):
            canonical["dropout"] = self.dropout
        return canonical

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data; ``from_dict`` is its inverse."""
        data = dataclasses.asdict(self)
        for stage, entry in zip(self.stages, data["stages"], strict=True):
            entry["block"] = None if stage.block is None else stage.block.to_dict()
        del data["task_head"]
        return (
            data if self.task_head is None else data | {"task_head": head_to_dict(self.task_head)}
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build a spec from ``to_dict`` data (or the JSON of it).

        Raises:
            SpecError: a key is unknown or missing, or a value breaks a rule.
        """
        values = dict(_known(cls, data, "a network"))
        stages = values.get("stages")
        if not isinstance(stages, Iterable) or isinstance(stages, str | Mapping):
            raise SpecError(f"stages must be a list of {NUM_STAGES} stages, got {stages!r}.")
        values["stages"] = tuple(_stage(stage) for stage in stages)
        values["task_head"] = head_from_dict(values.get("task_head"))
        return cls(**values)

    def to_json(self) -> str:
        """Return ``to_dict`` as one line of JSON."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build a spec from ``to_json`` text.

        Raises:
            SpecError: the text is not JSON or does not describe a network.
        """
        try:
            data = json.loads(text)
        except (json.JSONDecodeError, TypeError) as error:
            raise SpecError(f"a network must be the JSON that to_json writes: {error}.") from None
        return cls.from_dict(data)


def _stage(data: object) -> StageSpec:
    values = dict(_known(StageSpec, data, "a stage"))
    if values.get("block") is not None:
        values["block"] = BlockSpec(**_known(BlockSpec, values["block"], "a block"))
    return StageSpec(**values)


def _known(cls: type, data: object, what: str) -> Mapping[str, Any]:
    """Check that ``data`` maps fields of ``cls`` only, and all required ones."""
    if not isinstance(data, Mapping):
        raise SpecError(f"{what} must be a mapping of fields, got {data!r}.")
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for key in data:
        if key not in fields:
            raise SpecError(f"{what}: {unknown('field', key, fields)}")
    missing = [
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and name not in data
    ]
    if missing:
        raise SpecError(f"{what}: missing field {listed(missing)}. Needed: {listed(fields)}.")
    return data
