from collections import Counter

import numpy as np
import pytest
from latency_law import LAW, networks

from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.sums import FEATURES, feature_columns
from nasbench_mvit.latency.fitting.fit import fit_sum
from nasbench_mvit.latency.fitting.scoring import cross_validated, extrapolated, scored
from nasbench_mvit.latency.fitting.selection import choose, folds, take
from nasbench_mvit.latency.fitting.ways import MACS_ONLY, SUM, train_baseline, train_physical
from nasbench_mvit.latency.predictor.physical import Columns, Correction, PhysicalModel, Term

COLUMNS = feature_columns(SpecArrays.of(networks(80)), list(FEATURES))
EXACT = LAW.predict(COLUMNS)
NOISY = EXACT * np.exp(0.02 * np.random.default_rng(1).standard_normal(80))


def macs_only(columns: Columns, ms: np.ndarray) -> PhysicalModel:
    return fit_sum(columns, ms, ["constant", "macs"])


def the_law(columns: Columns, ms: np.ndarray) -> PhysicalModel:
    return fit_sum(columns, ms, list(LAW.coefficients))


def test_folds_are_even_and_no_more_than_rows() -> None:
    assert sorted(Counter(folds(25, 10).tolist()).values()) == [2] * 5 + [3] * 5
    assert sorted(folds(4, 10)) == [0, 1, 2, 3]


def test_the_better_way_is_chosen_and_its_errors_are_of_rows_left_out() -> None:
    trained = choose({"macs": macs_only, "law": the_law}, COLUMNS, NOISY, 10)
    assert trained.way == "law"
    fold = folds(80, 10)
    there = fold == 3
    without = the_law(take(COLUMNS, ~there), NOISY[~there])
    assert trained.left_out_ms[there] == pytest.approx(without.predict(take(COLUMNS, there)))
    assert trained.margin == pytest.approx(margin(np.log(NOISY / trained.left_out_ms)))
    assert trained.model == the_law(COLUMNS, NOISY)


def test_an_equal_or_hardly_better_way_does_not_replace_a_simpler_one() -> None:
    ways = {"law": the_law, "the same again": the_law, "macs": macs_only}
    assert choose(ways, COLUMNS, NOISY, 10).way == "law"


def test_the_sum_stays_uncorrected_where_the_law_is_a_sum() -> None:
    assert train_physical(COLUMNS, NOISY).way == SUM


def test_a_correction_is_kept_where_the_law_has_one() -> None:
    slow = Correction(
        intercept=0.0,
        terms={"linear_macs": Term(mean=18.0, scale=0.5, low=-9.0, high=9.0, weight=-0.25)},
    )
    law = PhysicalModel(coefficients=LAW.coefficients, corrections=[slow])
    ms = law.predict(COLUMNS) * (NOISY / EXACT)
    trained = train_physical(COLUMNS, ms)
    assert "corrected" in trained.way
    bare = the_law(COLUMNS, ms).predict(COLUMNS)
    assert np.abs(np.log(ms / trained.left_out_ms)).mean() < 0.8 * np.abs(np.log(ms / bare)).mean()


def test_a_score_counts_what_it_says() -> None:
    ms = np.array([1.0, 2.0, 4.0, 8.0])
    predicted = np.array([1.05, 2.0, 3.0, 8.4])
    found = scored(ms, predicted, 0.9 * predicted, 1.1 * predicted)
    assert (found.rows, found.spearman) == (4, 1.0)
    assert found.mape == pytest.approx((0.05 + 0 + 0.25 + 0.05) / 4)
    assert (found.within_10, found.coverage) == (0.75, 0.75)
    assert scored(ms[:2], predicted[:2], predicted[:2], predicted[:2]).spearman is None


def test_cross_validation_finds_the_noise_and_covers_nine_in_ten() -> None:
    found = cross_validated(train_physical, COLUMNS, NOISY)
    simple = cross_validated(train_baseline(MACS_ONLY), COLUMNS, NOISY)
    floor = np.abs(NOISY / EXACT - 1).mean()
    assert floor * 0.9 < found.mape < floor * 1.5
    assert found.mape < 0.6 * simple.mape
    assert 0.8 <= found.coverage <= 1
    assert found.rows == simple.rows == 80


def test_the_extrapolation_split_is_the_slowest_tenth() -> None:
    seen: list[float] = []

    def spy(columns: Columns, ms: np.ndarray):  # type: ignore[no-untyped-def]
        seen.append(float(ms.max()))
        return train_physical(columns, ms)

    found = extrapolated(spy, COLUMNS, NOISY)
    assert found.rows == 8
    assert seen == [np.sort(NOISY)[-9]]
    assert found.mape < 0.05
