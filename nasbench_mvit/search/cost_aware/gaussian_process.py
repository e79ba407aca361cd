"""A Gaussian process over encoded parameters, fitted in a blink; NumPy and SciPy alone.

The kernel is a linear one plus Matérn 5/2 with a length scale for each parameter. The length scales
have the prior of Hvarfner, Hellsten & Nardi (ICML 2024), which widens with the number of parameters
and keeps a fit to few trials from chasing noise.

Axes: N trials, C candidates, P parameters, F columns of the encoding.
"""

import copy
import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize

Floats = NDArray[np.float64]

MAX_FIT = 128  # trials to choose the hyperparameters by; the posterior uses all
MAX_ITERATIONS = 25
JITTER = 1e-8
MIN_NOISE = 1e-4  # variance, of standardised values
ROOT5 = math.sqrt(5.0)

# Normal priors of log variances: centre and standard deviation.
_LINEAR, _MATERN, _NOISE = (math.log(0.3), 1.5), (math.log(1.0), 1.0), (math.log(0.05), 1.5)
_SCALE_SD = math.sqrt(3.0)
_BOUND = 8.0  # of all logarithms


@dataclass(frozen=True)
class Hyperparameters:
    """Length scale of each parameter, (P,), and the variances of the three parts."""

    scales_P: Floats
    linear: float
    matern: float
    noise: float

    @classmethod
    def of(cls, logs: Floats) -> Self:
        """Read a vector of logarithms: scales, linear, matern, noise."""
        values = np.exp(logs)
        return cls(values[:-3], float(values[-3]), float(values[-2]), float(values[-1]))


class GaussianProcess:
    """The posterior of a function of the parameters, after some trials."""

    def __init__(self, inputs_NF: Floats, values_N: Floats, owners_F: NDArray[np.intp]) -> None:
        """Choose the hyperparameters and condition on the trials.

        Args:
            inputs_NF: encoded parameters of the trials.
            values_N: what came of them.
            owners_F: number of the parameter that each column belongs to.
        """
        self._owners_F = owners_F
        self._mean = float(values_N.mean())
        self._sd = float(values_N.std()) or 1.0
        targets_N = (values_N - self._mean) / self._sd
        self.hyperparameters = _fit(*_subset(inputs_NF, targets_N), owners_F)
        self._condition(inputs_NF, targets_N)

    def _condition(self, inputs_NF: Floats, targets_N: Floats) -> None:
        self._inputs_NF, self._targets_N = inputs_NF, targets_N
        owners_F = self._owners_F
        covariance_NN = _kernel(inputs_NF, inputs_NF, owners_F, self.hyperparameters)
        covariance_NN[np.diag_indices(len(targets_N))] += self.hyperparameters.noise + JITTER
        self._factor = cho_factor(covariance_NN, lower=True)
        self._weights_N = cho_solve(self._factor, targets_N)

    def believing(self, inputs_RF: Floats) -> Self:
        """Return this process as it would be after trials that gave just what it expects of them."""
        mean_R, _ = self.predict(inputs_RF)
        other = copy.copy(self)
        other._condition(  # noqa: SLF001
            np.concatenate([self._inputs_NF, inputs_RF]),
            np.concatenate([self._targets_N, (mean_R - self._mean) / self._sd]),
        )
        return other

    def predict(self, inputs_CF: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the function at candidates, (C,) each."""
        theta = self.hyperparameters
        cross_CN = _kernel(inputs_CF, self._inputs_NF, self._owners_F, theta)
        mean_C = cross_CN @ self._weights_N
        half_NC = solve_triangular(self._factor[0], cross_CN.T, lower=True, check_finite=False)
        prior_C = theta.matern + theta.linear * (1 + np.einsum("cf,cf->c", inputs_CF, inputs_CF))
        variance_C = np.maximum(prior_C - np.einsum("nc,nc->c", half_NC, half_NC), 1e-12)
        return self._mean + self._sd * mean_C, self._sd * np.sqrt(variance_C)


def _subset(inputs_NF: Floats, targets_N: Floats) -> tuple[Floats, Floats]:
    """Return at most ``MAX_FIT`` trials, evenly spread over time."""
    if len(targets_N) <= MAX_FIT:
        return inputs_NF, targets_N
    chosen = np.linspace(0, len(targets_N) - 1, MAX_FIT).round().astype(int)
    return inputs_NF[chosen], targets_N[chosen]


def _kernel(
    left_AF: Floats, right_BF: Floats, owners_F: NDArray[np.intp], theta: Hyperparameters
) -> Floats:
    scaled_A = left_AF / theta.scales_P[owners_F]
    scaled_B = right_BF / theta.scales_P[owners_F]
    squares_AB = (
        np.einsum("af,af->a", scaled_A, scaled_A)[:, None]
        + np.einsum("bf,bf->b", scaled_B, scaled_B)[None, :]
        - 2 * scaled_A @ scaled_B.T
    )
    distance_AB = np.sqrt(np.maximum(squares_AB, 0.0))
    return theta.matern * _matern(distance_AB) + theta.linear * (1 + left_AF @ right_BF.T)


def _matern(distance: Floats) -> Floats:
    scaled = ROOT5 * distance
    curve: Floats = (1 + scaled + scaled**2 / 3) * np.exp(-scaled)
    return curve


def _fit(inputs_NF: Floats, targets_N: Floats, owners_F: NDArray[np.intp]) -> Hyperparameters:
    """Return the hyperparameters of the largest posterior probability."""
    count = int(owners_F.max()) + 1
    squares_PNN = np.zeros((count, len(targets_N), len(targets_N)))
    for column, owner in enumerate(owners_F):
        values_N = inputs_NF[:, column]
        squares_PNN[owner] += (values_N[:, None] - values_N[None, :]) ** 2
    linear_NN = 1 + inputs_NF @ inputs_NF.T
    centre_scale = math.sqrt(2.0) + 0.5 * math.log(count)
    centres = np.array([*[centre_scale] * count, _LINEAR[0], _MATERN[0], _NOISE[0]])
    widths = np.array([*[_SCALE_SD] * count, _LINEAR[1], _MATERN[1], _NOISE[1]])

    def loss(logs: Floats) -> tuple[float, Floats]:
        theta = Hyperparameters.of(logs)
        weights_P = theta.scales_P**-2
        distance_NN = np.sqrt(np.tensordot(weights_P, squares_PNN, 1))
        matern_NN = theta.matern * _matern(distance_NN)
        noise = theta.noise + MIN_NOISE
        covariance_NN = matern_NN + theta.linear * linear_NN
        covariance_NN[np.diag_indices(len(targets_N))] += noise
        factor = cho_factor(covariance_NN, lower=True)
        alpha_N = cho_solve(factor, targets_N)
        inverse_NN = cho_solve(factor, np.eye(len(targets_N)))
        gap_NN = inverse_NN - np.outer(alpha_N, alpha_N)
        slope_NN = theta.matern * (5 / 3) * (1 + ROOT5 * distance_NN) * np.exp(-ROOT5 * distance_NN)
        gradient = np.empty_like(logs)
        gradient[:-3] = 0.5 * weights_P * np.tensordot(squares_PNN, gap_NN * slope_NN, 2)
        gradient[-3] = 0.5 * theta.linear * np.sum(gap_NN * linear_NN)
        gradient[-2] = 0.5 * np.sum(gap_NN * matern_NN)
        gradient[-1] = 0.5 * theta.noise * np.trace(gap_NN)
        value = 0.5 * targets_N @ alpha_N + np.log(np.diag(factor[0])).sum()
        z = (logs - centres) / widths
        return float(value + 0.5 * z @ z), gradient + z / widths

    found = minimize(
        loss,
        centres,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_BOUND, _BOUND)] * len(centres),
        options={"maxiter": MAX_ITERATIONS},
    )
    theta = Hyperparameters.of(found.x)
    return Hyperparameters(theta.scales_P, theta.linear, theta.matern, theta.noise + MIN_NOISE)
