"""An axis of a search space: a field of the network, with the values it may take."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from nasbench_mvit.architecture.fields import Condition, Value

Assignment = dict[str, Value]


@dataclass(frozen=True)
class Axis:
    """A field that varies.

    Attributes:
        name: field name as in ``architecture.fields``.
        choices: its values in the order of the file.
        condition: the axis, and its choices, with which this one applies; None if it always does.
    """

    name: str
    choices: tuple[Value, ...]
    condition: Condition | None

    def applies(self, drawn: Mapping[str, Value]) -> bool:
        """Return whether the axis applies among choices that have those of its condition."""
        return self.condition is None or self.condition.holds(drawn.get(self.condition.field))

    def labels(self) -> tuple[bool | int | float | str, ...]:
        """Return the choices as scalars; a patch of height 4 and width 2 is "4x2"."""
        return tuple(f"{c[0]}x{c[1]}" if isinstance(c, tuple) else c for c in self.choices)

    @functools.cached_property
    def by_label(self) -> Mapping[bool | int | float | str, Value]:
        """The choices by their labels."""
        return dict(zip(self.labels(), self.choices, strict=True))
