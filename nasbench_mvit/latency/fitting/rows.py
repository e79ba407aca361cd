"""The rows for fitting and evaluation: networks and milliseconds of one target.

Axes: R rows.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.sums import Floats
from nasbench_mvit.latency.predictor.document import RepeatNoise
from nasbench_mvit.latency.records.estimator import latencies
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.record_file import read_records
from nasbench_mvit.latency.records.repeatability import Repeatability, assess
from nasbench_mvit.latency.target import Target

ABSURD = 100.0  # times the median milliseconds per multiply-add: a wrong unit, not a slow network
SEED = 0  # of the choice of held-out rows


@dataclass(frozen=True)
class LatencyRows:
    """Rows that may be used together.

    Attributes:
        specs: the networks, each once, (R,).
        ms: their milliseconds, (R,).
        target: the target of all rows.
        estimator: description of the estimator that turned samples into milliseconds.
        noise: the noise between visits of one network; None where it is unknown.
    """

    specs: tuple[MobileViTSpec, ...]
    ms: Floats
    target: Target
    estimator: str
    noise: RepeatNoise | None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.specs)

    def pick(self, rows: Sequence[int]) -> "LatencyRows":
        """Return some of the rows."""
        specs = tuple(self.specs[row] for row in rows)
        return dataclasses.replace(self, specs=specs, ms=self.ms[list(rows)])

    def split(self, held_out: int) -> tuple["LatencyRows", "LatencyRows"]:
        """Split off ``held_out`` random rows, always the same; return the other rows and these."""
        order = [int(row) for row in np.random.default_rng(SEED).permutation(len(self))]
        return self.pick(sorted(order[held_out:])), self.pick(sorted(order[:held_out]))


def read_rows(path: str | Path) -> LatencyRows:
    """Read the records of ``measure``, with the estimator that repeats best on the target.

    Raises:
        MeasurementError: the file cannot be read or is damaged, or its targets differ.
        PredictorError: see ``rows_of``.
    """
    return rows_of(read_records(path))


def rows_of(records: Sequence[Measurement]) -> LatencyRows:
    """Return the rows of one target's records.

    Raises:
        PredictorError: there are none, or the milliseconds of one are implausible.
    """
    repeated = assess(records)
    found = latencies(records, repeated.estimator)
    if not found:
        raise PredictorError(
            "the records hold no network that every pass has visited in an accepted block. Run "
            "the same `measure` command again until its passes are complete."
        )
    rows = LatencyRows(
        specs=tuple(latency.spec for latency in found),
        ms=np.array([latency.ms for latency in found]),
        target=records[0].target,
        estimator=str(repeated.estimator),
        noise=_noise(repeated),
    )
    _check_sensible(rows)
    return rows


def _noise(repeated: Repeatability) -> RepeatNoise | None:
    if repeated.noise is None:
        return None
    return RepeatNoise(**repeated.noise.model_dump(exclude={"median_difference"}))


def _check_sensible(rows: LatencyRows) -> None:
    pace = rows.ms / count_costs_many(rows.specs).macs
    ratio = pace / np.median(pace)
    worst = int(np.argmax(np.abs(np.log(ratio))))
    if not 1 / ABSURD < ratio[worst] < ABSURD:
        raise PredictorError(
            f"network {rows.specs[worst].id} has {rows.ms[worst]:g} ms, {ratio[worst]:,.2g} times "
            "the median of these rows for its multiply-adds: another unit, or a device that "
            "slept. Measure it again, or leave it out."
        )
