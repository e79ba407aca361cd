"""What a study knows of a network before its training, as its sampler asks for it.

Axes: N networks, L limits.
"""

from collections.abc import Sequence

from optuna.samplers import BaseSampler

from nasbench_mvit.cost_aware import CostAwareSampler
from nasbench_mvit.cost_aware.candidates import Key, key_of
from nasbench_mvit.cost_aware.encoding import Parameters
from nasbench_mvit.search.samplers.by_name import make_sampler, network
from nasbench_mvit.search.store.new_study import OBJECTIVES
from nasbench_mvit.search.study.config import COST_AWARE, StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates

LATENCY = OBJECTIVES.index("latency_ms")
NUM_SEEDS = 2**32  # that samplers know
MAX_KEPT = 20_000  # networks whose figures are remembered

Figures = tuple[float, tuple[float, ...]]  # milliseconds, distances from the limits


class Foresight:
    """Predicted latency, and distances from the limits, of what parameters stand for."""

    def __init__(self, candidates: Candidates) -> None:
        """Ask the predictor and the limits of ``candidates``."""
        self._candidates = candidates
        self._known: dict[Key, Figures] = {}
        # Latency and limits are asked for one after the other.
        self._last: tuple[Sequence[Parameters], list[Figures]] = [], []

    def figures(self, assignments: Sequence[Parameters]) -> list[Figures]:
        """Return them for several networks at once."""
        if assignments is self._last[0]:
            return self._last[1]
        keys = [key_of(assignment) for assignment in assignments]
        missing = {k: a for k, a in zip(keys, assignments, strict=True) if k not in self._known}
        if len(self._known) + len(missing) > MAX_KEPT:
            missing, self._known = dict(zip(keys, assignments, strict=True)), {}
        if missing:
            space = self._candidates.space
            specs = [network(space, assignment) for assignment in missing.values()]
            ms_N, excess_NL = self._candidates.foresee(specs)
            figures = zip(ms_N.tolist(), map(tuple, excess_NL.tolist()), strict=True)
            self._known.update(zip(missing, figures, strict=True))
        self._last = assignments, [self._known[key] for key in keys]
        return self._last[1]


class PredictedLatency:
    """A cheap objective: milliseconds."""

    def __init__(self, foresight: Foresight) -> None:
        """Ask ``foresight``."""
        self._foresight = foresight

    def __call__(self, parameters: Parameters) -> float:
        """Return that of one network."""
        return self.many([parameters])[0]

    def many(self, assignments: Sequence[Parameters]) -> list[float]:
        """Return those of several."""
        return [ms for ms, _ in self._foresight.figures(assignments)]


class StudyLimits:
    """Constraints: relative distances from the study's limits, positive where they are broken."""

    def __init__(self, foresight: Foresight) -> None:
        """Ask ``foresight``."""
        self._foresight = foresight

    def __call__(self, parameters: Parameters) -> Sequence[float]:
        """Return those of one network."""
        return self.many([parameters])[0]

    def many(self, assignments: Sequence[Parameters]) -> list[tuple[float, ...]]:
        """Return those of several."""
        return [excess for _, excess in self._foresight.figures(assignments)]


def sampler_of(config: StudyConfig, candidates: Candidates, *, begun: int = 0) -> BaseSampler:
    """Return the sampler of a study.

    Args:
        config: the study.
        candidates: its space, predictor and limits.
        begun: trials it has, and other drivers: a sampler that is resumed must not draw again what
            it drew before, nor what others draw. One that keeps no state needs no telling.

    Raises:
        StudyError: its name is unknown.
    """
    if config.sampler != COST_AWARE:
        return make_sampler(config.sampler, (config.seed + begun) % NUM_SEEDS)
    foresight = Foresight(candidates)
    return CostAwareSampler(
        {LATENCY: PredictedLatency(foresight)},
        config.seed,
        constraints=StudyLimits(foresight),
        reference=(config.reference.top1, config.reference.latency_ms),
    )
