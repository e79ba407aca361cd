"""The acquisition: the expected gain in hypervolume of a candidate, given all trials.

Everything is minimised here. Axes: N finished trials, R running ones, C candidates, M objectives,
K cheap objectives, Q constraints, F columns of the encoding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from nasbench_mvit.cost_aware.cheap_objectives import CheapObjectives
from nasbench_mvit.cost_aware.encoding import Encoding, Parameters
from nasbench_mvit.cost_aware.gaussian_process import GaussianProcess
from nasbench_mvit.cost_aware.hypervolume_improvement import (
    expected_hypervolume_improvement,
    undominated_boxes,
)
from nasbench_mvit.cost_aware.trials import Trials
from nasbench_mvit.cost_aware.warp import Warp, clip_outliers

Floats = NDArray[np.float64]

MARGIN = 0.1  # of the reference point beyond the worst known value, as a share of the range
TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class SearchState:
    """The observations and settings that a proposal depends on.

    Attributes:
        trials: the trials of the study.
        values: finite objective values of the finished trials, (N, M).
        limits: constraint values that only trials report, (N, Q); 0 or below is feasible.
        is_feasible: whether each finished trial keeps all constraints, (N,).
        cheap: the objectives and constraints that need no trial.
        estimates: estimates of objectives that need one.
        reference: the worst values that count, (M,); None for a margin beyond the worst observed.
        num_startup: number of ended trials before the first model is fitted.
    """

    trials: Trials
    values: Floats
    limits: Floats
    is_feasible: NDArray[np.bool_]
    cheap: CheapObjectives
    estimates: CheapObjectives
    reference: Floats | None
    num_startup: int

    @property
    def done(self) -> list[Parameters]:
        """The parameters of finished trials."""
        return [trial.params for trial in self.trials.done]

    @property
    def running(self) -> list[Parameters]:
        """The parameters of running trials that are complete for the cheap functions."""
        return self.cheap.complete(self.trials.running)

    @property
    def tried(self) -> list[Parameters]:
        """The parameters of all trials that are complete for the cheap functions."""
        return [*self.cheap.complete(self.trials.ended), *self.running]


class Inputs:
    """Model inputs: the encoded parameters and the cheap objectives, scaled to about [0, 1]."""

    def __init__(
        self, cheap: CheapObjectives, encoding: Encoding, sample: Sequence[Parameters]
    ) -> None:
        """Scale the cheap objectives so that those of ``sample`` lie between 0 and 1."""
        self._cheap, self._encoding = cheap, encoding
        costs_TK = cheap.costs(sample)
        self._low_K, high_K = costs_TK.min(axis=0), costs_TK.max(axis=0)
        self._range_K = np.where(high_K > self._low_K, high_K - self._low_K, 1.0)
        last = int(encoding.owners_F.max()) + 1
        own = np.arange(last, last + costs_TK.shape[1])
        #: Number of the parameter, or of the cheap objective, of each column.
        self.owners_F: NDArray[np.intp] = np.concatenate([encoding.owners_F, own])

    def __call__(self, assignments: Sequence[Parameters]) -> tuple[Floats, Floats]:
        """Return inputs of assignments, (T, F), and their cheap objectives, (T, K)."""
        costs_TK = self._cheap.costs(assignments)
        scaled_TK = (costs_TK - self._low_K) / self._range_K
        encoded_TF = self._encoding.encode(assignments)
        return np.concatenate([encoded_TF, scaled_TK], axis=1), costs_TK


class Acquisition:
    """Expected hypervolume improvement under models fitted to the trials."""

    def __init__(self, state: SearchState, encoding: Encoding) -> None:
        """Fit a model to each objective that is not cheap."""
        self._state = state
        self._inputs = Inputs(state.cheap, encoding, state.done)
        inputs_NF, _ = self._inputs(state.done)
        owners_F = self._inputs.owners_F
        clipped_NM = state.values.copy()
        expensive = [m for m in range(clipped_NM.shape[1]) if m not in state.cheap.objectives]
        self._warps, self._models = {}, {}
        self._slopes: dict[int, float] = {}
        for m in expensive:
            clipped_NM[:, m] = clip_outliers(state.values[:, m])
            self._warps[m] = warp = Warp.of(clipped_NM[:, m])
            targets_N = warp(clipped_NM[:, m])
            self._models[m] = GaussianProcess(inputs_NF, targets_N, owners_F)
            if m in state.estimates.objectives:
                self._use_estimates(m, inputs_NF, targets_N)
        self._origins_M = np.full(clipped_NM.shape[1], -np.inf)
        self._origins_M[expensive] = [warp.origin for warp in self._warps.values()]
        self._limits = [
            GaussianProcess(inputs_NF, values_N, owners_F) for values_N in state.limits.T
        ]
        points_NM = state.values[state.is_feasible]
        if running := state.running:
            points_NM = np.concatenate([points_NM, self._condition_on_pending(running)])
        reference_M = _default_reference(clipped_NM) if state.reference is None else state.reference
        self._boxes_BM = undominated_boxes(points_NM, reference_M)

    def _use_estimates(self, m: int, inputs_NF: Floats, targets_N: Floats) -> None:
        """Model the difference from the estimates where that predicts left-out trials better."""
        estimates_N = self._estimates(m, self._state.done)
        slope = _slope(estimates_N, targets_N)
        if not slope:  # the model without them
            return
        rest_N = targets_N - slope * estimates_N
        model = GaussianProcess(inputs_NF, rest_N, self._inputs.owners_F)
        if model.left_out_error < self._models[m].left_out_error:
            self._models[m], self._slopes[m] = model, slope

    def _estimates(self, m: int, assignments: Sequence[Parameters]) -> Floats:
        estimates = self._state.estimates
        values: Floats = estimates.costs(assignments)[:, estimates.objectives.index(m)]
        return values

    def _condition_on_pending(self, running: Sequence[Parameters]) -> Floats:
        """Condition the models on predictions for the running trials; return these values."""
        inputs_RF, mean_RM, _ = self._expect(running)
        self._models = {
            m: model.condition_on_pending(inputs_RF) for m, model in self._models.items()
        }
        for m, warp in self._warps.items():
            mean_RM[:, m] = warp.back(mean_RM[:, m])
        return mean_RM

    def _expect(self, assignments: Sequence[Parameters]) -> tuple[Floats, Floats, Floats]:
        """Return inputs, and mean and standard deviation of the targets, of assignments."""
        inputs_CF, costs_CK = self._inputs(assignments)
        shape = (len(inputs_CF), self._state.values.shape[1])
        mean_CM, sd_CM = np.zeros(shape), np.zeros(shape)
        for m, model in self._models.items():
            mean_CM[:, m], sd_CM[:, m] = model.predict(inputs_CF)
        for m, slope in self._slopes.items():
            mean_CM[:, m] += slope * self._estimates(m, assignments)
        mean_CM[:, self._state.cheap.objectives] = costs_CK
        return inputs_CF, mean_CM, sd_CM

    def __call__(self, candidates: Sequence[Parameters]) -> Floats:
        """Return the expected gain of each candidate, (C,)."""
        inputs_CF, mean_CM, sd_CM = self._expect(candidates)
        gain_C = expected_hypervolume_improvement(mean_CM, sd_CM, self._boxes_BM, self._origins_M)
        gain_C += TINY * sd_CM.sum(axis=1)  # without any expected gain, explore
        for limit in self._limits:
            mean_C, sd_C = limit.predict(inputs_CF)
            gain_C *= ndtr(-mean_C / sd_C)
        return gain_C

    def least_dominated(self, count: int) -> list[Parameters]:
        """Return the finished trials that the fewest others dominate, infeasible ones last."""
        is_feasible_N1 = self._state.is_feasible[:, None]
        values_NM = np.where(is_feasible_N1, self._state.values, np.inf)
        is_no_worse = (values_NM[:, None, :] <= values_NM[None, :, :]).all(axis=2)
        dominating_N = (is_no_worse & ~is_no_worse.T).sum(axis=0)
        dominating_N[~self._state.is_feasible] += len(values_NM)
        order = np.argsort(dominating_N, kind="stable")[:count]
        return [self._state.done[place] for place in order]


def _slope(estimates_N: Floats, targets_N: Floats) -> float:
    """Return the slope of targets over estimates by least squares, 0 where it is negative."""
    centred_N = estimates_N - estimates_N.mean()
    return max(0.0, float(centred_N @ targets_N / max(centred_N @ centred_N, TINY)))


def _default_reference(values_NM: Floats) -> Floats:
    """Return a point a little worse than the worst of each objective."""
    low_M, high_M = values_NM.min(axis=0), values_NM.max(axis=0)
    point_M: Floats = high_M + MARGIN * (high_M - low_M) + TINY
    return point_M
