"""A surrogate as the prior of the sampler cost_aware: what accuracy to expect of a network."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost_aware.encoding import Parameters
from nasbench_mvit.search.samplers.by_name import network
from nasbench_mvit.surrogate.surrogate import Surrogate


@dataclass(frozen=True)
class SurrogatePrior:
    """Estimates of the networks of a space, from a trial's parameters.

    Attributes:
        surrogate: estimates them.
        space: the space of the study.
    """

    surrogate: Surrogate
    space: SearchSpace

    def __call__(self, parameters: Parameters) -> float:
        """Return the estimate of a network's top-1, a fraction."""
        return self.many([parameters])[0]

    def many(self, assignments: Sequence[Parameters]) -> list[float]:
        """Return the estimates of several networks."""
        specs = [network(self.space, assignment) for assignment in assignments]
        estimates: list[float] = self.surrogate.predict(specs).top1.tolist()
        return estimates
