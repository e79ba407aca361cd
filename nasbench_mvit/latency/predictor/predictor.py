"""Applies a predictor file to networks: milliseconds, an interval and a flag for extrapolation.

Files are made by ``latency.fitting``; nothing is fitted here, and torch is never loaded.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.errors import PredictorError, listed, unknown
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.latency.features.sums import (
    ABSENT,
    RESIZE,
    Floats,
    familiar,
    feature_columns,
    rival_columns,
    settings,
)
from nasbench_mvit.latency.predictor.document import PredictorDocument
from nasbench_mvit.latency.predictor.document_fits import MODEL, Calibration, Candidate, Regression
from nasbench_mvit.latency.predictor.envelope import Envelope
from nasbench_mvit.latency.predictor.files import PACKAGED, predictor_names, read_document
from nasbench_mvit.latency.predictor.physical import Columns

CHUNK = 4096  # specs whose arrays fit into a core's cache


@dataclass(frozen=True, slots=True)
class Latency:
    """A latency with its interval and its kind.

    Attributes:
        ms: milliseconds for one image.
        low, high: the interval, in milliseconds.
        kind: kind of ``ms``.
        calibrated_on: kind of the latencies that the predictor was fitted to.
        extrapolating: whether the network is unlike those, so that the interval is wider.
    """

    ms: float
    low: float
    high: float
    kind: Literal["estimated", "published"]
    calibrated_on: Literal["published", "measured"]
    extrapolating: bool


@dataclass(frozen=True, slots=True)
class LatencyArrays:
    """The latencies of S networks; (S,) each, see ``Latency``."""

    ms: Floats
    low: Floats
    high: Floats
    extrapolating: NDArray[np.bool_]
    kind: Literal["estimated"]
    calibrated_on: Literal["published", "measured"]


class LatencyPredictor:
    """Predicts the latency of a spec at the spec's own resolution, with 1000 classes.

    For an ensemble of all models that meet published rows, the interval is their range, and its
    width tells how little the rows say of a network (see ``envelope``).

    For a calibration on published rows by one model, the interval of a network like these rows
    spans the largest relative error of a held-out row. Where the predictor extrapolates it also
    spans the interval of the rival model: two models with equal errors on the rows may differ
    elsewhere. The time of resizes, which few rows have, ranges from 0 to twice the prediction.

    For a regression on measured rows, the interval covers 90 % of networks like these rows (see
    ``conformal``); where the predictor extrapolates it has the margin that covers the largest and
    the smallest rows, predicted by fits without them.
    """

    def __init__(self, document: PredictorDocument) -> None:
        self.document = document

    @property
    def title(self) -> str:
        """A short description of its latencies, for headings and reports."""
        target, basis = self.document.target, self.document.records.basis
        warning = f" (do not use: {self.document.do_not_use})" if self.document.do_not_use else ""
        warning += " (rough)" if self.document.rough else ""
        return f"estimated for {target.device} with {target.runtime} from {basis}{warning}"

    @property
    def evidence(self) -> str:
        """A description of its errors on held-out rows."""
        fit = self.document.fit
        if isinstance(fit, Regression):
            errors = [
                f"{split}: {scores[MODEL].rows} networks missed by {scores[MODEL].mape:.1%} on "
                f"average, {scores[MODEL].within_10:.0%} of them by 10 % or less"
                for split, scores in fit.scores.items()
            ]
            source = self.document.records.source
            origin = [f"source: {source.name}, {source.year}, {source.license}"] if source else []
            return "; ".join([*errors, *origin])
        if isinstance(fit, Envelope):
            return fit.evidence
        rows = self.document.rows
        plain = [abs(row.left_out_error) for row in rows if not row.needs_resize]
        text = f"{len(plain)} rows, each left out once, are missed by at most {max(plain):.1%}"
        resized = [abs(row.left_out_error) for row in rows if row.needs_resize]
        if resized:
            text += f", {len(resized)} with a resize by {max(resized):.0%}"
        return text

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits, equal for equal predictors."""
        return hashlib.sha256(self.document.to_json().encode()).hexdigest()[:16]

    def predict(self, spec: Network) -> Latency:
        """Return the latency of one network.

        That of a rival is always an extrapolation: its layers are counted and priced as a
        MobileViT's, but no predictor was fitted to a network of its family.
        """
        many = self._rival(spec) if isinstance(spec, RivalSpec) else self.predict_many([spec])
        return Latency(
            ms=float(many.ms[0]),
            low=float(many.low[0]),
            high=float(many.high[0]),
            kind=many.kind,
            calibrated_on=many.calibrated_on,
            extrapolating=bool(many.extrapolating[0]),
        )

    def predict_many(self, specs: Sequence[MobileViTSpec]) -> LatencyArrays:
        """Return the latencies of S networks, some hundred thousand in seconds.

        Raises:
            PredictorError: the coefficients are so large that a latency is not finite.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # refused below
            parts = [
                self._predict(SpecArrays.of(specs[start : start + CHUNK]))
                for start in range(0, max(1, len(specs)), CHUNK)
            ]
        return self._checked(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def differences(
        self, specs: Sequence[MobileViTSpec], others: Sequence[MobileViTSpec]
    ) -> tuple[Floats, Floats] | None:
        """Return by how many milliseconds each of S others is slower than each spec: the interval.

        It is the range of the difference over the models of an ensemble, two of (S,), and narrower
        than what the two intervals leave, since one model prices both networks. None where the
        predictor is no ensemble.
        """
        fit = self.document.fit
        if not isinstance(fit, Envelope):
            return None
        first_SM, second_SM = (
            fit.by_model(feature_columns(SpecArrays.of(some), fit.features))
            for some in (specs, others)
        )
        # The extremes of all models lie beyond those of the vertices by at most the margin.
        slack_S = fit.margin * np.maximum(first_SM.max(axis=1), second_SM.max(axis=1))
        apart_SM = second_SM - first_SM
        return apart_SM.min(axis=1) - slack_S, apart_SM.max(axis=1) + slack_S

    def _rival(self, rival: RivalSpec) -> LatencyArrays:
        always = np.ones(1, dtype=bool)
        with np.errstate(over="ignore", invalid="ignore"):  # refused below
            columns = rival_columns(rival, self.document.fit.features)
            return self._checked(*self._priced(columns, always), always)

    def _checked(
        self, ms: Floats, low: Floats, high: Floats, extrapolating: NDArray[np.bool_]
    ) -> LatencyArrays:
        if not np.isfinite(high).all():
            raise PredictorError(
                f"the latency predictor '{self.document.name}' predicts milliseconds that are not "
                f"finite: its coefficients are too large. Make it anew, or give a name: "
                f"{listed(predictor_names())}."
            )
        return LatencyArrays(
            ms, low, high, extrapolating.astype(bool), "estimated", self.document.records.kind
        )

    def _predict(self, specs: SpecArrays) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
        """Return milliseconds, the interval's bounds and the extrapolation flag, (S,) each."""
        columns = feature_columns(specs, self.document.fit.features)
        extrapolating = self._outside(columns) | self._unfamiliar(specs)
        return *self._priced(columns, extrapolating), extrapolating

    def _priced(
        self, columns: Columns, extrapolating: NDArray[np.bool_]
    ) -> tuple[Floats, Floats, Floats]:
        """Return milliseconds and the interval's bounds, (S,) each."""
        fit = self.document.fit
        if isinstance(fit, Envelope):
            return fit.interval(columns)
        if isinstance(fit, Calibration):
            return _calibrated(fit, columns, extrapolating)
        return _regressed(fit, columns, extrapolating)

    def _outside(self, features: Columns) -> NDArray[np.bool_]:
        slack = 1 + self.document.tolerance
        beyond = [
            (features[name] < known.low / slack) | (features[name] > known.high * slack)
            for name, known in self.document.ranges.items()
        ]
        outside: NDArray[np.bool_] = np.any(beyond, axis=0)
        return outside

    def _unfamiliar(self, specs: SpecArrays) -> NDArray[np.bool_]:
        known = familiar(self.document.settings)
        strange = [
            ~np.isin(values, [*known[name], ABSENT]).all(axis=0)
            for name, values in settings(specs).items()
            if name in known
        ]
        unfamiliar: NDArray[np.bool_] = np.any(strange, axis=0)
        return unfamiliar


def _calibrated(
    fit: Calibration, columns: Columns, extrapolating: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    ms, low, high = _interval(fit.candidates[fit.chosen], columns)
    _, rival_low, rival_high = _interval(fit.candidates[fit.rival], columns)
    low = np.where(extrapolating, np.minimum(low, rival_low), low)
    high = np.where(extrapolating, np.maximum(high, rival_high), high)
    return ms, low, high


def _interval(model: Candidate, columns: Columns) -> tuple[Floats, Floats, Floats]:
    """Return milliseconds and the bounds of the interval from the model's error."""
    terms = {name: weight * columns[name] for name, weight in model.coefficients.items()}
    ms = np.sum(list(terms.values()), axis=0)
    resizing = terms.get(RESIZE, np.zeros_like(ms))
    return ms, (ms - resizing) / (1 + model.max_error), (ms + resizing) / (1 - model.max_error)


def _regressed(
    fit: Regression, columns: Columns, extrapolating: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    ms = fit.model.predict(columns)
    factor = np.exp(np.where(extrapolating, fit.extrapolation_margin, fit.margin))
    return ms, ms / factor, ms * factor


def load_predictor(name_or_path: str | Path) -> LatencyPredictor:
    """Load a shipped predictor by name, or a file by path (``….json``).

    Raises:
        PredictorError: there is none of that name or at that path, or the file is damaged: not
            JSON, of another schema version, with unknown or missing fields, or inconsistent.

    >>> from nasbench_mvit.architecture.published import published
    >>> latency = load_predictor("iphone12_coreml").predict(published("mobilevit_xs"))
    >>> latency.low < latency.ms < latency.high, latency.kind
    (True, 'estimated')
    """
    path = expanded(name_or_path)
    if path.suffix != ".json" and len(path.parts) <= 1:
        names = predictor_names()
        if str(name_or_path) not in names:
            raise PredictorError(
                f"{unknown('latency predictor', name_or_path, names)} "
                "Give a file of your own by its path, like ./my_phone.json."
            )
        path = PACKAGED / f"{name_or_path}.json"
    return LatencyPredictor(read_document(path))
