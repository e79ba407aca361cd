"""The training data of a surrogate, by network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.surrogate.features import Floats

CHOSEN = ", chosen"


def chosen(space: str) -> str:
    """Return the name of the group of a space's networks that searches have chosen."""
    return f"{space}{CHOSEN}"


def drawn(group: str) -> str:
    """Return the name of the group of the networks drawn from the space of a group."""
    return group.removesuffix(CHOSEN)


@dataclass(frozen=True)
class TrainedNetworks:
    """N networks with the results of their trainings.

    Attributes:
        specs: the networks.
        groups: name of the group of each network, ``(N,)``.
        top1: top-1 of each network by seed, ascending.
        seconds: processor seconds of a training, mean over seeds, ``(N,)``.
    """

    specs: tuple[MobileViTSpec, ...]
    groups: NDArray[np.str_]
    top1: tuple[tuple[float, ...], ...]
    seconds: Floats

    @classmethod
    def of(cls, trainings: pd.DataFrame) -> Self:
        """Return the trainings of a table with the columns of ``schema.COLUMNS``."""
        rows = trainings.sort_values("seed", kind="stable").groupby("spec_id", sort=False)
        return cls(
            specs=tuple(MobileViTSpec.from_json(text) for text in rows["spec"].first()),
            groups=rows["group"].first().to_numpy(dtype=np.str_),
            top1=tuple(tuple(values.tolist()) for _, values in rows["top1"]),
            seconds=rows["cpu_seconds"].mean().to_numpy(dtype=float),
        )

    def __len__(self) -> int:
        """Return the number of networks."""
        return len(self.specs)

    @property
    def mean_top1(self) -> Floats:
        """Top-1 of each network, mean over its seeds, ``(N,)``."""
        return np.array([np.mean(values) for values in self.top1])

    @property
    def first_top1(self) -> Floats:
        """Top-1 of each network with its first seed, which is what a search trains, ``(N,)``."""
        return np.array([values[0] for values in self.top1])

    def of_group(self, group: str) -> NDArray[np.bool_]:
        """Return the mask of the networks of a group, ``(N,)``."""
        mask: NDArray[np.bool_] = self.groups == group
        return mask

    def part(self, places: Sequence[int] | NDArray[np.int64]) -> Self:
        """Return the networks at these indices."""
        return type(self)(
            specs=tuple(self.specs[place] for place in places),
            groups=self.groups[places],
            top1=tuple(self.top1[place] for place in places),
            seconds=self.seconds[places],
        )
