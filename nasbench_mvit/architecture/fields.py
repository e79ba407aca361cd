"""A network as a flat mapping from field names to values, and back.

Field names are those of search space files, tables and plots: ``stem_channels``,
``stage3.channels``, ``stage3.block`` (whether the stage ends in a MobileViT block) and, where it
does, ``stage3.dim`` and the other fields of that block. A network that detects or segments has
``task`` and ``task_head.channels_64`` and the other fields of its head.
"""

import dataclasses
import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.heads import HEADS, head_from_dict
from nasbench_mvit.architecture.spec import NUM_STAGES, MobileViTSpec, StageSpec
from nasbench_mvit.errors import SpecError, listed

Value = bool | int | float | str | tuple[int, int]

_TOP = tuple(
    f.name for f in dataclasses.fields(MobileViTSpec) if f.name not in {"stages", "task_head"}
)
HEAD = "task_head"
HEAD_FIELDS = {
    task: tuple(f"{HEAD}.{f.name}" for f in dataclasses.fields(head))
    for task, head in HEADS.items()
}
TASK = "task"
#: The fields that have an effect in networks of one task alone.
OF_TASK = HEAD_FIELDS | {"classification": ("head_expansion", "classifier_dropout")}
_STAGE = tuple(f.name for f in dataclasses.fields(StageSpec) if f.name != "block")
BLOCK_FIELDS = tuple(f.name for f in dataclasses.fields(BlockSpec))
DEFAULTS: Mapping[str, Any] = {
    f.name: f.default for f in dataclasses.fields(BlockSpec) if f.default is not dataclasses.MISSING
} | {"task": "classification"}
BACKBONE_FIELDS = (
    *_TOP,
    *(
        f"stage{number}.{name}"
        for number in range(1, NUM_STAGES + 1)
        for name in (*_STAGE, "block", *BLOCK_FIELDS)
    ),
)
FIELDS = (*BACKBONE_FIELDS, TASK, *itertools.chain.from_iterable(HEAD_FIELDS.values()))


# Fields of a block that have an effect only with some values of another.
_NEEDS: dict[str, tuple[str, tuple[Value, ...]]] = {
    "heads": ("attention", ("softmax",)),
    "fusion_kernel": ("fusion", (True, "local")),
    "projection": ("fusion", (True, "local")),
}


@dataclass(frozen=True)
class Condition:
    """A field, and its values with which another one has an effect."""

    field: str
    values: tuple[Value, ...]

    def holds(self, value: Value | None) -> bool:
        """Return whether the other field has an effect with this value."""
        return any(value is known or value == known for known in self.values)


def conditions(field: str) -> tuple[Condition, ...]:
    """Return the conditions under which ``field`` has an effect, the nearest first.

    A field of a block needs ``stageN.block``; ``heads`` needs softmax attention too, and
    the parts of the fusion that there is one. A field of a head needs its task.
    """
    for task, fields in OF_TASK.items():
        if field in fields:
            return (Condition(TASK, (task,)),)
    stage, _, name = field.partition(".")
    if name not in BLOCK_FIELDS:
        return ()
    there = Condition(f"{stage}.block", (True,))
    if name not in _NEEDS:
        return (there,)
    other, values = _NEEDS[name]
    return (Condition(f"{stage}.{other}", values), there)


def flatten(spec: MobileViTSpec) -> dict[str, Value]:
    """Return the fields of ``spec``, without those of absent blocks and those that are None."""
    flat: dict[str, Value] = {name: getattr(spec, name) for name in _TOP}
    for number, stage in enumerate(spec.stages, start=1):
        flat |= {f"stage{number}.{name}": getattr(stage, name) for name in _STAGE}
        flat[f"stage{number}.block"] = stage.block is not None
        if stage.block is not None:
            block = {name: getattr(stage.block, name) for name in BLOCK_FIELDS}
            flat |= {f"stage{number}.{n}": v for n, v in block.items() if v is not None}
    if spec.task_head is not None:
        head = dataclasses.asdict(spec.task_head)
        flat |= {TASK: spec.task} | {f"{HEAD}.{name}": value for name, value in head.items()}
    return flat


def spelled_out(spec: MobileViTSpec) -> dict[str, Value]:
    """Return the fields of ``spec`` to look at: a fusion's kernel also where it is the block's.

    ``flatten`` leaves it out there, so that what changes the one changes the other.
    """
    flat = flatten(spec)
    for number, stage in enumerate(spec.stages, start=1):
        if stage.block is not None and stage.block.fusion:
            flat[f"stage{number}.fusion_kernel"] = stage.block.size_of_fusion
    return flat


def unflatten(flat: Mapping[str, Value]) -> MobileViTSpec:
    """Return the network with these fields.

    Raises:
        SpecError: a value breaks a rule; the message names the stage and the field.
    """
    values: dict[str, object] = {name: flat[name] for name in _TOP if name in flat}
    parts: dict[str, dict[str, Value]] = {}
    for key, value in flat.items():
        stage, name = _place(key)
        parts.setdefault(stage, {})[name] = value
    stages = []
    for number in range(1, NUM_STAGES + 1):
        try:
            stages.append(_stage(**parts.get(f"stage{number}", {})))
        except SpecError as error:
            raise SpecError(f"stage{number}: {error}") from None
    head = None
    if TASK in flat or HEAD in parts:
        head = head_from_dict({TASK: flat.get(TASK)} | parts.get(HEAD, {}))
    return MobileViTSpec(stages=tuple(stages), task_head=head, **values)  # type: ignore[arg-type]


@functools.cache
def _place(field: str) -> tuple[str, str]:
    """Split a field into its stage and its name there; the stage is the field if it has none."""
    stage, _, name = field.partition(".")
    return stage, name


@functools.lru_cache(maxsize=4096, typed=True)  # searches build many networks of the same stages
def _stage(**part: Value) -> StageSpec:
    block = None
    if part.get("block"):
        if missing := [name for name in ("dim", "depth") if name not in part]:
            raise SpecError(f"a block needs {listed(missing)}: give it a value or an axis.")
        block = BlockSpec(**{name: part[name] for name in BLOCK_FIELDS if name in part})  # type: ignore[arg-type]
    stage = {name: part[name] for name in _STAGE if name in part}
    return StageSpec(block=block, **stage)  # type: ignore[arg-type]
