"""The sampler of a study, with its cheap objectives and constraints.

Axes: N networks, L limits.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from optuna.samplers import BaseSampler

from nasbench_mvit.cost_aware import CostAwareSampler
from nasbench_mvit.cost_aware.candidates import Key, key_of
from nasbench_mvit.cost_aware.encoding import Parameters
from nasbench_mvit.search.samplers.by_name import make_sampler, network
from nasbench_mvit.search.samplers.prior import SurrogatePrior
from nasbench_mvit.search.study.config import COST_AWARE, StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates

TOP1, COST = 0, 1  # of the objectives
NUM_SEEDS = 2**32  # range of the samplers' seeds
MAX_CACHED = 20_000  # networks


class KnownValues(NamedTuple):
    """The values known before a training: cost, and excess over each limit (> 0 if exceeded)."""

    cost: float
    excess: tuple[float, ...]


class KnownObjectives:
    """Costs and distances from the limits, cached by parameters."""

    def __init__(self, candidates: Candidates) -> None:
        """Use the predictor and the limits of ``candidates``."""
        self._candidates = candidates
        self._known: dict[Key, KnownValues] = {}
        # Costs and limits are requested one after the other, for the same list.
        self._last: tuple[Sequence[Parameters], list[KnownValues]] = [], []

    def values(self, assignments: Sequence[Parameters]) -> list[KnownValues]:
        """Return the values of several networks."""
        if assignments is self._last[0]:
            return self._last[1]
        keys = [key_of(assignment) for assignment in assignments]
        missing = {k: a for k, a in zip(keys, assignments, strict=True) if k not in self._known}
        if len(self._known) + len(missing) > MAX_CACHED:
            missing, self._known = dict(zip(keys, assignments, strict=True)), {}
        if missing:
            space = self._candidates.space
            specs = [network(space, assignment) for assignment in missing.values()]
            costs_N, excess_NL = self._candidates.predict(specs)
            figures = map(KnownValues, costs_N.tolist(), map(tuple, excess_NL.tolist()))
            self._known.update(zip(missing, figures, strict=True))
        self._last = assignments, [self._known[key] for key in keys]
        return self._last[1]


class KnownPart:
    """One of the known objectives of a network, or of several at once."""

    def __init__(self, known: KnownObjectives, part: Literal["cost", "excess"]) -> None:
        """Take a field of ``KnownValues``."""
        self._known, self._part = known, part

    def __call__(self, parameters: Parameters) -> Any:
        """Return the objective of one network."""
        return self.many([parameters])[0]

    def many(self, assignments: Sequence[Parameters]) -> list[Any]:
        """Return the objective of each of several networks."""
        return [getattr(values, self._part) for values in self._known.values(assignments)]


def sampler_of(
    config: StudyConfig,
    candidates: Candidates,
    *,
    begun: int = 0,
    prior: SurrogatePrior | None = None,
) -> BaseSampler:
    """Return the sampler of a study.

    Args:
        config: the study.
        candidates: its space, predictor and limits.
        begun: a number that differs between resumed runs and between drivers, added to the seed: a
            sampler with a random state must not repeat its draws.
        prior: what to expect of each network, for the sampler cost_aware.

    Raises:
        StudyError: its name is unknown.
    """
    if config.sampler != COST_AWARE:
        return make_sampler(config.sampler, (config.seed + begun) % NUM_SEEDS)
    known, given = KnownObjectives(candidates), config.reference
    return CostAwareSampler(
        {COST: KnownPart(known, "cost")},
        config.seed,
        estimates=None if prior is None else {TOP1: prior},
        constraints=KnownPart(known, "excess"),
        reference=None if given is None else (given.top1, given.worst(config.rule)),
    )
