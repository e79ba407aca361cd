import dataclasses

import numpy as np
import pytest
from latency_law import milliseconds, networks, records
from measuring import TARGET

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.fitting.rows import LatencyRow, LatencyRows, describe, gather, rows_of
from nasbench_mvit.latency.records.record import MAX_MS

SPECS = networks(12)
MS = milliseconds(SPECS)
ROWS = [
    LatencyRow(spec, float(ms), describe(TARGET), "measured")
    for spec, ms in zip(SPECS, MS, strict=True)
]


def gathered(rows: list[LatencyRow]) -> LatencyRows:
    return gather(rows, estimator="test")


def changed(place: int, **changes: object) -> list[LatencyRow]:
    rows = list(ROWS)
    rows[place] = dataclasses.replace(rows[place], **changes)  # type: ignore[arg-type]
    return rows


def test_records_become_rows_with_the_estimator_and_the_noise() -> None:
    found = rows_of(records(SPECS, MS))
    assert dict(zip(found.specs, found.ms, strict=True)) == pytest.approx(
        dict(zip(SPECS, MS, strict=True))
    )
    assert found.kind == "measured"
    assert found.target.device == TARGET.device
    assert "10th percentile" in found.estimator
    assert found.noise is not None
    assert (found.noise.pairs, found.noise.mean_difference) == (12, 0.0)


def test_one_pass_tells_no_noise() -> None:
    assert rows_of(records(SPECS, MS, passes=1)).noise is None


def test_a_split_is_the_same_every_time_and_loses_nothing() -> None:
    rows = gathered(ROWS)
    kept, out = rows.split(4)
    assert (len(kept), len(out)) == (8, 4)
    assert {spec.id for spec in (*kept.specs, *out.specs)} == {spec.id for spec in SPECS}
    assert rows.split(4)[1].specs == out.specs
    place = rows.specs.index(out.specs[0])
    assert out.ms[0] == rows.ms[place]


OTHER = describe(TARGET)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r"hold no network that every pass has visited.*`measure`"),
        (changed(3, ms=float("nan")), rf"at most 600,000, got nan for network {SPECS[3].id}"),
        (changed(3, ms=float("inf")), "got inf"),
        (changed(3, ms=-1.0), "got -1.0"),
        (changed(3, ms=0.0), "got 0.0"),
        (changed(3, ms=MAX_MS * 1.01), "at most 600,000"),
        (changed(3, ms=MS[3] * 1000), f"network {SPECS[3].id} has .* another unit"),
        (changed(3, ms=MS[3] / 1000), "times the median"),
        (changed(3, kind="published"), "all measured or all published, got measured and published"),
        (changed(3, spec=SPECS[4]), f"network {SPECS[4].id} is repeated"),
        (changed(3, target=OTHER.model_copy(update={"device": "B"})), "device: Test CPU and B"),
        (changed(3, target=OTHER.model_copy(update={"runtime": "B"})), "runtime: onnxr.* and B"),
        (changed(3, target=OTHER.model_copy(update={"engine": "B"})), "engine: CPUEx.* and B"),
        (changed(3, target=OTHER.model_copy(update={"threads": 2})), "threads: 1 and 2"),
        (changed(3, target=OTHER.model_copy(update={"precision": "int8"})), "fp32 and int8"),
        (changed(3, target=OTHER.model_copy(update={"batch": 8})), "batch: 1 and 8"),
        (changed(3, target=OTHER.model_copy(update={"os": "B"})), "os: .* and B"),
    ],
)  # fmt: skip
def test_rows_that_may_not_stand_together(rows: list[LatencyRow], message: str) -> None:
    with pytest.raises(PredictorError, match=message):
        gathered(rows)


def test_networks_of_all_sizes_are_no_absurdity() -> None:
    assert (np.array([row.ms for row in ROWS]) == gathered(ROWS).ms).all()
