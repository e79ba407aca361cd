"""Estimates of ImageNet top-1 from a proxy's scores, without torch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nasbench_mvit.analysis.conformal import COVERAGE
from nasbench_mvit.analysis.least_squares import Floats
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.calibration.document import CalibrationDocument
from nasbench_mvit.calibration.domain import unknown_kind
from nasbench_mvit.calibration.files import MAKE, packaged_calibration, read_calibration
from nasbench_mvit.calibration.terms import MACS, columns_of, slope_of
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import CalibrationError, counted
from nasbench_mvit.training.proxy.recipe import ProxyConfig

FEW_SEEDS = 3  # fewer say little of the noise
HIGHEST = 100.0


@dataclass(frozen=True, slots=True)
class ImagenetEstimates:
    """ImageNet top-1 of S networks in percent; (S,) each.

    Attributes:
        top1: the estimates.
        low, high: their intervals.
        in_domain: whether the calibration rests on networks like these; the interval is valid for
            no others.
        kind: kind of ``top1``.
    """

    top1: Floats
    low: Floats
    high: Floats
    in_domain: NDArray[np.bool_]
    kind: Literal["estimated"] = "estimated"


class ImagenetCalibration:
    """Makes estimates of ImageNet top-1 from the scores of one proxy.

    Attributes:
        document: the content of its file.
    """

    def __init__(self, document: CalibrationDocument) -> None:
        """Use a file that has been read; ``load`` reads one."""
        self.document = document

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Load a calibration file.

        Raises:
            CalibrationError: there is none, or it is damaged.
        """
        return cls(read_calibration(path))

    @classmethod
    def of_recipe(cls, proxy: ProxyConfig, data: str, path: str | None = None) -> Self | None:
        """Return the calibration at ``path``, or the shipped one of a recipe; None without one.

        Args:
            proxy: the recipe.
            data: the images, as a study names them.
            path: a file, which must be of that recipe and those images.

        Raises:
            CalibrationError: the file cannot be read, or is of another recipe.
        """
        if path is None:
            document = packaged_calibration(proxy.id, data)
            return None if document is None else cls(document)
        found = cls.load(path)
        found.check_recipe(proxy, data)
        return found

    def check_recipe(self, proxy: ProxyConfig, data: str) -> None:
        """Refuse the scores of another proxy.

        Raises:
            CalibrationError: naming both recipes and where they differ.
        """
        own = self.document
        if (own.proxy_id, own.data) == (proxy.id, data):
            return
        there = dict(ProxyConfig.model_validate(own.proxy)) | {"data": own.data}
        here = dict(proxy) | {"data": data}
        differing = [
            f"{field} is {there[field]} there and {value} here"
            for field, value in here.items()
            if there[field] != value
        ]
        raise CalibrationError(
            f"the calibration {own.name} is of the proxy {own.proxy_id}, not of this one, "
            f"{proxy.id}: {'; '.join(differing)}. Take the calibration of this proxy, make it with "
            f"{MAKE}, or leave `calibration` out."
        )

    def estimate(
        self,
        specs: Sequence[MobileViTSpec],
        score_S: Floats,
        *,
        seeds_S: NDArray[np.int_],
        error_S: Floats | None = None,
    ) -> ImagenetEstimates:
        """Estimate the ImageNet top-1 of S networks.

        Args:
            specs: the networks.
            score_S: their scores by the proxy, fractions, means over seeds.
            seeds_S: numbers of these seeds.
            error_S: standard errors of scores that were themselves estimated; NaN of trained ones.
        """
        costs = count_costs_many(specs)
        columns_ST = columns_of(self.document.terms, score_S, costs.macs.astype(float))
        weights_T = np.array(self.document.weights)
        top1_S = columns_ST @ weights_T
        is_in_S = np.array(
            [unknown_kind(spec, self.document.kinds) is None for spec in specs], dtype=bool
        )
        for field, values in (("macs", costs.macs), ("params", costs.params), ("score", score_S)):
            known = self.document.ranges[field]
            is_in_S &= (known.low <= values) & (values <= known.high)
        margins_S = np.where(is_in_S, self.document.margin, self.document.margin_outside)
        spread_S = slope_of(self.document.terms, weights_T, score_S) * self._more_noise(
            seeds_S, np.full(len(specs), np.nan) if error_S is None else error_S
        )
        half_S = np.hypot(margins_S, spread_S)
        return ImagenetEstimates(
            top1=np.clip(top1_S, 0, HIGHEST),
            low=np.clip(top1_S - half_S, 0, HIGHEST),
            high=np.clip(top1_S + half_S, 0, HIGHEST),
            in_domain=is_in_S,
        )

    def _more_noise(self, seeds_S: NDArray[np.int_], error_S: Floats) -> Floats:
        """Return the half width of a score's noise beyond that of the scores behind the margin."""
        noise, networks = self.document.noise, self.document.networks
        sd = 0.0 if noise is None else noise.sd
        own = sd**2 * float(np.mean([1 / len(network.scores) for network in networks]))
        variance_S = np.where(np.isnan(error_S), sd**2 / np.maximum(seeds_S, 1), error_S**2)
        freedom = math.inf if noise is None else noise.freedom
        quantile = float(stats.t.ppf((1 + COVERAGE) / 2, freedom))
        return np.asarray(quantile * np.sqrt(np.maximum(variance_S - own, 0)))

    @property
    def title(self) -> str:
        """The origin of its estimates, in a few words."""
        own = self.document
        return (
            f"estimated from the proxy's score by the calibration {own.name} to "
            f"{counted(len(own.networks), 'published network')}"
        )

    @property
    def evidence(self) -> str:
        """Its terms and its errors, in words."""
        own = self.document
        paper = own.errors.paper_out
        papers = "" if paper is None else f", those of a paper left out by {paper:.2f}"
        macs = own.alternatives[MACS].left_out
        return (
            f"linear in {own.terms}; misses networks left out by {own.errors.left_out:.2f} points "
            f"RMS{papers} ({MACS} alone {macs:.2f}); {self.seeds_note}; the interval covers "
            f"{own.interval}"
        )

    @property
    def seeds_note(self) -> str:
        """The seeds behind it, in words."""
        few = min(len(network.scores) for network in self.document.networks)
        advice = "" if few >= FEW_SEEDS else f", of which {FEW_SEEDS} or more are advised"
        return f"{counted(few, 'seed')} a network{advice}"

    @property
    def caution(self) -> str | None:
        """Why its estimates say little; None where they say more than the cost of a network."""
        own, macs = self.document.errors.left_out, self.document.alternatives[MACS].left_out
        if own < macs:
            return None
        return (
            f"The calibration {self.document.name} misses networks left out by {own:.2f} points of "
            f"ImageNet top-1, and {MACS} alone by {macs:.2f}: its estimates say no more than the "
            "cost of a network"
        )
