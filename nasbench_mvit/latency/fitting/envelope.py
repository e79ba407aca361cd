"""Polytopes of prices: all non-negative sums of features that meet rows within a tolerance.

Axes: R rows, F features, S networks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.sums import Floats

OPTIMAL, UNBOUNDED = 0, 3  # of linprog
CLOSE = 1e-4  # relative, of prices that are the same


@dataclass(frozen=True)
class Polytope:
    """All prices ≥ 0 for which the sum of every row is its latency, up to a tolerance.

    Attributes:
        features: the features of the rows, (R, F).
        ms: the latencies, (R,).
        is_other_setup: which rows were measured in another set-up, whose times are all longer or
            shorter than ours by one unknown factor, (R,).
        tolerance: relative.
        setup: the largest such factor, either way.
    """

    features: Floats
    ms: Floats
    is_other_setup: NDArray[np.bool_]
    tolerance: float
    setup: float

    def without(self, rows: Iterable[int]) -> "Polytope":
        """Return the polytope of the other rows."""
        kept = np.setdiff1d(np.arange(len(self.ms)), list(rows))
        return replace(self, features=self.features[kept], ms=self.ms[kept],
                       is_other_setup=self.is_other_setup[kept])  # fmt: skip

    def extreme(self, network: Floats, sign: int) -> Floats | None:
        """Return the prices at which a network is fastest (sign 1) or slowest (sign -1), (F,).

        None where it may be arbitrarily slow.

        Args:
            network: features of the network, (F,).
            sign: 1 or -1.

        Raises:
            PredictorError: no prices meet the rows.
        """
        unit = self._unit
        scaled_RF = self.features / unit
        own, other = np.where(self.is_other_setup, 0, self.ms), self.is_other_setup * self.ms
        least, most = 1 - self.tolerance, 1 + self.tolerance
        found = linprog(
            sign * np.append(network / unit, 0.0),
            A_ub=np.block([[scaled_RF, -most * other[:, None]],
                           [-scaled_RF, least * other[:, None]]]),
            b_ub=np.concatenate([most * own, -least * own]),
            bounds=[(0, None)] * len(unit) + [(1 / self.setup, self.setup)],
        )  # fmt: skip
        if found.status == UNBOUNDED:
            return None
        if found.x is None or found.status != OPTIMAL:
            raise PredictorError(
                f"no non-negative prices meet the rows within {self.tolerance:.0%}. Raise the "
                "tolerance, or leave out a row."
            )
        return np.asarray(np.maximum(found.x[:-1], 0) / unit, dtype=np.float64)

    def interval(self, network: Floats) -> tuple[float, float]:
        """Return the least and the most milliseconds of a network, which may be infinite."""
        fastest, slowest = self.extreme(network, 1), self.extreme(network, -1)
        low = 0.0 if fastest is None else float(network @ fastest)
        return low, float("inf") if slowest is None else float(network @ slowest)

    def vertices(self, networks: Floats, margin: float = 0.0) -> Floats:
        """Return vertices at which the networks are fastest and slowest, (V, F).

        Args:
            networks: features of the networks, (S, F).
            margin: relative; a vertex is left out where those before it come that near.
        """
        found: list[Floats] = []
        for network in networks:
            for sign in (1, -1):
                prices = self.extreme(network, sign)
                if prices is not None and self._is_new(prices, found, network, sign, margin):
                    found.append(prices)
        return np.array(found)

    def _is_new(
        self, prices: Floats, found: list[Floats], network: Floats, sign: int, margin: float
    ) -> bool:
        if not found:
            return True
        known = sign * (np.array(found) @ network)
        best = sign * float(prices @ network)
        return bool(known.min() - best > max(margin, CLOSE) * abs(best))

    @property
    def _unit(self) -> Floats:
        """The largest value of each feature, or 1."""
        largest = self.features.max(axis=0)
        return np.where(largest > 0, largest, 1.0)
