"""Fronts of searches, compared by their finalists."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from final_round import searched, train_finalists

from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.benchmark.retrained_fronts import FrontComparison, RetrainedFront
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.supernets.fronts import compare_fronts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert train_finalists(searched(folder), FinalRequest(2, 3))
    return folder


def test_a_front_is_that_of_the_finalists_on_test_images(folder: Path) -> None:
    (front,) = compare_fronts([folder]).fronts
    study = open_study(folder)
    assert study.final is not None
    chosen = [one for one in study.final.finalists if one.row.role == Role.SEARCH]
    expected = [
        hypervolume(
            [one.results[seed].test_top1 for one in chosen],
            [one.row.latency_ms for one in chosen],
            worst_top1=study.config.reference.top1,
            worst_latency_ms=study.config.worst_cost,
        )
        for seed in range(3)
    ]
    assert front.hypervolumes == pytest.approx(expected)
    assert min(expected) > 0
    assert (front.num_finalists, front.num_networks) == (2, 4)
    searched_trials = [t for t in study.reading.trials if t.record.role == Role.SEARCH]
    spent = [e.result.cpu_seconds for t in searched_trials for e in t.record.evaluations]
    assert front.core_seconds == pytest.approx(sum(spent))
    assert np.isnan(front.supernet_core_seconds)


def test_means_are_of_searches_alike(folder: Path) -> None:
    (front,) = compare_fronts([folder]).fronts
    better = dataclasses.replace(front, hypervolumes=tuple(2 * v for v in front.hypervolumes))
    shared = dataclasses.replace(front, evaluator="supernet", supernet_core_seconds=7200.0)
    text = FrontComparison((front, better, shared)).markdown()
    assert f"| training | {front.sampler} | 2 | {1.5 * front.mean:.3f} [" in text
    assert f"| supernet | {front.sampler} | 1 | {front.mean:.3f} |" in text
    assert "7,200" in text


def test_searches_of_different_tasks_are_refused(folder: Path) -> None:
    (front,) = compare_fronts([folder]).fronts
    other: RetrainedFront = dataclasses.replace(
        front, place="other", terms=front.terms | {"space": "mobilevit"}
    )
    with pytest.raises(StudyError, match=r"is mobilevit_debug and mobilevit\. Name"):
        FrontComparison((front, other))


def test_a_search_without_finalists_is_refused(tmp_path: Path) -> None:
    searched(tmp_path)
    with pytest.raises(StudyError, match="with `finalists=` and without `finetune=`"):
        compare_fronts([tmp_path])


def test_no_search_is_refused() -> None:
    with pytest.raises(StudyError, match="names no run directory"):
        compare_fronts([])
