"""Makes a predictor file from published latencies: fits small physical models and evaluates them.

A model is a non-negative combination of features, fitted to relative errors. With seven rows the
error of the fit is not informative, so a model is evaluated on held-out rows: each row by a fit to
the others, and each network by a fit to the other networks. The model with the smallest maximum
error is chosen, to the whole percent; among equals the one with the fewest coefficients.

Results for the authors' iPhone 12 rows (``iphone12_document``):

* Multiply-adds do not explain them: ``macs`` and ``four_term`` need a constant of 3 to 4 ms and
  miss a held-out row by up to 13 and 23 %.
* Time is proportional to elements moved: ``roofline``, with one coefficient for work on feature
  maps and one for work on tokens, misses none by more than 5 %, also when whole networks are held
  out, or when the choice of the model is repeated without the row. Maps move at 7.7 G elements a
  second, half of the memory's rate in float16; a token's element takes three times as long.
* Further terms (a constant, separate attention) do not improve the predictions.
* Counting norms or not, attention scores once or twice, or any machine balance from 256 up gives
  a maximum error of 4 to 8 %. Counting weights as moved, or softmax as a separate pass, does not
  fit (11 % and more).

Limits: only one row needs a resize, so its cost there is known, but not whether it depends on
elements or on the number of resizes, and no fit predicts that row when it is held out. All rows
share 256 pixels, 4 heads, kernel 3, fusion and the depths 2, 4, 3. Elsewhere a prediction
extrapolates. On larger images it is too high: between patches 2,2,2 and 8,4,2 of XS the paper's
Tables 10b and 10c have 1.9 ms at 320 and 7.2 ms at 512 pixels, where the model has 4.0 and 27.
"""

import csv
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.domain import TOLERANCE, digest, ranges_of, settings_of
from nasbench_mvit.latency.features.sums import RESIZE, Floats, feature_matrix
from nasbench_mvit.latency.fitting.build import report_rows
from nasbench_mvit.latency.fitting.fit import fit, rounded
from nasbench_mvit.latency.predictor.document import PredictorDocument, Records
from nasbench_mvit.latency.predictor.document_fits import Calibration, Candidate
from nasbench_mvit.latency.predictor.files import PACKAGED
from nasbench_mvit.latency.target import Target

PUBLISHED = PACKAGED.with_name("published")
RIVAL = "four_term"
CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "macs": ("constant", "macs", RESIZE),
    "four_term": ("constant", "conv_linear_macs", "softmax_elements", RESIZE),
    "work": ("constant", "work", RESIZE),
    "roofline": ("map_work", "token_work", RESIZE),
    "roofline_constant": ("constant", "map_work", "token_work", RESIZE),
    "roofline_attention": ("map_work", "dense_token_work", "attention_work", RESIZE),
}
INTERVAL = (
    "predicted / (1 ± the largest leave-one-out error), the resize term from nothing to twice; "
    "where extrapolating, extended to the same interval of the rival"
)


@dataclass(frozen=True)
class TrainingRow:
    """A network, its published milliseconds and their source."""

    label: str
    network: str
    spec: MobileViTSpec
    ms: float
    source: str


def published_rows(path: Path) -> list[TrainingRow]:
    """Read the used rows of a CSV of published latencies."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            TrainingRow(
                label=row["model"],
                network=row["network"],
                spec=published(
                    row["network"],
                    patches=_triple(row["patches"]),
                    resolution=int(row["resolution"]),
                ),
                ms=float(row["latency_ms"]),
                source=row["source"],
            )
            for row in csv.DictReader(file)
            if not row["unused_because"]
        ]


def _triple(text: str) -> tuple[int, int, int]:
    first, second, third = (int(side) for side in text.split())
    return first, second, third


def iphone12_document() -> PredictorDocument:
    """Fit the predictor of the authors' published iPhone 12 latencies."""
    rows = published_rows(PUBLISHED / "iphone12.csv")
    specs = SpecArrays.of([row.spec for row in rows])
    ms = np.array([row.ms for row in rows])
    resized = feature_matrix(specs, [RESIZE])[:, 0] > 0
    networks = [row.network for row in rows]
    fits = {
        name: cross_validate(feature_matrix(specs, features), ms, networks)
        for name, features in CANDIDATES.items()
    }
    candidates = {
        name: _candidate(CANDIDATES[name], model, ms, resized) for name, model in fits.items()
    }
    chosen = min(candidates, key=lambda name: _merit(candidates[name]))
    used = dict.fromkeys((*CANDIDATES[chosen], *CANDIDATES[RIVAL]))
    return PredictorDocument(
        schema_version=2,
        name="iphone12_coreml",
        target=Target(
            device="iPhone 12",
            os=None,
            runtime="Core ML",
            runtime_version=None,
            engine="as Core ML chose; the paper's Table 11 names the Neural Engine",
            threads=None,
            precision="full precision",
            batch=1,
        ),
        records=Records(
            kind="published",
            basis="the authors' published iPhone 12 measurements",
            count=len(rows),
            sha256=digest([row.spec for row in rows], ms),
            estimator="mean of 100 runs",
            noise=None,
        ),
        fit=Calibration(chosen=chosen, rival=RIVAL, candidates=candidates),
        rows=report_rows(
            [(row.label, row.spec, row.source) for row in rows],
            ms,
            fits[chosen].fitted_ms,
            fits[chosen].left_out_ms,
            resized,
        ),
        ranges=ranges_of(specs, list(used)),
        tolerance=TOLERANCE,
        settings=settings_of(specs),
        interval=INTERVAL,
    )


def predict_left_out(features: Floats, ms: Floats, groups: Sequence[Hashable]) -> Floats:
    """Predict each row by a fit to the rows of all other groups, (R,)."""
    keys = list(groups)
    predicted = np.empty_like(ms)
    for group in set(keys):
        left_out = np.array([key == group for key in keys])
        coefficients = fit(features[~left_out], ms[~left_out])
        predicted[left_out] = features[left_out] @ coefficients
    return predicted


@dataclass(frozen=True)
class CrossValidatedFit:
    """A fitted model and its predictions of the rows.

    Attributes:
        coefficients: milliseconds per unit of each feature, (F,).
        fitted_ms: predictions by the fit to all rows, (R,).
        left_out_ms: predictions of each row by a fit to all other rows, (R,).
        unseen_network_ms: predictions of each row by a fit to the rows of other networks, (R,).
    """

    coefficients: Floats
    fitted_ms: Floats
    left_out_ms: Floats
    unseen_network_ms: Floats


def cross_validate(features: Floats, ms: Floats, networks: Sequence[str]) -> CrossValidatedFit:
    """Fit (R, F) ``features`` to (R,) ``ms``, also without each row and without each network.

    ``networks`` holds the name of each row's network.
    """
    coefficients = fit(features, ms)
    return CrossValidatedFit(
        coefficients=coefficients,
        fitted_ms=features @ coefficients,
        left_out_ms=predict_left_out(features, ms, range(len(ms))),
        unseen_network_ms=predict_left_out(features, ms, networks),
    )


def _merit(candidate: Candidate) -> tuple[float, int]:
    """Return the sort key: maximum held-out error in whole percent, then number of coefficients."""
    return round(candidate.max_error, 2), len(candidate.coefficients)


def _candidate(
    features: Sequence[str], model: CrossValidatedFit, ms: Floats, resized: NDArray[np.bool_]
) -> Candidate:
    def errors(predicted: Floats) -> Floats:
        return np.abs(predicted / ms - 1)[~resized]

    return Candidate(
        coefficients={
            name: rounded(value) for name, value in zip(features, model.coefficients, strict=True)
        },
        max_error=rounded(errors(model.left_out_ms).max()),
        mean_error=rounded(errors(model.left_out_ms).mean()),
        max_error_unseen_network=rounded(errors(model.unseen_network_ms).max()),
        max_fit_error=rounded(errors(model.fitted_ms).max()),
    )
