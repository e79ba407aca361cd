"""The schema of ``search_spaces/*.yaml``."""

import math
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from nasbench_mvit.architecture.block import as_fusion
from nasbench_mvit.architecture.fields import FIELDS, TASK, Value
from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.published import PUBLISHED
from nasbench_mvit.errors import SpecError, listed, unknown

# A study varies these as axes of their own, so they must not follow another axis.
NAMED = ("local", "attention", "projection")  # fields whose values are words
NEVER_TIED = ("resolution", "variant", "patch", "block")

Side = Annotated[StrictInt, Field(ge=1)]
Scalar = StrictBool | StrictInt | StrictFloat | StrictStr
Choice = Scalar | Annotated[list[Side], Field(min_length=2, max_length=2)]


def _known_field(name: str) -> str:
    if name not in FIELDS:
        raise ValueError(unknown("field", name, FIELDS))
    if name == "variant":
        raise ValueError("variant cannot vary yet: 'v1' is the only one")
    if name == TASK:
        raise ValueError("task is no axis: a space is of one task, which stands beside its base")
    return name


FieldName = Annotated[str, AfterValidator(_known_field)]


def _tieable_field(name: str) -> str:
    if _known_field(name).rpartition(".")[-1] in NEVER_TIED:
        raise ValueError(f"{name} cannot be tied: {listed(NEVER_TIED)} need an axis of their own")
    return name


def is_dropout(field: str) -> bool:
    """Return whether a field is a dropout, which is valid with any other fields."""
    return field.endswith("dropout")


def _published_name(name: str) -> str:
    if name not in PUBLISHED:
        raise ValueError(unknown("published network", name, PUBLISHED))
    return name


PublishedName = Annotated[
    str, AfterValidator(_published_name), Field(json_schema_extra={"enum": list(PUBLISHED)})
]
TiedFieldName = Annotated[str, AfterValidator(_tieable_field)]


class Tie(BaseModel):
    """A field that follows an axis instead of varying by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: FieldName = Field(description="The axis that decides.")
    values: dict[Scalar, Scalar] = Field(
        description="The value of this field for every choice of that axis."
    )


class SpaceFile(BaseModel):
    """A search space: which fields of a MobileViT vary, and among which values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = Field(description="Version of this file format.")
    description: str = Field(min_length=1, description="Purpose of the space, in a sentence.")
    base: PublishedName = Field(
        description="The published network that sets every field no axis sets."
    )
    task: Task = Field(
        default="classification",
        description="What the networks do: with a task other than classification they have its "
        "head, whose fields start with task_head and may be axes.",
    )
    axes: dict[FieldName, Annotated[list[Choice], Field(min_length=1)]] = Field(
        min_length=1,
        description="For each field that varies its values in ascending order (true and false, "
        "and words, in any). A patch is one number for a square or a [height, width] pair. Fields "
        "of a block apply only where stageN.block is true.",
    )
    tied: dict[TiedFieldName, Tie] = Field(
        default_factory=dict,
        description="Fields that follow an axis: a dropout that follows a width, or the widths of "
        "all stages that follow that of the last.",
    )

    @model_validator(mode="after")
    def _check_choices(self) -> "SpaceFile":
        for name, choices in self.axes.items():
            values = [normalise(name, choice) for choice in choices]
            repeated = {str(value) for value in values if values.count(value) > 1}
            if repeated:
                raise ValueError(f"axis {name} lists {', '.join(sorted(repeated))} twice")
            _check_ascending(name, [value for value in values if not isinstance(value, bool | str)])
        for name, tie in self.tied.items():
            self._check_tie(name, tie)
        return self

    def _check_tie(self, name: str, tie: Tie) -> None:
        if name in self.axes:
            raise ValueError(f"{name} is an axis and tied: remove one of the two")
        if tie.to not in self.axes:
            raise ValueError(f"{name} is tied to {unknown('axis', tie.to, self.axes)}")
        if tie.to.endswith(".patch"):
            raise ValueError(f"tied.{name}.to must be an axis of single values, got {tie.to}")
        missing = [choice for choice in self.axes[tie.to] if choice not in tie.values]
        unused = [value for value in tie.values if value not in self.axes[tie.to]]
        if missing or unused:
            raise ValueError(
                f"tied.{name}.values must name every choice of {tie.to} and nothing else: "
                f"missing {missing}, not a choice {unused}"
            )
        for value in tie.values.values():
            normalise(name, value)
            if is_dropout(name) and (isinstance(value, str) or not 0 <= value < 1):
                raise ValueError(f"tied.{name}.values must be from 0 to below 1, got {value}")


def _check_ascending(name: str, values: list[Any]) -> None:
    ascending = sorted(values)
    if values != ascending:
        shown = ", ".join(str(list(v) if isinstance(v, tuple) else v) for v in ascending)
        raise ValueError(
            f"axis {name} must list its values in ascending order, since samplers take values "
            f"beside each other for similar: [{shown}]"
        )


def normalise(field: str, choice: object) -> Value:
    """Return a choice as a value: a patch as a pair, a fusion as stored, anything else unchanged.

    Raises:
        ValueError: the field does not take such a value.
    """
    if field.endswith(".patch"):
        return _patch(field, choice)
    if field.endswith(".block") and not isinstance(choice, bool):
        raise ValueError(f"{field} takes true/false, got {choice!r}")
    if field.endswith(".fusion"):
        try:
            return as_fusion(choice)
        except SpecError as error:
            raise ValueError(str(error)) from None
    if isinstance(choice, str) and field.partition(".")[2] in NAMED:
        return choice
    if isinstance(choice, list | tuple):
        raise ValueError(f"{field} takes single values, got {choice!r}")
    if isinstance(choice, float) and not math.isfinite(choice):
        raise ValueError(f"{field} takes finite values, got {choice!r}")
    if not isinstance(choice, bool | int | float):
        raise ValueError(f"{field} takes numbers or true/false, got {choice!r}")
    return choice


def _patch(field: str, choice: object) -> tuple[int, int]:
    if isinstance(choice, int) and not isinstance(choice, bool):
        return (choice, choice)
    if isinstance(choice, list | tuple) and len(choice) == 2:
        return (int(choice[0]), int(choice[1]))
    raise ValueError(f"{field} takes a number or a [height, width] pair, got {choice!r}")
