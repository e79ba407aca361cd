"""SearchSpace: a countable set of networks, declared in YAML.

An axis is a field of the network with the values it may take. The fields of a block vary only
where the stage ends in one. Constraints (parameters, latency) belong to the study, not here.
"""

import hashlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.axis import Assignment, Axis
from nasbench_mvit.architecture.fields import (
    DEFAULTS,
    TASK,
    Value,
    conditions,
    flatten,
    spelled_out,
    unflatten,
)
from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space_file import SpaceFile, is_dropout, normalise
from nasbench_mvit.architecture.space_rules import check_one_by_one, check_rules
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpaceError, SpecError, listed
from nasbench_mvit.io import catalogue

INACTIVE = -1.0
LARGEST_TIED = 10_000  # networks of a space that ties more than dropouts: each one is checked


class SearchSpace:
    """The networks of one ``search_spaces/*.yaml`` file.

    >>> import numpy as np
    >>> space = SearchSpace.load("mobilevit_table")
    >>> space.contains(space.sample(np.random.default_rng(0)))
    True
    """

    def __init__(self, name: str, file: SpaceFile) -> None:
        """Check that every combination is a valid and distinct network.

        Raises:
            SpaceError: a choice breaks a rule of the architecture, or two combinations of choices
                give the same network.
        """
        self.name = name
        self.description = file.description
        #: Equal for spaces of equal content, independent of name and comments.
        # The task is later than the first digests.
        unsaid = {"description"} | ({"task"} if file.task == "classification" else set())
        content = file.model_dump_json(exclude=unsaid)
        self.digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        self.base_name = file.base
        self.task = file.task
        base = published(file.base).for_task(file.task)
        self._base, self._defaults = flatten(base), spelled_out(base)
        self._ties = {
            name: (
                tie.to,
                {normalise(tie.to, k): normalise(name, v) for k, v in tie.values.items()},
            )
            for name, tie in file.tied.items()
        }
        self.axes = tuple(self._axis(axis, file) for axis in file.axes)
        self._by_name = {axis.name: axis for axis in self.axes}
        #: The axes, each after that of its condition.
        self.axes_in_order = tuple(sorted(self.axes, key=self._depth))
        self._check()

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """Load a space by the name of a packaged or own file, or by path.

        Raises:
            SpaceError: there is no such file or it is not valid.
        """
        path = catalogue.find("search_spaces", str(name_or_path), SpaceError)
        file = catalogue.read(path, SpaceFile, SpaceError)
        return cls(path.stem, file)

    def _check(self) -> None:
        structural = [name for name in self._ties if not is_dropout(name)]
        if not structural:
            check_rules(self.name, self._base, {axis.name: axis.choices for axis in self.axes})
            return
        if self.size > LARGEST_TIED:
            raise SpaceError(
                f"{self.name} ties {listed(structural)}, so all its networks must be checked one "
                f"by one, and {self.size:,} are more than {LARGEST_TIED:,}. Remove choices, or "
                "make these fields axes."
            )
        check_one_by_one(self.name, self._assignments(self.axes_in_order, {}), self.spec)

    def _axis(self, name: str, file: SpaceFile) -> Axis:
        choices = tuple(normalise(name, choice) for choice in file.axes[name])
        for condition in conditions(name):
            if condition.field in file.axes:
                return Axis(name=name, choices=choices, condition=condition)
            default = DEFAULTS.get(condition.field.rpartition(".")[2])
            here = self._base.get(condition.field, default)
            if condition.field == TASK and not condition.holds(here):
                raise SpaceError(
                    f"{self.name}: {name} has no effect on networks for {here}. Remove it, or set "
                    f"the task of the space: `task: {listed(condition.values)}`."
                )
            if not condition.holds(here):
                wanted = ", ".join(_yaml(value) for value in condition.values)
                raise SpaceError(
                    f"{self.name}: {name} has no effect, for {condition.field} of {file.base} is "
                    f"{_yaml(here)}. Add the axis {condition.field}: [{wanted}], or remove {name}."
                )
        return Axis(name=name, choices=choices, condition=None)

    def _depth(self, axis: Axis) -> int:
        return 0 if axis.condition is None else 1 + self._depth(self._by_name[axis.condition.field])

    @property
    def size(self) -> int:
        """Number of distinct networks, exact."""
        return math.prod(self._branch_size(axis) for axis in self.axes if axis.condition is None)

    def _branch_size(self, axis: Axis) -> int:
        children = [c for c in self.axes if c.condition and c.condition.field == axis.name]
        return sum(
            math.prod(self._branch_size(c) for c in children if c.applies({axis.name: choice}))
            for choice in axis.choices
        )

    def spec(self, assignment: Mapping[str, Value]) -> MobileViTSpec:
        """Return the network with these choices; axes left out keep the base network's value.

        Raises:
            SpaceError: a name is not an axis or a value is not one of its choices.
        """
        flat = dict(self._base)
        for name, value in assignment.items():
            self._check_choice(name, value)
            flat[name] = value
        for name, (to, values) in self._ties.items():
            if to in assignment:
                flat[name] = values[assignment[to]]
        return unflatten(flat)

    def values(self) -> dict[str, tuple[Value, ...]]:
        """Return the values that each field takes in some network of the space."""
        fixed = {name: (value,) for name, value in self._base.items()}
        tied = {name: tuple(values.values()) for name, (_, values) in self._ties.items()}
        return fixed | {axis.name: axis.choices for axis in self.axes} | tied

    def _check_choice(self, name: str, value: Value) -> None:
        if name not in self._by_name:
            raise SpaceError(
                f"{self.name}: '{name}' is not an axis. Axes: {listed(self._by_name)}."
            )
        if value not in self._by_name[name].choices:
            choices = listed(self._by_name[name].labels())
            raise SpaceError(f"{self.name}: {name} = {value} is none of its choices: {choices}.")

    def assignment(self, spec: MobileViTSpec) -> Assignment:
        """Return the choices that give ``spec``, inactive axes absent; inverse of ``spec``.

        Raises:
            SpaceError: the network is outside; the message names a field, its value and choices.
        """
        flat = spelled_out(spec)
        choices: Assignment = {}
        for axis in self.axes_in_order:
            value = flat.get(axis.name)
            if value is not None and axis.applies(choices):
                choices[axis.name] = value
        inside = self.spec(choices)
        if inside == spec:
            return choices
        there = spelled_out(inside)
        for name, value in flat.items():
            if name in there and there[name] != value:
                raise SpaceError(
                    f"{self.name}: {name} = {value} is not in the space, where it is {there[name]}."
                )
        differing = sorted(there.keys() ^ flat.keys())
        raise SpaceError(f"{self.name}: the network differs in {listed(differing)}.")

    def contains(self, spec: MobileViTSpec) -> bool:
        """Return whether ``spec`` is one of the space's networks."""
        try:
            self.assignment(spec)
        except (SpaceError, SpecError):
            return False
        return True

    def sample(self, rng: np.random.Generator) -> MobileViTSpec:
        """Draw a network, every active axis uniformly, so that small branches are visited too."""
        return self.assemble(lambda axis: axis.choices[int(rng.integers(len(axis.choices)))])

    def assemble(self, choose: Callable[[Axis], Value]) -> MobileViTSpec:
        """Return the network of the choices, which are made for each active axis in order."""
        chosen: Assignment = {}
        for axis in self.axes_in_order:
            if axis.applies(chosen):
                chosen[axis.name] = choose(axis)
        return self.spec(chosen)

    def enumerate(self) -> Iterator[MobileViTSpec]:
        """Yield every network once, lazily, in a fixed order."""
        for drawn in self._assignments(self.axes_in_order, {}):
            yield self.spec(drawn)

    def _assignments(self, axes: Sequence[Axis], drawn: Assignment) -> Iterator[Assignment]:
        if not axes:
            yield drawn
            return
        axis, rest = axes[0], axes[1:]
        if not axis.applies(drawn):
            yield from self._assignments(rest, drawn)
            return
        for choice in axis.choices:
            yield from self._assignments(rest, drawn | {axis.name: choice})

    def neighbours(self, spec: MobileViTSpec) -> Iterator[MobileViTSpec]:
        """Yield the networks that differ from ``spec`` in one choice.

        Where a choice makes other axes apply, these take the base network's value if that is a
        choice, else the first choice.

        Raises:
            SpaceError: ``spec`` is outside the space.
        """
        here = self.assignment(spec)
        for axis in self.axes:
            if axis.name not in here:
                continue
            for choice in axis.choices:
                if choice != here[axis.name]:
                    yield self._moved(here, axis, choice)

    def put_back(self, spec: MobileViTSpec) -> Iterator[tuple[Axis, Value, MobileViTSpec]]:
        """Yield each axis on which ``spec`` differs from the base network, with that axis reset.

        Returns:
            The axis, the base network's choice, and ``spec`` with that choice and its ties.

        Raises:
            SpaceError: ``spec`` is outside the space.
        """
        here = self.assignment(spec)
        for axis in self.axes:
            default = self._defaults.get(axis.name)
            if axis.name in here and default in axis.choices and here[axis.name] != default:
                yield axis, default, self._moved(here, axis, default)

    def _moved(self, here: Assignment, moved: Axis, choice: Value) -> MobileViTSpec:
        wanted = here | {moved.name: choice}

        def choose(axis: Axis) -> Value:
            base = self._defaults.get(axis.name)
            default = base if base in axis.choices else axis.choices[0]
            return wanted.get(axis.name, default)

        return self.assemble(choose)

    def encode(self, specs: Sequence[MobileViTSpec]) -> NDArray[np.float64]:
        """Return one row per network and one column per axis, for surrogate models.

        A column holds the position of the choice on its axis scaled to [0, 1], and ``INACTIVE``
        where the axis does not apply. Columns follow ``axes``.

        Raises:
            SpaceError: a network is outside the space.
        """
        rows = np.full((len(specs), len(self.axes)), INACTIVE)
        for row, spec in zip(rows, specs, strict=True):
            here = self.assignment(spec)
            for column, axis in enumerate(self.axes):
                if axis.name in here:
                    last = max(1, len(axis.choices) - 1)
                    row[column] = axis.choices.index(here[axis.name]) / last
        return rows

    def varying(self) -> Iterator[Axis]:
        """Yield the axes with more than one choice, each after that of its condition."""
        return itertools.filterfalse(lambda axis: len(axis.choices) == 1, self.axes_in_order)


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
