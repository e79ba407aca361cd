"""A Gaussian process over encoded parameters, on NumPy and SciPy alone.

The kernel is the sum of a linear one and a Matérn 5/2 with a length scale for each parameter. The
length scales have a log-normal prior around the square root of the number of parameters, which
keeps a fit to few trials from overfitting in many dimensions (after Hvarfner, Hellsten & Nardi,
ICML 2024).

Axes: N trials, R running trials, C candidates, P parameters, F columns of the encoding.
"""

import copy
import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize

Floats = NDArray[np.float64]

MAX_FIT = 96  # trials that the hyperparameters are fitted to; the posterior uses all
MAX_EVALUATIONS = 30
MIN_NOISE = 1e-4  # variance, of standardised values
TINY = 1e-12
ROOT5 = math.sqrt(5.0)
REFUSED = 1e25  # the loss of a covariance matrix that is singular by rounding

# Normal priors of log variances: centre and standard deviation.
_LINEAR, _MATERN, _NOISE = (math.log(0.3), 1.5), (math.log(1.0), 1.0), (math.log(0.05), 1.5)
_SCALE_SD = math.sqrt(3.0)
_BOUND = 8.0  # of all logarithms


@dataclass(frozen=True)
class Hyperparameters:
    """The length scale of each parameter, (P,), and the variances of the three parts."""

    scales: Floats
    linear: float
    matern: float
    noise: float

    @classmethod
    def of(cls, logs: Floats) -> Self:
        """Read a vector of logarithms: scales, linear, matern, noise."""
        values = np.exp(logs)
        return cls(values[:-3], float(values[-3]), float(values[-2]), float(values[-1]) + MIN_NOISE)


class GaussianProcess:
    """The posterior of a function of the parameters, given some trials."""

    def __init__(
        self,
        inputs_NF: Floats,
        values_N: Floats,
        owners_F: NDArray[np.intp],
        hyperparameters: Hyperparameters | None = None,
    ) -> None:
        """Condition on the trials.

        Args:
            inputs_NF: encoded parameters of the trials.
            values_N: their objective values.
            owners_F: number of the parameter that each column belongs to.
            hyperparameters: for standardised values; None selects the most probable ones.
        """
        self._owners_F = owners_F
        self._mean = float(values_N.mean())
        self._sd = float(values_N.std()) or 1.0
        targets_N = (values_N - self._mean) / self._sd
        self.hyperparameters = hyperparameters or _fit(*_subset(inputs_NF, targets_N), owners_F)
        self._condition(inputs_NF, targets_N)

    def _condition(self, inputs_NF: Floats, targets_N: Floats) -> None:
        self._inputs_NF, self._targets_N = inputs_NF, targets_N
        covariance_NN = self._kernel(inputs_NF, inputs_NF)
        covariance_NN[np.diag_indices(len(targets_N))] += self.hyperparameters.noise
        factor = cho_factor(covariance_NN, lower=True)
        self._weights_N = cho_solve(factor, targets_N)
        self._inverse_NN = cho_solve(factor, np.eye(len(targets_N)))

    @property
    def left_out_error(self) -> float:
        """Root mean square error of each trial predicted from the others, in closed form."""
        errors_N = self._weights_N / np.diag(self._inverse_NN)
        return self._sd * float(np.sqrt(np.mean(errors_N**2)))

    def condition_on_pending(self, inputs_RF: Floats) -> Self:
        """Return this process conditioned on its own predictions for R pending trials."""
        mean_R, _ = self.predict(inputs_RF)
        other = copy.copy(self)
        other._condition(  # noqa: SLF001 - of the same class
            np.concatenate([self._inputs_NF, inputs_RF]),
            np.concatenate([self._targets_N, (mean_R - self._mean) / self._sd]),
        )
        return other

    def predict(self, inputs_CF: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the function at candidates, (C,) each."""
        theta = self.hyperparameters
        cross_CN = self._kernel(inputs_CF, self._inputs_NF)
        prior_C = theta.matern + theta.linear * (1 + np.einsum("cf,cf->c", inputs_CF, inputs_CF))
        explained_C = np.einsum("cn,cn->c", cross_CN @ self._inverse_NN, cross_CN)
        variance_C = np.maximum(prior_C - explained_C, TINY)
        mean_C = self._mean + self._sd * (cross_CN @ self._weights_N)
        return mean_C, self._sd * np.sqrt(variance_C)

    def _kernel(self, left_AF: Floats, right_BF: Floats) -> Floats:
        theta = self.hyperparameters
        scales_F = theta.scales[self._owners_F]
        scaled_A, scaled_B = left_AF / scales_F, right_BF / scales_F
        squares_AB = (
            np.einsum("af,af->a", scaled_A, scaled_A)[:, None]
            + np.einsum("bf,bf->b", scaled_B, scaled_B)[None, :]
            - 2 * scaled_A @ scaled_B.T
        )
        smooth_AB, _ = _matern(np.sqrt(np.maximum(squares_AB, 0.0)))
        covariance_AB: Floats = theta.matern * smooth_AB + theta.linear * (1 + left_AF @ right_BF.T)
        return covariance_AB


def _subset(inputs_NF: Floats, targets_N: Floats) -> tuple[Floats, Floats]:
    """Return at most ``MAX_FIT`` trials, evenly spread over time."""
    if len(targets_N) <= MAX_FIT:
        return inputs_NF, targets_N
    chosen = np.linspace(0, len(targets_N) - 1, MAX_FIT).round().astype(int)
    return inputs_NF[chosen], targets_N[chosen]


def _matern(distance: Floats) -> tuple[Floats, Floats]:
    """Return the kernel, and -2 times its derivative by the squared distance."""
    scaled = ROOT5 * distance
    decay = np.exp(-scaled)
    return (1 + scaled + scaled**2 / 3) * decay, (5 / 3) * (1 + scaled) * decay


class _Loss:
    """The negative log posterior of the hyperparameters, with its gradient."""

    def __init__(self, inputs_NF: Floats, targets_N: Floats, owners_F: NDArray[np.intp]) -> None:
        count = int(owners_F.max()) + 1
        size = len(targets_N)
        squares_PNN = np.zeros((count, size, size))
        for column, owner in enumerate(owners_F):
            values_N = inputs_NF[:, column]
            squares_PNN[owner] += (values_N[:, None] - values_N[None, :]) ** 2
        self._squares_PK = squares_PNN.reshape(count, -1)  # K = N · N
        self._linear_NN = 1 + inputs_NF @ inputs_NF.T
        self._targets_N = targets_N
        centre_scale = 0.5 * math.log(count)
        self.centres = np.array([*[centre_scale] * count, _LINEAR[0], _MATERN[0], _NOISE[0]])
        self._widths = np.array([*[_SCALE_SD] * count, _LINEAR[1], _MATERN[1], _NOISE[1]])

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        theta = Hyperparameters.of(logs)
        targets_N = self._targets_N
        weights_P = theta.scales**-2
        distance_NN = np.sqrt(weights_P @ self._squares_PK).reshape(self._linear_NN.shape)
        smooth_NN, slope_NN = _matern(distance_NN)
        covariance_NN = theta.matern * smooth_NN + theta.linear * self._linear_NN
        covariance_NN[np.diag_indices(len(targets_N))] += theta.noise
        try:
            factor = cho_factor(covariance_NN, lower=True, check_finite=False)
        except LinAlgError:
            return REFUSED, np.zeros_like(logs)
        alpha_N = cho_solve(factor, targets_N)
        half_NN, _ = dpotri(factor[0], lower=True)
        inverse_NN = np.tril(half_NN) + np.tril(half_NN, -1).T
        gap_NN = inverse_NN - np.outer(alpha_N, alpha_N)
        gradient = np.empty_like(logs)
        gradient[:-3] = (
            0.5 * theta.matern * weights_P * (self._squares_PK @ (gap_NN * slope_NN).ravel())
        )
        gradient[-3] = 0.5 * theta.linear * np.vdot(gap_NN, self._linear_NN)
        gradient[-2] = 0.5 * theta.matern * np.vdot(gap_NN, smooth_NN)
        gradient[-1] = 0.5 * (theta.noise - MIN_NOISE) * np.trace(gap_NN)
        value = 0.5 * targets_N @ alpha_N + np.log(np.diag(factor[0])).sum()
        z = (logs - self.centres) / self._widths
        return float(value + 0.5 * z @ z), gradient + z / self._widths


def _fit(inputs_NF: Floats, targets_N: Floats, owners_F: NDArray[np.intp]) -> Hyperparameters:
    """Return the hyperparameters with the largest posterior probability."""
    loss = _Loss(inputs_NF, targets_N, owners_F)
    found = minimize(
        loss,
        loss.centres,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_BOUND, _BOUND)] * len(loss.centres),
        options={"maxfun": MAX_EVALUATIONS},
    )
    return Hyperparameters.of(found.x)
