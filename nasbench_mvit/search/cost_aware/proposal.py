"""One proposal: what is known, a pool of candidates, and the one that promises most.

Everything is minimised here. Axes: N finished trials, R running ones, C candidates, M objectives,
F columns of the encoding.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution

from nasbench_mvit.search.cost_aware.encoding import Encoding, Parameters
from nasbench_mvit.search.cost_aware.gaussian_process import GaussianProcess
from nasbench_mvit.search.cost_aware.improvement import expected_improvement, undominated_boxes
from nasbench_mvit.search.cost_aware.pool import Pool

Floats = NDArray[np.float64]

NUM_DRAWN = 400
NUM_CHANGED = 600
NUM_PARENTS = 24
NUM_ROUNDS = 2  # of changing the best candidates
NUM_IMPROVED = 200
MARGIN = 0.1  # of the reference point beyond the worst known value, as a share of the range
TAIL = 2.0  # how many times farther than the best from the median a value may lie on the other side
TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """All that a proposal rests on.

    Attributes:
        distributions: of every parameter.
        tried: the parameters of all trials, whatever became of them.
        done: those of finished trials.
        values_NM: what came of these.
        feasible_N: whether they keep the constraints.
        running: parameters of trials without an outcome yet.
        cheap: by objective the function that tells it beforehand.
        constraints: tells beforehand what must be 0 or below.
        reference_M: the worst that counts, None for a little beyond the worst known.
        num_startup: finished trials before anything is learnt.
    """

    distributions: Mapping[str, BaseDistribution]
    tried: Sequence[Parameters]
    done: Sequence[Parameters]
    values_NM: Floats
    feasible_N: NDArray[np.bool_]
    running: Sequence[Parameters]
    cheap: Mapping[int, Callable[[Parameters], float]]
    constraints: Callable[[Parameters], Sequence[float]] | None
    reference_M: Floats | None
    num_startup: int


def propose(known: Knowledge, rng: np.random.Generator) -> Parameters:
    """Return the parameters of the next trial."""
    pool = Pool(known.tried, known.distributions)
    everything = pool.all()
    drawn = pool.unseen(pool.draw(NUM_DRAWN, rng)) if everything is None else everything
    candidates = _kept(known, drawn)
    if not candidates:  # nothing new keeps the constraints, or nothing new is left
        return (drawn or list(pool.draw(1, rng)))[0]
    encoding = Encoding(known.distributions, optional=pool.optional)
    if len(known.done) < known.num_startup:
        return _farthest(known, encoding, candidates, rng)
    promise = _Promise(known, encoding)
    if everything is not None:
        return _best(candidates, promise(candidates))
    changed = pool.change(promise.parents(), NUM_CHANGED, rng)
    candidates += _kept(known, pool.unseen(changed))
    scores_C = promise(candidates)
    for _ in range(NUM_ROUNDS):
        leaders = [candidates[place] for place in np.argsort(-scores_C)[:NUM_PARENTS]]
        better = _kept(known, pool.unseen(pool.change(leaders, NUM_IMPROVED, rng)))
        if better:
            candidates += better
            scores_C = np.concatenate([scores_C, promise(better)])
    return _best(candidates, scores_C)


def _best(candidates: Sequence[Parameters], scores_C: Floats) -> Parameters:
    return candidates[int(np.argmax(scores_C))]


def _kept(known: Knowledge, candidates: Sequence[Parameters]) -> list[Parameters]:
    """Return the candidates that keep the constraints."""
    if known.constraints is None:
        return list(candidates)
    return [c for c in candidates if all(value <= 0 for value in known.constraints(c))]


def _farthest(
    known: Knowledge,
    encoding: Encoding,
    candidates: Sequence[Parameters],
    rng: np.random.Generator,
) -> Parameters:
    """Return the candidate farthest from all that was tried, in parameters and cheap objectives."""
    order = rng.permutation(len(candidates))  # so that ties are broken by the seed
    shuffled = [candidates[place] for place in order]
    both = _Inputs(known, encoding, [*known.tried, *shuffled])
    tried_NF, candidates_CF = both([*known.tried]), both(shuffled)
    gaps_CN = np.linalg.norm(candidates_CF[:, None, :] - tried_NF[None, :, :], axis=2)
    return shuffled[int(np.argmax(gaps_CN.min(axis=1)))]


def _tamed(values_N: Floats) -> Floats:
    """Return values of which the very bad are no worse than bad; nothing is to be learnt of them."""
    middle = float(np.median(values_N))
    tamed: Floats = np.minimum(values_N, middle + TAIL * (middle - values_N.min()) + TINY)
    return tamed


class _Inputs:
    """Encoded parameters, beside them the cheap objectives scaled to [0, 1]."""

    def __init__(self, known: Knowledge, encoding: Encoding, sample: Sequence[Parameters]) -> None:
        self._cheap, self._encoding = known.cheap, encoding
        costs = self._costs(sample)
        self._low, high = costs.min(axis=0), costs.max(axis=0)
        self._range = np.where(high > self._low, high - self._low, 1.0)
        last = int(encoding.owners_F.max()) + 1
        own = np.arange(last, last + costs.shape[1])
        self.owners_F: NDArray[np.intp] = np.concatenate([encoding.owners_F, own])

    def _costs(self, assignments: Sequence[Parameters]) -> Floats:
        values = [[tell(a) for tell in self._cheap.values()] for a in assignments]
        return np.array(values, dtype=float).reshape(len(assignments), len(self._cheap))

    def __call__(self, assignments: Sequence[Parameters]) -> Floats:
        costs = (self._costs(assignments) - self._low) / self._range
        return np.concatenate([self._encoding.encode(assignments), costs], axis=1)


class _Promise:
    """The expected gain in hypervolume of candidates."""

    def __init__(self, known: Knowledge, encoding: Encoding) -> None:
        self._known = known
        self._inputs = _Inputs(known, encoding, known.done)
        inputs_NF = self._inputs(known.done)
        self._models = {
            place: GaussianProcess(
                inputs_NF, _tamed(known.values_NM[:, place]), self._inputs.owners_F
            )
            for place in range(known.values_NM.shape[1])
            if place not in known.cheap
        }
        self._points_NM = known.values_NM[known.feasible_N]
        if known.running:
            self._believe(known.running)
        self._lower_BM, self._upper_BM = undominated_boxes(self._points_NM, self._reference())

    def _believe(self, running: Sequence[Parameters]) -> None:
        """Take running trials for finished with what is expected of them."""
        mean_RM, _ = self._expect(running)
        self._points_NM = np.concatenate([self._points_NM, mean_RM])
        inputs_RF = self._inputs(running)
        self._models = {place: model.believing(inputs_RF) for place, model in self._models.items()}

    def _reference(self) -> Floats:
        if self._known.reference_M is not None:
            return self._known.reference_M
        low, high = self._known.values_NM.min(axis=0), self._known.values_NM.max(axis=0)
        reference: Floats = high + MARGIN * (high - low) + TINY
        return reference

    def _expect(self, assignments: Sequence[Parameters]) -> tuple[Floats, Floats]:
        shape = (len(assignments), self._known.values_NM.shape[1])
        mean_CM, sd_CM = np.zeros(shape), np.zeros(shape)
        inputs_CF = self._inputs(assignments)
        for place, model in self._models.items():
            mean_CM[:, place], sd_CM[:, place] = model.predict(inputs_CF)
        for place, tell in self._known.cheap.items():
            mean_CM[:, place] = [tell(assignment) for assignment in assignments]
        return mean_CM, sd_CM

    def parents(self) -> list[Parameters]:
        """Return the finished trials on the front, and on those behind it up to a number."""
        values_NM = np.where(self._known.feasible_N[:, None], self._known.values_NM, np.inf)
        dominated = (
            (values_NM[:, None, :] >= values_NM[None, :, :]).all(axis=2)
            & (values_NM[:, None, :] > values_NM[None, :, :]).any(axis=2)
        ).sum(axis=1)
        order = np.argsort(dominated, kind="stable")[:NUM_PARENTS]
        return [self._known.done[place] for place in order]

    def __call__(self, candidates: Sequence[Parameters]) -> Floats:
        mean_CM, sd_CM = self._expect(candidates)
        gain_C = expected_improvement(mean_CM, sd_CM, self._lower_BM, self._upper_BM)
        return gain_C + TINY * sd_CM.sum(axis=1)  # where nothing promises a gain, learn
