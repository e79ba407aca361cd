"""Fronts of searches, compared by their finalists."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from final_round import searched, train_finalists

from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.benchmark.retrained_fronts import SearchedFront, SearchedFronts
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.finalists.record import FineTuning
from nasbench_mvit.search.trials.record import Role
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.supernets.fronts import compare_fronts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert train_finalists(searched(folder), FinalRequest(2, 3))
    return folder


@pytest.fixture(scope="module")
def front(folder: Path) -> SearchedFront:
    (front,) = compare_fronts([folder]).fronts
    return front


def without_reference(front: SearchedFront, **changes: object) -> SearchedFront:
    config = front.config.model_copy(update={"reference": None, **changes})
    return dataclasses.replace(front, config=config)


def test_a_front_is_that_of_the_finalists_on_test_images(
    folder: Path, front: SearchedFront
) -> None:
    study = open_study(folder)
    assert study.final is not None
    assert study.config.reference is not None
    chosen = [one for one in study.final.finalists if one.row.role == Role.SEARCH]
    expected = [
        hypervolume(
            [one.results[seed].test_top1 for one in chosen],
            [one.row.latency_ms for one in chosen],
            worst_top1=study.config.reference.top1,
            worst_latency_ms=study.config.reference.latency_ms or 0.0,
        )
        for seed in range(3)
    ]
    assert front.hypervolumes(SearchedFronts((front,)).reference) == pytest.approx(expected)
    assert min(expected) > 0
    assert (len(front.chosen), len(front.searched)) == (2, 4)
    searched_trials = [t for t in study.reading.trials if t.record.role == Role.SEARCH]
    spent = [e.result.cpu_seconds for t in searched_trials for e in t.record.evaluations]
    assert front.core_seconds == pytest.approx(sum(spent))
    assert np.isnan(front.supernet_core_seconds)


def test_test_scores_of_all_baselines_make_one_reference_point(front: SearchedFront) -> None:
    fronts = SearchedFronts((without_reference(front), without_reference(front)))
    scores = [finalist.test_top1 for finalist in front.baselines]
    drop = max(max(scores) - min(scores), 0.01)
    assert fronts.reference.is_made
    assert fronts.reference.top1 == pytest.approx(max(min(scores) - drop, 0))
    assert "made by the test scores of the published networks" in fronts.markdown()


def test_means_are_of_searches_alike(front: SearchedFront) -> None:
    shared = without_reference(front, evaluator="supernet", supernet="s")
    shared = dataclasses.replace(shared, supernet_core_seconds=7200.0)
    alone = without_reference(front)
    fronts = SearchedFronts((alone, alone, shared))
    mean = float(np.mean(front.hypervolumes(fronts.reference)))
    text = fronts.markdown()
    sampler = front.config.sampler
    assert f"| training | {sampler} | 2 | {mean:.3f} [{mean:.3f}, {mean:.3f}] |" in text
    assert f"| supernet | {sampler} | 1 | {mean:.3f} |" in text
    assert "| 7,200 |" in text


def test_searches_of_different_tasks_are_refused(front: SearchedFront) -> None:
    other = dataclasses.replace(
        front, place="other", config=front.config.model_copy(update={"space": "mobilevit"})
    )
    with pytest.raises(StudyError, match=r"is mobilevit_debug and mobilevit\. Name"):
        SearchedFronts((front, other))


def test_finalists_of_another_kind_are_refused(front: SearchedFront, tmp_path: Path) -> None:
    searched(tmp_path)
    message = "with `finalists=` and without `finetune=`"
    with pytest.raises(StudyError, match=message):
        compare_fronts([tmp_path])
    assert front.final is not None
    tuning = FineTuning(updates=8, supernet="s")
    tuned = dataclasses.replace(front.final, finetuning=tuning)
    with pytest.raises(StudyError, match=message):
        dataclasses.replace(front, final=tuned)


def test_no_search_is_refused() -> None:
    with pytest.raises(StudyError, match="names no run directory"):
        compare_fronts([])
