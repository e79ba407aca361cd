import pytest
from latency_law import milliseconds, networks, records
from measuring import TARGET

from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.fitting.rows import rows_of

SPECS = networks(12)
MS = milliseconds(SPECS)


def test_records_become_rows_with_the_estimator_and_the_noise() -> None:
    found = rows_of(records(SPECS, MS))
    assert dict(zip(found.specs, found.ms, strict=True)) == pytest.approx(
        dict(zip(SPECS, MS, strict=True))
    )
    assert found.target.device == TARGET.device
    assert "10th percentile" in found.estimator
    assert found.noise is not None
    assert (found.noise.pairs, found.noise.mean_difference) == (12, 0.0)


def test_one_pass_tells_no_noise() -> None:
    assert rows_of(records(SPECS, MS, passes=1)).noise is None


def test_a_split_is_the_same_every_time_and_loses_nothing() -> None:
    rows = rows_of(records(SPECS, MS))
    kept, out = rows.split(4)
    assert (len(kept), len(out)) == (8, 4)
    assert {spec.id for spec in (*kept.specs, *out.specs)} == {spec.id for spec in SPECS}
    assert rows.split(4)[1].specs == out.specs
    place = rows.specs.index(out.specs[0])
    assert out.ms[0] == rows.ms[place]


@pytest.mark.parametrize("factor", [1000, 1 / 1000])
def test_milliseconds_in_another_unit_are_refused(factor: float) -> None:
    wrong = MS.copy()
    wrong[3] *= factor
    with pytest.raises(PredictorError, match=f"network {SPECS[3].id} has .* another unit"):
        rows_of(records(SPECS, wrong))


def test_no_rows_are_refused() -> None:
    with pytest.raises(PredictorError, match=r"hold no network that every pass has.*`measure`"):
        rows_of([])


def test_networks_of_all_sizes_are_no_absurdity() -> None:
    assert len(rows_of(records(SPECS, MS))) == len(SPECS)
