"""Problem: a table of networks that were all trained, as something to search.

Whatever has parameters, an accuracy and a cost known without a trial fits: fill one in and hand it
to ``search.search``.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection

from nasbench_mvit.analysis.anytime import hypervolume_curve
from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.errors import TableError

Choices = tuple[Hashable, ...]
DECIMALS = 6
DIRECTIONS = (StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE)  # of accuracy and cost


@dataclass(frozen=True)
class Outcome:
    """The tabulated result of one network.

    Attributes:
        accuracy: as a fraction; maximised.
        cost: known before a training; minimised.
        seconds: duration of its training.
        draws: accuracies of single trainings, which a search with noise observes.
    """

    accuracy: float
    cost: float
    seconds: float
    draws: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Networks to search among.

    Attributes:
        name: name of the table.
        distributions: distributions of the parameters of a network.
        outcomes: by the values of the parameters, in the order of ``distributions``.
        cost_name: what the cost is, with its unit.
        worst_accuracy: accuracy of the reference point of the hypervolume.
        worst_cost: cost of that point.
        make_estimates: returns what trainings of other networks say of the accuracy of each; None
            where no such trainings are known.
        is_noisy: whether a search observes a single training instead of the accuracy it is judged
            by; then each outcome needs draws.
    """

    name: str
    distributions: Mapping[str, BaseDistribution]
    outcomes: Mapping[Choices, Outcome]
    cost_name: str
    worst_accuracy: float
    worst_cost: float
    make_estimates: Callable[[], Mapping[Choices, float]] | None = None
    is_noisy: bool = False

    def choices(self, params: Mapping[str, Any]) -> Choices:
        """Return the choices that identify a network."""
        return tuple(params[name] for name in self.distributions)

    def outcome(self, params: Mapping[str, Any]) -> Outcome:
        """Return the outcome of a training with these parameters.

        Raises:
            TableError: the table does not hold that network.
        """
        found = self.outcomes.get(self.choices(params))
        if found is None:
            raise TableError(
                f"the table {self.name} holds no network with {dict(params)}. A problem needs an "
                "outcome for every combination of its distributions."
            )
        return found

    def observed(self, params: Mapping[str, Any], seed: int) -> float:
        """Return the accuracy that a search with that seed observes, the same for all samplers."""
        outcome = self.outcome(params)
        if not self.is_noisy:
            return outcome.accuracy
        place = zlib.crc32(f"{seed} {self.choices(params)}".encode())
        return outcome.draws[place % len(outcome.draws)]

    def cost(self, params: Mapping[str, Any]) -> float:
        """Return the cost of a network, which is known before its training."""
        return self.outcome(params).cost

    def estimate(self, params: Mapping[str, Any]) -> float:
        """Return the estimate of a network's accuracy, where there are some."""
        return self._estimates[self.choices(params)]

    @cached_property
    def _estimates(self) -> Mapping[Choices, float]:
        return {} if self.make_estimates is None else self.make_estimates()

    @property
    def reference(self) -> tuple[float, float]:
        """The reference point of the hypervolume: the worst accuracy and the worst cost."""
        return self.worst_accuracy, self.worst_cost

    @cached_property
    def best_hypervolume(self) -> float:
        """That of all networks, which no search can exceed."""
        return hypervolume(
            [outcome.accuracy for outcome in self.outcomes.values()],
            [outcome.cost for outcome in self.outcomes.values()],
            worst_top1=self.worst_accuracy,
            worst_latency_ms=self.worst_cost,
        )

    def shares(self, accuracy: ArrayLike, cost: ArrayLike) -> NDArray[np.float64]:
        """Return the share of the best possible hypervolume after each network of a search.

        Args:
            accuracy: accuracies of the networks, in the order in which they were trained, (N,).
            cost: costs of the networks, (N,).
        """
        areas = hypervolume_curve(
            accuracy, cost, worst_top1=self.worst_accuracy, worst_latency_ms=self.worst_cost
        )
        return areas / self.best_hypervolume

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits, equal for problems of equal content."""
        numbers = np.array([[o.accuracy, o.cost, o.seconds] for o in self.outcomes.values()])
        numbers = numbers.round(DECIMALS) + 0.0  # the last digits depend on the processor
        names = [[name, distribution_to_json(d)] for name, d in self.distributions.items()]
        keys = [list(key) for key in self.outcomes]
        noise = [[o.draws for o in self.outcomes.values()]] if self.is_noisy else []
        content = json.dumps([names, self.reference, keys, *noise])
        return hashlib.sha256(content.encode() + numbers.tobytes()).hexdigest()[:16]


MakeSampler = Callable[[Problem, int], BaseSampler]
"""Returns a new sampler for a problem and a seed."""
