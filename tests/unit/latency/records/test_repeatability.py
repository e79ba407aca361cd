import itertools
from collections.abc import Callable

import numpy as np
import pytest
from measuring import block, networks
from pydantic import ValidationError

from nasbench_mvit.latency.records.estimator import Estimator, latencies
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.repeatability import MIN_REPEATS, Noise, assess

COUNT = 40
TRUE_MS = {network: 5.0 + index for index, network in enumerate(networks(COUNT))}


def visit(pass_number: int, level: Callable[[int], tuple[float, float]]) -> list[Measurement]:
    """A pass in blocks of one; ``level(block)`` scales the block's candidate and its brackets."""
    records = []
    for index, (network, ms) in enumerate(TRUE_MS.items(), start=1):
        number = pass_number * 1000 + index
        of_candidate, of_brackets = level(number)
        brackets = (5 * of_brackets, 5 * of_brackets)
        candidate = {network: ms * of_candidate}
        records += block(number, candidate, pass_number=pass_number, brackets=brackets)
    return records


def drift(number: int) -> tuple[float, float]:
    """The device is up to twice as slow at times, candidates and brackets alike."""
    level = 1 + np.sin(number) ** 2
    return level, level


def test_drift_that_the_brackets_share_is_removed() -> None:
    records = visit(1, drift) + visit(2, drift)
    found = assess(records)
    assert found.estimator.normalisation == "brackets"
    assert found.noise is not None
    assert found.noise.median_difference == pytest.approx(0, abs=1e-9)
    assert found.noise.pairs == COUNT
    values = latencies(records, found.estimator)
    ratios = [value.ms / TRUE_MS[value.spec] for value in values]
    assert ratios == pytest.approx([ratios[0]] * COUNT)


def bursts(rng: np.random.Generator) -> float:
    """Others use the machine now and then."""
    return 1.3 if rng.random() < 0.3 else 1.0


def even(rng: np.random.Generator) -> float:
    return float(rng.uniform(1, 1.3))


@pytest.mark.parametrize(("noise", "over_passes"), [(bursts, "lowest"), (even, "mean")])
def test_noise_of_the_brackets_alone_is_kept_out(
    noise: Callable[[np.random.Generator], float], over_passes: str
) -> None:
    rng = np.random.default_rng(0)
    records = visit(1, lambda _: (1.0, noise(rng))) + visit(2, lambda _: (1.0, noise(rng)))
    found = assess(records)
    assert found.estimator.normalisation == "none"
    assert found.estimator.over_passes == over_passes
    assert found.noise is not None
    assert found.noise.share_close == 1.0
    assert {value.spec: value.ms for value in latencies(records, found.estimator)} == TRUE_MS


def with_outliers(record: Measurement, rng: np.random.Generator) -> Measurement:
    """Slow down a random share of the samples, up to 60 % of them."""
    slow = rng.random(len(record.samples_ms)) < rng.uniform(0, 0.6)
    values = tuple(np.array(record.samples_ms) * np.where(slow, 1.5, 1.0))
    return record.model_copy(update={"samples_ms": values})


def test_the_statistic_is_that_which_repeats() -> None:
    rng = np.random.default_rng(0)
    plain = visit(1, lambda _: (1.0, 1.0)) + visit(2, lambda _: (1.0, 1.0))
    found = assess([with_outliers(record, rng) for record in plain])
    assert found.estimator.statistic == "p10"
    noise = {
        row.statistic: row.noise.mean_difference
        for row in found.visits
        if row.normalisation == "none"
    }
    assert noise["p10"] < noise["median"]


@pytest.mark.parametrize(
    ("pairs", "is_high"),
    [([(1.0, 1.05)], False), ([(1.0, 1.21)], True), ([(1.0, 1.0), (1.0, 1.0), (1.0, 9.0)], False)],
)
def test_noise_is_high_where_half_of_the_networks_do_not_repeat(
    pairs: list[tuple[float, float]], is_high: bool
) -> None:
    assert Noise.of(pairs).is_high == is_high


def test_one_pass_or_few_networks_tell_nothing() -> None:
    one = visit(1, drift)
    found = assess(one)
    assert found.estimator == Estimator()
    assert found.noise is None
    assert "there are 0" in found.chosen_by
    few = list(itertools.islice(visit(2, drift), 3 * (MIN_REPEATS - 1)))
    assert f"there are {MIN_REPEATS - 1}" in assess(one + few).chosen_by
    assert assess([]).noise is None


def test_a_network_that_a_pass_lacks_has_no_latency_yet() -> None:
    one, two = visit(1, drift), visit(2, drift)
    assert len(latencies(one, Estimator())) == COUNT
    half = 3 * (COUNT // 2)
    found = latencies(one + two[:half], Estimator())
    assert {value.spec for value in found} == set(list(TRUE_MS)[: COUNT // 2])
    assert all(value.ms == min(value.passes_ms.values()) for value in found)
    assert latencies([], Estimator()) == []


def test_a_further_pass_hides_nothing_and_counts_once_most_have_it() -> None:
    two = visit(1, drift) + visit(2, drift)
    third = visit(3, drift)
    few = 3 * (COUNT // 2 - 1)
    assert latencies(two + third[:few], Estimator()) == latencies(two, Estimator())
    found = latencies(two + third[: 3 * (COUNT // 2)], Estimator())
    assert {len(value.passes_ms) for value in found} == {3}


def test_rejected_blocks_do_not_count() -> None:
    network = next(iter(TRUE_MS))
    slow = block(1, {network: 90.0}, brackets=(5.0, 9.0))
    good = block(2, {network: 10.0})
    (found,) = latencies(slow + good, Estimator())
    assert found.passes_ms == {1: 10.0}


def test_normalised_figures_are_not_combined_by_their_lowest() -> None:
    with pytest.raises(ValidationError, match="over_passes must be mean"):
        Estimator(normalisation="brackets")
    assert "relative to the reference" in str(
        Estimator(normalisation="brackets", over_passes="mean")
    )
