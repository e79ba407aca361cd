"""Options: what a command line gives, declared field by field as a typed, frozen object."""

import argparse
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from nasbench_mvit.cli.shared.parser import Parser, given


def option(
    *flags: str,
    default: Any = None,
    group: str | None = None,
    one_of: str | None = None,
    **declared: Any,
) -> Any:
    """Return the field of an option, whose value is a text that is not empty if no type is given.

    Args:
        flags: as ``add_argument`` takes them; the field's name with dashes if left out.
        default: its value where it is not given.
        group: title of its group in the help.
        one_of: a name that the options share of which only one may be given.
        declared: the other arguments of ``add_argument``; ``required`` beside ``one_of`` asks for
            one of them.
    """
    if declared.get("action", "append") == "append":
        declared.setdefault("type", given)
    metadata = {"flags": flags, "group": group, "one_of": one_of, "declared": declared}
    if declared.get("action") == "append":
        return dataclasses.field(default_factory=list, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def flag(**declared: Any) -> Any:
    """Return the field of an option without a value, False where it is not given."""
    return option(default=False, action="store_true", **declared)


def included(kind: "type[Options]") -> Any:
    """Return a field that holds options which several commands have."""
    return dataclasses.field(metadata={"included": kind})


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a command; a subclass has a field for each."""

    @classmethod
    def declare(cls, parser: Parser) -> None:
        """Add the options to a parser."""
        places: dict[str | None, argparse._ActionsContainer] = {None: parser}
        for field in dataclasses.fields(cls):
            if kind := field.metadata.get("included"):
                kind.declare(parser)
                continue
            declared = {"default": _default(field), **field.metadata["declared"]}
            group, one_of = field.metadata["group"], field.metadata["one_of"]
            required = one_of is not None and declared.pop("required", False)
            if (name := group or one_of) not in places:
                places[name] = (
                    parser.add_argument_group(group)
                    if group
                    else parser.add_mutually_exclusive_group(required=required)
                )
            places[name].add_argument(*_flags(field), **declared)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the options that a parser has found."""
        return cls(
            **{
                field.name: kind.of(values)
                if (kind := field.metadata.get("included"))
                else values[_flags(field)[-1].lstrip("-").replace("-", "_")]
                for field in dataclasses.fields(cls)
            }
        )

    def check_options(self, parser: Parser) -> None:
        """Refuse options that do not go together, by ``Parser.error``."""
        for field in dataclasses.fields(self):
            if "included" in field.metadata:
                getattr(self, field.name).check_options(parser)

    def not_default(self) -> Iterator[tuple[str, Any]]:
        """Yield the flag and the value of each option that has not its default."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if "included" in field.metadata:
                yield from value.not_default()
            elif value != _default(field):
                yield _flags(field)[-1], value


def _flags(field: "dataclasses.Field[Any]") -> tuple[str, ...]:
    return field.metadata["flags"] or (f"--{field.name.replace('_', '-')}",)


def _default(field: "dataclasses.Field[Any]") -> Any:
    return [] if field.default is dataclasses.MISSING else field.default
