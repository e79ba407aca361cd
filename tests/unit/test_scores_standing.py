"""What scores tell of a table's networks, beside what is known without them."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from surrogate_making import use_few_trees

from nasbench_mvit.analysis import ranking
from nasbench_mvit.benchmark.scores.archive import COLUMNS
from nasbench_mvit.benchmark.scores.report import report
from nasbench_mvit.benchmark.scores.standing import (
    COSTS_ALONE,
    COSTS_AND_SCORES,
    Scored,
    reduction,
    rms,
)
from nasbench_mvit.errors import ScoreError
from nasbench_mvit.surrogate import held_out
from nasbench_mvit.surrogate.held_out import HeldOut
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.training_free.names import NAMES

WHIFF = 1e-3
ALMOST = 0.95


def rows_of(benchmark: Benchmark) -> pd.DataFrame:
    """Scores: nearly the top-1 itself, the parameters, and noise."""
    rng = np.random.default_rng(0)
    noise = {name: rng.normal(size=len(benchmark)) for name in NAMES}
    top1 = benchmark.frame("top1")[1.0].groupby(level="spec_id").mean()
    told = {
        "zico": top1.loc[benchmark.networks.index].to_numpy() + rng.normal(0, WHIFF, len(benchmark))
    }
    told["synflow"] = benchmark.networks["params"].to_numpy(dtype=float)
    key: dict[str, str | int] = {
        "proxy_id": benchmark.about.proxy_id,
        "images": benchmark.about.images,
        "seed": 0,
    }
    frame = pd.DataFrame({"spec_id": benchmark.networks.index, **noise, **told, "cpu_seconds": 1.0})
    return frame.assign(**key)[COLUMNS].sample(frac=1, random_state=0)


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "RESAMPLES", 50)
    monkeypatch.setattr(held_out, "RESAMPLES", 50)
    use_few_trees(monkeypatch)


@pytest.fixture(scope="module")
def scored() -> Scored:
    benchmark = Benchmark.load()
    return Scored.of(benchmark, rows_of(benchmark))


def test_scores_stand_beside_their_own_networks(scored: Scored) -> None:
    rankings = scored.rankings()
    assert list(rankings) == ["params", "MACs", *NAMES]
    found = rankings["zico"]
    assert found.rho.rho > ALMOST
    assert found.tau.rho > ALMOST
    assert found.beyond is not None
    assert found.beyond.rho > ALMOST
    noise = rankings["naswot"]
    assert noise.rho.low < 0 < noise.rho.high
    assert noise.beyond is not None
    assert noise.beyond.low < 0 < noise.beyond.high


def test_a_score_that_is_the_parameters_tells_nothing_beyond_them(scored: Scored) -> None:
    rankings = scored.rankings()
    assert rankings["synflow"].rho.rho == pytest.approx(rankings["params"].rho.rho)
    beyond = rankings["synflow"].beyond
    assert beyond is not None
    assert math.isnan(beyond.rho)


def test_a_score_that_knows_the_truth_helps_and_the_report_says_so(
    scored: Scored,
) -> None:
    change = reduction(scored.held_out(), COSTS_ALONE, COSTS_AND_SCORES)
    assert change.low > 0
    text = report(scored)
    assert text.count("the scores help") == 2
    assert "| zico | Li et al. 2023 | 1.00 [" in text


def test_reduction_is_that_of_the_rms_error() -> None:
    truth_N = np.zeros(4)
    expected = {"far": np.full(4, 3.0), "near": np.full(4, -1.0)}
    held = HeldOut(truth=truth_N, expected=expected, repeats=())
    assert rms(held, "far") == pytest.approx(3)
    change = reduction(held, "far", "near")
    assert dataclasses.astuple(change) == pytest.approx((2, 2, 2))
    assert reduction(held, "near", "far").value == pytest.approx(-2)


def test_a_network_without_scores_is_refused() -> None:
    benchmark = Benchmark.load()
    rows = rows_of(benchmark)
    with pytest.raises(ScoreError, match=r"216 of the 216 .* `python -m .* scores --seed 1`"):
        Scored.of(benchmark, rows, seed=1)
    with pytest.raises(ScoreError, match=f"1 of the 216 .* such as {rows['spec_id'].iloc[0]}"):
        Scored.of(benchmark, rows.iloc[1:])
