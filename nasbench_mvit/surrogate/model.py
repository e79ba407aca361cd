"""The models: boosted trees for top-1, a power law of MACs for seconds."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.errors import SurrogateError
from nasbench_mvit.io.system import extras
from nasbench_mvit.surrogate.features import Floats

INSTALL = "pip install 'nasbench-mvit[surrogate]'"

# Gradient boosting of small trees on random halves of the networks and of the features (Friedman,
# "Stochastic Gradient Boosting", Computational Statistics & Data Analysis 2002). Of five settings
# that were tried on the table and the first twelve networks of the main space these predicted both
# best. With more networks, others are not significantly better. The seed is fixed, so that equal
# data give equal estimates.
SETTINGS: dict[str, float] = {
    "n_estimators": 300,
    "max_depth": 3,
    "learning_rate": 0.05,
    "subsample": 0.5,
    "max_features": 0.5,
    "min_samples_leaf": 3,
    "random_state": 0,
}


def check_installed() -> None:
    """Check that scikit-learn is installed.

    Raises:
        SurrogateError: it cannot be loaded; the message has the command that installs it.
    """
    try:
        extras.load("sklearn.ensemble")
    except ImportError as error:
        raise SurrogateError(
            f"a surrogate needs scikit-learn, which cannot be loaded ({error}). Install it: "
            f"{INSTALL}."
        ) from None


class BoostedTrees:
    """The model of top-1 from the features of a network."""

    def __init__(self, model: Any, varying_F: NDArray[np.bool_]) -> None:
        """Use a model fitted to some of F features; ``fit`` creates one."""
        self._model, self._varying_F = model, varying_F

    @classmethod
    def fit(cls, features_NF: Floats, top1_N: Floats) -> Self:
        """Fit to N networks.

        Raises:
            SurrogateError: scikit-learn is not installed.
        """
        check_installed()
        from sklearn.ensemble import GradientBoostingRegressor  # noqa: PLC0415 - an extra

        varying_F = np.ptp(features_NF, axis=0) > 0  # of the random halves none is wasted
        model = GradientBoostingRegressor(**SETTINGS)
        return cls(model.fit(features_NF[:, varying_F], top1_N), varying_F)

    def predict(self, features_SF: Floats) -> Floats:
        """Return the expected top-1 of S networks, ``(S,)``."""
        expected: Floats = np.clip(self._model.predict(features_SF[:, self._varying_F]), 0, 1)
        return expected


class PowerLaw:
    """The model of a training's processor seconds, proportional to a power of the MACs."""

    def __init__(self, log_macs_N: Floats, seconds_N: Floats) -> None:
        """Fit by least squares on logarithms."""
        self._coefficients = np.polyfit(log_macs_N, np.log(seconds_N), deg=1)

    def seconds(self, log_macs_S: Floats) -> Floats:
        """Return the seconds of S networks, ``(S,)``."""
        seconds: Floats = np.exp(np.polyval(self._coefficients, log_macs_S))
        return seconds


class Parabola:
    """The baseline model of top-1: a parabola of one cost."""

    def __init__(self, log_cost_N: Floats, top1_N: Floats) -> None:
        """Fit by least squares."""
        self._coefficients = np.polyfit(log_cost_N, top1_N, deg=2)

    def predict(self, log_cost_S: Floats) -> Floats:
        """Return the expected top-1 of S networks, ``(S,)``."""
        expected: Floats = np.asarray(np.polyval(self._coefficients, log_cost_S), dtype=float)
        return expected
