"""The reference point that the baselines make, and that of a study that gives one."""

import math
from dataclasses import replace

import pytest
from driving import study
from hypothesis import given
from hypothesis import strategies as st
from synthetic import synthetic_run

from nasbench_mvit.search.results.cautions import Kind, cautions
from nasbench_mvit.search.results.reference import (
    LEAST_DROP,
    MARGIN,
    ReferencePoint,
    reference_point,
)
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.studies.open import open_study

XXS, XS, S = (0.50, 5.0), (0.56, 7.0), (0.62, 12.0)  # score and latency


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return open_study(synthetic_run(tmp_path_factory.mktemp("runs") / "run", 4)).summary


def config(**changes: object) -> StudyConfig:
    return study(**{"reference": None} | changes)


def rows(template: Summary, *found: tuple[float, float], role: Role = Role.BASELINE) -> list[Row]:
    return [
        replace(
            template.rows[0], trial=number, role=role, top1=top1,
            latency_ms=ms, latency_low_ms=ms - 1, latency_high_ms=ms + 1,
        )
        for number, (top1, ms) in enumerate(found)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "changes", "top1", "cost"),
    [
        ((XXS, XS, S), {}, 0.50 - (0.62 - 0.50), MARGIN * 12.0),
        ((XXS, XS, S), {"front": "upper"}, 0.38, MARGIN * 13.0),
        ((XXS, XS, S), {"limits": {"latency_ms": 8.0}}, 0.38, MARGIN * 12.0),
        ((XXS, XS, S), {"limits": {"latency_ms": 20.0}}, 0.38, MARGIN * 20.0),
        (((0.03, 5.0), (0.09, 12.0)), {}, 0.0, MARGIN * 12.0),  # no score is below 0
        ((XXS, (math.nan, 12.0)), {}, 0.50 - LEAST_DROP, MARGIN * 12.0),  # S still trains
        (((0.99, 5.0), (0.99, 12.0)), {}, 0.99 - LEAST_DROP, MARGIN * 12.0),
    ],
)
def test_the_baselines_make_the_point_where_the_study_gives_none(
    found: tuple[tuple[float, float], ...],
    changes: dict[str, object],
    top1: float,
    cost: float,
    template: Summary,
) -> None:
    searched = rows(template, (0.01, 99.0), role=Role.SEARCH)  # makes nothing
    point = reference_point([*searched, *rows(template, *found)], config(**changes))
    assert (point.top1, point.cost) == pytest.approx((top1, cost))
    assert point.is_made


def test_the_peak_of_memory_makes_it_where_that_is_the_cost(template: Summary) -> None:
    baselines = rows(template, XXS, S)
    point = reference_point(baselines, config(front="memory"))
    assert point.cost == pytest.approx(MARGIN * max(r.cost(config(front="memory").rule)
                                                    for r in baselines))  # fmt: skip


def test_before_a_baseline_is_trained_it_is_not_known(template: Summary) -> None:
    point = reference_point(rows(template, (math.nan, 5.0)), config())
    assert math.isnan(point.top1)


def test_a_study_that_gives_one_keeps_it(template: Summary) -> None:
    point = reference_point(rows(template, XXS, S), study(reference={"top1": 0.1, "latency_ms": 9}))
    assert (point.top1, point.cost, point.is_made) == (0.1, 9.0, False)


@given(
    baselines=st.lists(st.floats(0, 1), min_size=1, max_size=5),
    others=st.lists(st.floats(0, 1), max_size=5),
)
def test_all_never_surpass_it_by_much_more_than_they_differ(
    template: Summary, baselines: list[float], others: list[float]
) -> None:
    point = reference_point(rows(template, *((top1, 5.0) for top1 in baselines)), config())
    scores = [*baselines, *others]
    spread = max(max(scores) - min(scores), LEAST_DROP)
    assert min(scores) - point.top1 <= spread + 1e-9
    assert any(top1 > point.top1 for top1 in baselines) or max(baselines) == 0.0


def test_no_caution_is_said_of_a_point_that_is_made(template: Summary) -> None:
    alike = rows(template, (0.61, 5.0), (0.62, 6.0))
    given = replace(template, rows=tuple(alike), reference=ReferencePoint(0.1, 15.0, is_made=False))
    made = replace(given, reference=reference_point(alike, config()))
    assert Kind.REFERENCE_FAR in {found.kind for found in cautions(given, None)}
    assert Kind.REFERENCE_FAR not in {found.kind for found in cautions(made, None)}
