"""The domain of the surrogate: the range of its training data in every field."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from nasbench_mvit.architecture.fields import Value, spelled_out
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.surrogate.features import number


@dataclass(frozen=True)
class Domain:
    """The values of every field among some networks.

    Attributes:
        ranges: smallest and largest value of each numeric field; a patch counts by its area.
        kinds: all values of each other field.
    """

    ranges: dict[str, tuple[float, float]]
    kinds: dict[str, frozenset[Value]]

    @classmethod
    def of(cls, specs: Iterable[MobileViTSpec]) -> Self:
        """Return the domain of some networks."""
        known: dict[str, set[Value]] = {}
        for spec in specs:
            for field, value in spelled_out(spec).items():
                known.setdefault(field, set()).add(value)
        numbers = {
            field: [number(value) for value in values]
            for field, values in known.items()
            if not any(_is_kind(value) for value in values)
        }
        return cls(
            ranges={field: (min(values), max(values)) for field, values in numbers.items()},
            kinds={
                field: frozenset(values) for field, values in known.items() if field not in numbers
            },
        )

    def __contains__(self, spec: MobileViTSpec) -> bool:
        """Return whether a network lies inside the domain in every field."""
        return self.outside(spec) is None

    def outside(self, spec: MobileViTSpec) -> str | None:
        """Return the first field outside the domain, with its value and the known ones.

        The result is None for a network inside the domain.
        """
        for field, value in spelled_out(spec).items():
            if field in self.kinds:
                if value not in self.kinds[field]:
                    known = ", ".join(sorted(map(str, self.kinds[field])))
                    return f"{field} = {value}, known is {known}"
                continue
            if field not in self.ranges:
                return f"{field} = {value}, which none of its networks has"
            low, high = self.ranges[field]
            if not low <= number(value) <= high:
                return f"{field} = {value}, known is {low:g} to {high:g}"
        return None


def _is_kind(value: Value) -> bool:
    return isinstance(value, bool | str)
