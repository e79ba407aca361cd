"""What candidates promise: the expected gain in hypervolume, given all trials.

Everything is minimised here. Axes: N finished trials, R running ones, C candidates, M objectives,
K cheap objectives, Q constraints, F columns of the encoding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from nasbench_mvit.cost_aware.cheap_objectives import Beforehand
from nasbench_mvit.cost_aware.encoding import Encoding, Parameters
from nasbench_mvit.cost_aware.gaussian_process import GaussianProcess
from nasbench_mvit.cost_aware.hypervolume_improvement import expected_improvement, undominated_boxes
from nasbench_mvit.cost_aware.trials import Trials
from nasbench_mvit.cost_aware.warp import Warp, tamed

Floats = NDArray[np.float64]

MARGIN = 0.1  # of the reference point beyond the worst known value, as a share of the range
TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """All that a proposal rests on.

    Attributes:
        trials: of the study.
        values: what came of those that are done, finite, (N, M).
        limits: what came of constraints that no function tells, (N, Q); 0 or below is kept.
        is_feasible: whether they keep all constraints, (N,).
        beforehand: what is known without a trial.
        reference: the worst that counts, (M,); None for a little beyond the worst known.
        num_startup: ended trials before anything is learnt.
    """

    trials: Trials
    values: Floats
    limits: Floats
    is_feasible: NDArray[np.bool_]
    beforehand: Beforehand
    reference: Floats | None
    num_startup: int

    @property
    def done(self) -> list[Parameters]:
        """The parameters of finished trials."""
        return [trial.params for trial in self.trials.done]

    @property
    def running(self) -> list[Parameters]:
        """The parameters of trials that run and have asked for what the functions need."""
        return self.beforehand.answered(self.trials.running)

    @property
    def tried(self) -> list[Parameters]:
        """The parameters of all trials, as far as they have asked for what the functions need."""
        return [*self.beforehand.answered(self.trials.ended), *self.running]


class Inputs:
    """Encoded parameters, beside them the cheap objectives scaled to about [0, 1]."""

    def __init__(
        self, beforehand: Beforehand, encoding: Encoding, sample: Sequence[Parameters]
    ) -> None:
        """Scale the cheap objectives so that those of ``sample`` lie between 0 and 1."""
        self._beforehand, self._encoding = beforehand, encoding
        costs_TK = beforehand.costs(sample)
        self._low_K, high_K = costs_TK.min(axis=0), costs_TK.max(axis=0)
        self._range_K = np.where(high_K > self._low_K, high_K - self._low_K, 1.0)
        last = int(encoding.owners_F.max()) + 1
        own = np.arange(last, last + costs_TK.shape[1])
        #: Number of the parameter, or of the cheap objective, of each column.
        self.owners_F: NDArray[np.intp] = np.concatenate([encoding.owners_F, own])

    def __call__(self, assignments: Sequence[Parameters]) -> tuple[Floats, Floats]:
        """Return inputs of assignments, (T, F), and their cheap objectives, (T, K)."""
        costs_TK = self._beforehand.costs(assignments)
        scaled_TK = (costs_TK - self._low_K) / self._range_K
        encoded_TF = self._encoding.encode(assignments)
        return np.concatenate([encoded_TF, scaled_TK], axis=1), costs_TK


class Promise:
    """Learns from trials and judges candidates."""

    def __init__(self, known: Knowledge, encoding: Encoding) -> None:
        """Fit a model to each objective that is not cheap."""
        self._known = known
        self._inputs = Inputs(known.beforehand, encoding, known.done)
        inputs_NF, _ = self._inputs(known.done)
        owners_F = self._inputs.owners_F
        tamed_NM = known.values.copy()
        learnt = [m for m in range(tamed_NM.shape[1]) if m not in known.beforehand.objectives]
        self._warps, self._models = {}, {}
        for m in learnt:
            tamed_NM[:, m] = tamed(known.values[:, m])
            self._warps[m] = warp = Warp.of(tamed_NM[:, m])
            self._models[m] = GaussianProcess(inputs_NF, warp(tamed_NM[:, m]), owners_F)
        self._origins_M = np.full(tamed_NM.shape[1], -np.inf)
        self._origins_M[learnt] = [warp.origin for warp in self._warps.values()]
        self._limits = [
            GaussianProcess(inputs_NF, values_N, owners_F) for values_N in known.limits.T
        ]
        points_NM = known.values[known.is_feasible]
        if running := known.running:
            points_NM = np.concatenate([points_NM, self._believe(running)])
        reference_M = _beyond(tamed_NM) if known.reference is None else known.reference
        self._boxes_BM = undominated_boxes(points_NM, reference_M)

    def _believe(self, running: Sequence[Parameters]) -> Floats:
        """Take running trials for finished with what is expected of them; return these values."""
        inputs_RF, costs_RK = self._inputs(running)
        mean_RM, _ = self._expect(inputs_RF, costs_RK)
        self._models = {m: model.believing(inputs_RF) for m, model in self._models.items()}
        for m, warp in self._warps.items():
            mean_RM[:, m] = warp.back(mean_RM[:, m])
        return mean_RM

    def _expect(self, inputs_CF: Floats, costs_CK: Floats) -> tuple[Floats, Floats]:
        shape = (len(inputs_CF), self._known.values.shape[1])
        mean_CM, sd_CM = np.zeros(shape), np.zeros(shape)
        for m, model in self._models.items():
            mean_CM[:, m], sd_CM[:, m] = model.predict(inputs_CF)
        mean_CM[:, self._known.beforehand.objectives] = costs_CK
        return mean_CM, sd_CM

    def __call__(self, candidates: Sequence[Parameters]) -> Floats:
        """Return what each candidate promises, (C,)."""
        inputs_CF, costs_CK = self._inputs(candidates)
        mean_CM, sd_CM = self._expect(inputs_CF, costs_CK)
        gain_C = expected_improvement(mean_CM, sd_CM, self._boxes_BM, self._origins_M)
        gain_C += TINY * sd_CM.sum(axis=1)  # where nothing promises a gain, learn
        for limit in self._limits:
            mean_C, sd_C = limit.predict(inputs_CF)
            gain_C *= ndtr(-mean_C / sd_C)
        return gain_C

    def leaders(self, count: int) -> list[Parameters]:
        """Return finished trials that few others dominate, those that break constraints last."""
        is_feasible_N1 = self._known.is_feasible[:, None]
        values_NM = np.where(is_feasible_N1, self._known.values, np.inf)
        is_no_worse = (values_NM[:, None, :] <= values_NM[None, :, :]).all(axis=2)
        dominating_N = (is_no_worse & ~is_no_worse.T).sum(axis=0)
        dominating_N[~self._known.is_feasible] += len(values_NM)
        order = np.argsort(dominating_N, kind="stable")[:count]
        return [self._known.done[place] for place in order]


def _beyond(values_NM: Floats) -> Floats:
    """Return a point a little worse than the worst of each objective."""
    low_M, high_M = values_NM.min(axis=0), values_NM.max(axis=0)
    point_M: Floats = high_M + MARGIN * (high_M - low_M) + TINY
    return point_M
