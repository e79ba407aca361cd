"""Candidates: the costs, the latency and the limits of networks before training."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.analysis.pareto import FrontRule, front_costs, spread
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs, count_costs_many
from nasbench_mvit.cost.memory import peak_activation_mb, peak_mb
from nasbench_mvit.errors import StudyError
from nasbench_mvit.latency.predictor.predictor import Latency, LatencyPredictor
from nasbench_mvit.latency.predictor.rivals import rival_latency
from nasbench_mvit.search.study.sections import Limits
from nasbench_mvit.search.trials.record import Role, TrialLatency, TrialRecord
from nasbench_mvit.search.trials.snapshot import software_versions

ENUMERABLE = 10_000
DRAWN = 2_000
PEAK = FrontRule.MEMORY.column


@dataclasses.dataclass(frozen=True)
class Outlook:
    """Statistics of a study's space before any training.

    Attributes:
        size: number of networks in the space.
        examined: number of examined networks: all of a small space, a sample of a large one.
        within: share of the examined networks that are within the limits.
        mean_macs: mean MACs of those within the limits.
        max_macs: most MACs of those within the limits.
        extrapolating: share of those within the limits for which the predictor extrapolates.
    """

    size: int
    examined: int
    within: float
    mean_macs: float
    max_macs: float
    extrapolating: float


class LimitCheck:
    """The check whether a network keeps a study's limits, and what it costs."""

    def __init__(self, limits: Limits, rule: FrontRule = FrontRule.POINT) -> None:
        self.rule = rule
        self._limits = {name: limit for name, limit in limits if limit is not None}

    def front_costs(self, record: TrialRecord) -> tuple[float, float]:
        """Return the costs with which a network dominates, and is dominated."""
        latency = record.latency
        peak = peak_mb(record.network()) if self.rule is FrontRule.MEMORY else 0.0
        ends = front_costs(self.rule, latency.ms, latency.low, latency.high, peak)
        return float(ends[0]), float(ends[1])

    def excess(self, record: TrialRecord) -> dict[str, float]:
        """Return for each limit the relative distance from it, positive where it is exceeded.

        A limit of what is not known of a rival is left out.
        """
        latency = record.latency
        values = {
            "latency_ms": latency.high,
            "latency_spread": float(spread(latency.low, latency.high)),
            "params": record.params,
            "macs": record.macs,
        }
        if PEAK in self._limits:
            values[PEAK] = peak_mb(record.network())
        limits = self._limits.items()
        return {name: values[name] / limit - 1 for name, limit in limits if values[name] >= 0}

    def allows(self, record: TrialRecord) -> bool:
        """Return whether a network keeps all limits."""
        return all(excess <= 0 for excess in self.excess(record).values())

    def rejection(self, record: TrialRecord) -> str | None:
        """Return a description of the limits that a network exceeds, None if it keeps all."""
        broken = [name for name, excess in self.excess(record).items() if excess > 0]
        if not broken:
            return None
        low, high = record.latency.low, record.latency.high
        values = {
            "latency_ms": f"up to {high:.2f} ms",
            "latency_spread": f"a latency that is unknown, from {low:.2f} to {high:.2f} ms, a "
            f"factor of {spread(low, high):.2f}",
            "params": f"{record.params:,} parameters",
            "macs": f"{record.macs:,} MACs",
            PEAK: f"a peak of {peak_mb(record.network()):.2f} MB of activations",
        }
        parts = (f"{values[name]}, the limit is {self._limits[name]:,}" for name in broken)
        return "; ".join(parts)


class Candidates(LimitCheck):
    """The networks of a space under a study's predictor and limits."""

    def __init__(
        self,
        space: SearchSpace,
        predictor: LatencyPredictor,
        limits: Limits,
        rule: FrontRule = FrontRule.POINT,
    ) -> None:
        """Combine a space, a predictor, the limits and the rule of the front."""
        super().__init__(limits, rule)
        self._versions = software_versions()
        self.space = space
        self.predictor = predictor

    def record(
        self, spec: Network, *, role: Role, seeds: Sequence[int], name: str | None = None
    ) -> TrialRecord:
        """Return the record of a network before its trainings with ``seeds``."""
        costs = count_costs(spec)
        latency = self._latency(spec)
        return TrialRecord(
            role=role,
            name=name,
            spec=spec.to_dict(),
            spec_id=spec.id,
            params=costs.params,
            macs=costs.macs,
            latency=TrialLatency(
                **dataclasses.asdict(latency), predictor=self.predictor.document.name
            ),
            seeds=tuple(seeds),
            versions=self._versions,
        )

    def _latency(self, network: Network) -> Latency:
        if isinstance(network, RivalSpec):
            return rival_latency(self.predictor, network)
        return self.predictor.predict(network)

    def unseen(self, seen: set[str], rng: np.random.Generator) -> MobileViTSpec | None:
        """Return a network within the limits whose id is not in ``seen``, None if there is none.

        A small space is enumerated; of a large one a sample is drawn, so that None means that
        networks within the limits are at least very rare.
        """
        pool = [spec for spec in self._pool(rng) if spec.id not in seen]
        if not pool:
            return None
        inside = np.flatnonzero(self._within(pool))
        return pool[int(rng.choice(inside))] if len(inside) else None

    def outlook(self, rng: np.random.Generator) -> Outlook:
        """Return statistics of the space.

        Raises:
            StudyError: no examined network keeps the limits.
        """
        pool = list(self._pool(rng))
        within = self._within(pool)
        latency = self.predictor.predict_many(pool)
        if not within.any():
            limits = ", ".join(f"{name} {limit:,}" for name, limit in self._limits.items())
            fastest = latency.high.min()
            memory = ""
            if PEAK in self._limits:
                memory = f", the smallest peak is {peak_activation_mb(pool).min():.2f} MB"
            raise StudyError(
                f"none of {len(pool):,} networks of space {self.space.name} is within the limits "
                f"({limits}); the fastest needs up to {fastest:.2f} ms{memory}. "
                "Raise the limits."
            )
        macs = np.asarray(count_costs_many(pool).macs, dtype=float)
        return Outlook(
            size=self.space.size,
            examined=len(pool),
            within=float(within.mean()),
            mean_macs=float(macs[within].mean()),
            max_macs=float(macs[within].max()),
            extrapolating=float(latency.extrapolating[within].mean()),
        )

    def _pool(self, rng: np.random.Generator) -> Iterator[MobileViTSpec]:
        if self.space.size <= ENUMERABLE:
            yield from self.space.enumerate()
        else:
            yield from (self.space.sample(rng) for _ in range(DRAWN))

    def _within(self, specs: Sequence[MobileViTSpec]) -> NDArray[np.bool_]:
        _, excess_NL = self.predict(specs)
        return np.asarray(np.all(excess_NL <= 0, axis=1))

    def predict(
        self, specs: Sequence[MobileViTSpec]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predict the cost and the distances from the limits of N networks.

        Returns:
            Costs as they count on the front, (N,), and relative distances from the L limits of the
            study, positive where one is exceeded, (N, L).
        """
        costs, latency = count_costs_many(specs), self.predictor.predict_many(specs)
        values = {
            "latency_ms": latency.high,
            "latency_spread": spread(latency.low, latency.high),
            "params": costs.params,
            "macs": costs.macs,
        }
        peaks = np.zeros(len(specs))
        if PEAK in self._limits or self.rule is FrontRule.MEMORY:
            peaks = values[PEAK] = peak_activation_mb(specs)
        excess = [np.asarray(values[name]) / limit - 1 for name, limit in self._limits.items()]
        costs_N, _ = front_costs(self.rule, latency.ms, latency.low, latency.high, peaks)
        return costs_N, np.array(excess, dtype=float).reshape(len(excess), len(specs)).T
