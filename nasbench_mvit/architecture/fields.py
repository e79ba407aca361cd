"""A network as a flat mapping from field names to values, and back.

Field names are those of search space files, tables and plots: ``stem_channels``,
``stage3.channels``, ``stage3.block`` (whether the stage ends in a MobileViT block) and, where it
does, ``stage3.dim`` and the other fields of that block.
"""

import dataclasses
import functools
from collections.abc import Mapping

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.spec import NUM_STAGES, MobileViTSpec, StageSpec
from nasbench_mvit.errors import SpecError, listed

Value = bool | int | float | str | tuple[int, int]

_TOP = tuple(f.name for f in dataclasses.fields(MobileViTSpec) if f.name != "stages")
_STAGE = tuple(f.name for f in dataclasses.fields(StageSpec) if f.name != "block")
BLOCK_FIELDS = tuple(f.name for f in dataclasses.fields(BlockSpec))
FIELDS = (
    *_TOP,
    *(
        f"stage{number}.{name}"
        for number in range(1, NUM_STAGES + 1)
        for name in (*_STAGE, "block", *BLOCK_FIELDS)
    ),
)


def block_switch(field: str) -> str | None:
    """Return ``stageN.block`` for a field of stage N's block, None for any other field."""
    stage, _, name = field.partition(".")
    return f"{stage}.block" if name in BLOCK_FIELDS else None


def flatten(spec: MobileViTSpec) -> dict[str, Value]:
    """Return the fields of ``spec``; those of an absent block are absent."""
    flat: dict[str, Value] = {name: getattr(spec, name) for name in _TOP}
    for number, stage in enumerate(spec.stages, start=1):
        flat |= {f"stage{number}.{name}": getattr(stage, name) for name in _STAGE}
        flat[f"stage{number}.block"] = stage.block is not None
        if stage.block is not None:
            flat |= {f"stage{number}.{name}": getattr(stage.block, name) for name in BLOCK_FIELDS}
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
    return MobileViTSpec(stages=tuple(stages), **values)  # type: ignore[arg-type]


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
