"""Predicted latencies a second on one core, by either kind of predictor.

Run by hand: ``python tests/benchmarks/bench_latency_predictors.py``. It prints the rate of each and
the ratio to the limit of 100,000; machines differ, so nothing is asserted. The regression is the
slowest there can be: every feature has a price and a term of a correction.
"""

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.domain import ranges_of
from nasbench_mvit.latency.features.sums import feature_columns
from nasbench_mvit.latency.fitting.fit import fit_correction
from nasbench_mvit.latency.fitting.measured import measured_document
from nasbench_mvit.latency.fitting.rows import LatencyRows
from nasbench_mvit.latency.fitting.ways import BASE, CORRECTED_BY
from nasbench_mvit.latency.predictor.document_fits import Regression
from nasbench_mvit.latency.predictor.physical import PhysicalModel
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.latency.target import Target

LIMIT = 100_000
NETWORKS = 20_000
REPEATS = 5
HERE = Target(device="none", os=None, runtime="none", runtime_version=None, engine="none",
                  threads=None, precision="fp32", batch=1)  # fmt: skip


def rate(work: Callable[[], object]) -> float:
    """Return networks a second, the median of some repeats."""
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return NETWORKS / float(np.median(seconds))


def regression(specs: Sequence[MobileViTSpec]) -> LatencyPredictor:
    """Return a regression in which every feature counts; its milliseconds mean nothing."""
    columns = feature_columns(SpecArrays.of(specs), BASE)
    law = PhysicalModel(coefficients={name: 1 / columns[name].max(initial=1.0) for name in BASE})
    ms = law.predict(columns)
    model = fit_correction(law, columns, ms, CORRECTED_BY, penalty=1.0)
    rows = LatencyRows(specs=tuple(specs), ms=ms, target=HERE, estimator="none", noise=None)
    document = measured_document("all", rows)
    ranges = ranges_of(SpecArrays.of(specs), model.features)
    assert isinstance(document.fit, Regression)
    fit = document.fit.model_copy(update={"model": model})
    return LatencyPredictor(document.model_copy(update={"fit": fit, "ranges": ranges}))


def main() -> int:
    """Measure and print."""
    space, rng = SearchSpace.load("mobilevit"), np.random.default_rng(0)
    specs = [space.sample(rng) for _ in range(NETWORKS)]
    ensemble, worst = load_predictor("iphone12_coreml"), regression(specs[:60])
    for name, measured in (
        ("ensemble", rate(lambda: ensemble.predict_many(specs))),
        ("regression", rate(lambda: worst.predict_many(specs))),
    ):
        sys.stdout.write(f"{name}: {measured:,.0f} a second, {measured / LIMIT:.1f} × the limit\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
