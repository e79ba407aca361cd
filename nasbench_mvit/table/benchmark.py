"""Benchmark: queries to a benchmark table.

>>> from nasbench_mvit import Benchmark, published
>>> benchmark = Benchmark.load()
>>> benchmark.query(published("mobilevit_xs"), seed=0, fraction=1.0).top1

A seed is the seed of a training, a fraction the share of its budget at which it was scored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, get_args

import pandas as pd

from nasbench_mvit.architecture.differences import differences
from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import TableError, check_type, listed, unknown
from nasbench_mvit.table.files import (
    COLUMNS,
    LATENCIES,
    NETWORKS,
    TABLES,
    TRAININGS,
    TableDescription,
)
from nasbench_mvit.table.nearest import nearest_network

DEFAULT = "mobilevit_table"
ESTIMATED = "estimated"

Quantity = Literal["top1", "train_loss", "seconds", "cpu_seconds"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One training up to one fraction of its budget.

    Attributes:
        spec_id: id of the network.
        params: parameters with 1,000 classes.
        macs: multiply-adds at the network's deployment resolution.
        seed: seed of the training.
        fraction: share of the training done.
        step: number of optimizer updates done.
        top1: top-1 accuracy on ``num_images`` held-out images, 0 to 1.
        num_images: number of scored images: the same subset at every fraction, all at the last.
        train_loss: mean loss over the updates since the previous fraction.
        seconds: wall time so far, on the machine that made the table.
        cpu_seconds: processor time so far.
    """

    spec_id: str
    params: int
    macs: int
    seed: int
    fraction: float
    step: int
    top1: float
    num_images: int
    train_loss: float
    seconds: float
    cpu_seconds: float


class Benchmark:
    """The trainings of every network of a space and of the published networks.

    Attributes:
        about: the description of the table.
        networks: one row per network, indexed by ``spec_id``: parameters, MACs, the choice on
            each axis of the space, the network as JSON.
        latencies: one row per network and source of its latency: the target, the kind of latency,
            milliseconds with an interval.

    >>> from nasbench_mvit.architecture.published import published
    >>> table = Benchmark.load()
    >>> published("mobilevit_xs").id in table.networks.index
    True
    """

    def __init__(self, about: TableDescription, frames: Mapping[str, pd.DataFrame]) -> None:
        """Use the content of a table, by the names of ``files.COLUMNS``; ``load`` reads it."""
        rule = "a Benchmark is made of its content; Benchmark.load(NAME) reads it"
        check_type(about, TableDescription, rule, TableError)
        self.about = about
        self.networks = frames[NETWORKS].set_index("spec_id")
        self.latencies = frames[LATENCIES]
        self._trainings = frames[TRAININGS]

    @classmethod
    def load(cls, name_or_path: str | Path = DEFAULT) -> Self:
        """Load a table by name (in ``tables/`` or shipped) or by the path of its folder.

        Raises:
            TableError: there is none, or it is damaged.
        """
        return cls(*TABLES.read(TABLES.find(name_or_path), COLUMNS))

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits, equal for tables of equal content."""
        return self.about.digest

    def __len__(self) -> int:
        """Return the number of networks."""
        return len(self.networks)

    def __contains__(self, spec: MobileViTSpec) -> bool:
        """Return whether a network is in the table."""
        return spec.id in self.networks.index

    def specs(self) -> Iterator[MobileViTSpec]:
        """Yield the networks, in the order of ``networks``."""
        return map(MobileViTSpec.from_json, self.networks["spec"])

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of the space, which are columns of ``networks``."""
        return tuple(name for name in self.networks.columns if name not in COLUMNS[NETWORKS])

    @property
    def fractions(self) -> tuple[float, ...]:
        """The fractions of a training at which it was scored, ascending."""
        return tuple(sorted(self._trainings["fraction"].unique().tolist()))

    def seeds(self, spec: MobileViTSpec) -> tuple[int, ...]:
        """Return the seeds of a network's trainings.

        Raises:
            TableError: the network is not in the table; the message names the nearest one.
        """
        self._check(spec)
        return tuple(sorted(seed for spec_id, seed in self._curves if spec_id == spec.id))

    def query(self, spec: MobileViTSpec, *, seed: int = 0, fraction: float = 1.0) -> Entry:
        """Return a training of a network up to a fraction.

        Raises:
            TableError: the table does not hold it; the message names the alternatives.
        """
        for entry in self.curve(spec, seed=seed):
            if entry.fraction == fraction:
                return entry
        near = min(self.fractions, key=lambda known: abs(known - fraction))
        raise TableError(
            f"the table {self.about.name} holds no fraction {fraction}: "
            f"it has {listed(self.fractions)}. Ask for one of these; the nearest is {near}."
        )

    def curve(self, spec: MobileViTSpec, *, seed: int = 0) -> tuple[Entry, ...]:
        """Return a training of a network at all fractions, ascending.

        Raises:
            TableError: the table does not hold it; the message names the alternatives.
        """
        self._check(spec)
        curve = self._curves.get((spec.id, seed))
        if curve is None:
            raise TableError(
                f"the table {self.about.name} holds no training of {network_title(spec)} with "
                f"seed {seed}. Its seeds are {listed(self.seeds(spec))}: ask for one of these, or "
                "add trainings with `python -m nasbench_mvit table build --seeds`."
            )
        return curve

    def latency_ms(self, spec: MobileViTSpec) -> dict[str, float]:
        """Return the estimated milliseconds of a network, by name of the predictor.

        Raises:
            TableError: it is not in the table.
        """
        self._check(spec)
        rows = self.latencies[
            (self.latencies["spec_id"] == spec.id) & (self.latencies["kind"] == ESTIMATED)
        ]
        return dict(zip(rows["target"], rows["ms"], strict=True))

    def frame(self, quantity: Quantity = "top1") -> pd.DataFrame:
        """Return a quantity of all trainings: rows (spec_id, seed), a column for each fraction.

        Raises:
            TableError: the quantity is unknown.
        """
        if quantity not in get_args(Quantity):
            raise TableError(unknown("quantity", quantity, get_args(Quantity)))
        return self._trainings.pivot(index=["spec_id", "seed"], columns="fraction", values=quantity)

    def _check(self, spec: MobileViTSpec) -> None:
        if spec in self:
            return
        near = nearest_network(spec, self.specs())
        raise TableError(
            f"{network_title(spec)} is not in the table {self.about.name}. The nearest that is, "
            f"{network_title(near)}, has {differences(spec, near)}. Ask for that one, or "
            "make a table of a space that holds yours with `python -m nasbench_mvit table build`."
        )

    @cached_property
    def _curves(self) -> dict[tuple[str, int], tuple[Entry, ...]]:
        rows = self._trainings.join(self.networks[["params", "macs"]], on="spec_id")
        curves: dict[tuple[str, int], list[Entry]] = {}
        columns = list(Entry.__dataclass_fields__)
        for values in rows.sort_values("fraction")[columns].itertuples(index=False, name=None):
            entry = Entry(**dict(zip(columns, values, strict=True)))
            curves.setdefault((entry.spec_id, entry.seed), []).append(entry)
        return {key: tuple(curve) for key, curve in curves.items()}
