"""Rules across the axes of a search space, checked once when it is loaded.

Every combination of choices must be a valid network, and no two combinations the same network, so
that the size of the space is the number of its networks. The rules of a network couple only a few
fields, so checking those together covers all combinations.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from nasbench_mvit.architecture.fields import Value, conditions, unflatten
from nasbench_mvit.architecture.spec import NUM_STAGES, MobileViTSpec
from nasbench_mvit.errors import SpaceError, SpecError, listed

Choices = Mapping[str, tuple[Value, ...]]
_COUPLED = ("dim", "heads", "ffn_ratio")


def check_rules(name: str, base: Mapping[str, Value], axes: Choices) -> None:
    """Check the axes of the space ``name`` that varies the flat network ``base``.

    Raises:
        SpaceError: a combination is not a valid network, or two are the same one.
    """
    first = {axis: choices[0] for axis, choices in axes.items()}
    reference = {**base, **first, **_conditions_met(name, axes)}
    for part in _coupled_choices(axes):
        _build(name, {**reference, **part}, part)
    for stage in range(1, NUM_STAGES + 1):
        _check_widths(name, stage, reference, axes)
        _check_ffn(name, f"stage{stage}.", reference, axes)
    if len(axes.get("dropout", ())) > 1 and not _has_permanent_block(base, axes):
        raise SpaceError(
            f"{name}: dropout has no effect where all blocks are off, so networks would count "
            "twice. Give it a single value, or keep one stage's block on."
        )


def check_one_by_one(
    name: str,
    assignments: Iterable[Mapping[str, Value]],
    build: Callable[[Mapping[str, Value]], MobileViTSpec],
) -> None:
    """Check every network of the space ``name``, whose ties couple more fields than the rules.

    Raises:
        SpaceError: a network is not valid, or two are the same.
    """
    seen: dict[str, Mapping[str, Value]] = {}
    for assignment in assignments:
        try:
            spec = build(assignment)
        except SpecError as error:
            raise SpaceError(
                f"{name}: {_description(assignment)} is not a valid network: {error}"
            ) from None
        other = seen.setdefault(spec.id, assignment)
        if other is not assignment:
            raise SpaceError(
                f"{name}: {_description(other)} and {_description(assignment)} give the same "
                "network. Remove one of the two."
            )


def _description(choices: Mapping[str, Value]) -> str:
    return " with ".join(f"{axis} = {value}" for axis, value in choices.items())


def _has_permanent_block(base: Mapping[str, Value], axes: Choices) -> bool:
    switches = (f"stage{stage}.block" for stage in range(1, NUM_STAGES + 1))
    return any(all(axes.get(switch, (base[switch],))) for switch in switches)


def _check_ffn(name: str, stage: str, reference: Mapping[str, Value], axes: Choices) -> None:
    """Check that no two ratios give the same feed-forward width."""
    ratios = cast("tuple[float, ...]", axes.get(f"{stage}ffn_ratio", ()))
    for dim in cast("tuple[int, ...]", axes.get(f"{stage}dim", (reference.get(f"{stage}dim", 0),))):
        if len({round(dim * ratio) for ratio in ratios}) < len(ratios):
            raise SpaceError(
                f"{name}: some of {stage}ffn_ratio = {listed(ratios)} give the same network at "
                f"{stage}dim = {dim}. Remove one."
            )


def _conditions_met(name: str, axes: Choices) -> dict[str, Value]:
    """Return choices with which every axis has an effect."""
    met: dict[str, Value] = {}
    for axis in axes:
        for condition in conditions(axis):
            choices = axes.get(condition.field, condition.values)
            fitting = [choice for choice in choices if condition.holds(choice)]
            if not fitting:
                raise SpaceError(
                    f"{name}: {axis} has no effect, for {condition.field} is never one of "
                    f"{listed(condition.values)}. Add that choice, or remove {axis}."
                )
            if condition.field in axes:
                met[condition.field] = fitting[0]
    return met


def _coupled_choices(axes: Choices) -> Iterator[dict[str, Value]]:
    coupled = {
        f"stage{stage}.{field}" for stage in range(1, NUM_STAGES + 1) for field in _COUPLED
    } & axes.keys()
    for axis in axes.keys() - coupled:
        for choice in axes[axis]:
            yield {axis: choice}
    for stage in range(1, NUM_STAGES + 1):
        together = [axis for axis in axes if axis in coupled and axis.startswith(f"stage{stage}.")]
        for choices in itertools.product(*(axes[axis] for axis in together)):
            yield dict(zip(together, choices, strict=True))


def _build(name: str, flat: Mapping[str, Value], part: Mapping[str, Value]) -> MobileViTSpec:
    try:
        return unflatten(flat)
    except SpecError as error:
        choice = _description(part) or "the first choice of every axis"
        raise SpaceError(f"{name}: {choice} is not a valid network: {error}") from None


def _check_widths(name: str, stage: int, reference: Mapping[str, Value], axes: Choices) -> None:
    """Check that no two ratios round to the same width, in the MV2 blocks and the head."""
    before = "stem_channels" if stage == 1 else f"stage{stage - 1}.channels"
    own, depth, ratio = (f"stage{stage}.{f}" for f in ("channels", "mv2_depth", "expansion"))
    ratios = [ratio, *(["head_expansion"] if stage == NUM_STAGES else [])]
    fields = [field for field in (before, own, depth) if field in axes]
    for axis in (field for field in ratios if len(axes.get(field, ())) > 1):
        for choices in itertools.product(*(axes[field] for field in fields)):
            context = dict(zip(fields, choices, strict=True))
            widths: dict[object, float] = {}
            for value in cast("tuple[float, ...]", axes[axis]):
                spec = _build(name, {**reference, **context, axis: value}, {**context, axis: value})
                width = _width(spec, stage, axis)
                if width in widths:
                    raise SpaceError(
                        f"{name}: {axis} = {widths[width]} and {value} give the same network "
                        f"(width {width} at {context}). Remove one of the two."
                    )
                widths[width] = value


def _width(spec: MobileViTSpec, stage: int, axis: str) -> object:
    if axis == "head_expansion":
        return spec.head_channels
    return spec.stages[stage - 1].hidden(spec.in_channels(stage - 1))
