"""What is said of several studies that lie on the same axes."""

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import synthetic_run

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.reports.text import cost_label, device_label
from nasbench_mvit.search.results.row import ESTIMATED, SHARED
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.workbench.exploration.several_studies import (
    accuracy_title,
    common_limit,
    facts,
    incomparable,
)
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.study import Study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    run: Path = synthetic_run(tmp_path_factory.mktemp("run"), 8)
    return open_study(run / STORE_FILE)


def changed(study: Study, **changes: object) -> Study:
    config = study.config.model_copy(update=changes)
    return replace(study, reading=replace(study.reading, config=config))


def test_the_same_study_twice_compares(study: Study) -> None:
    both = {"a": study, "b": study}
    assert incomparable(both) == []
    assert common_limit(both) == study.config.limits.latency_ms


def test_predictors_of_one_device_are_told_apart(study: Study) -> None:
    onnx, wasm = (changed(study, predictor=f"epyc_{name}") for name in ("onnxruntime", "wasm"))
    assert onnx.device != wasm.device
    (reason,) = incomparable({"a": onnx, "b": wasm})
    assert onnx.latency_title in reason
    assert wasm.latency_title in reason
    assert common_limit({"a": onnx, "b": wasm}) is None


@pytest.mark.parametrize(
    ("kind", "evaluator", "word"),
    [
        (ESTIMATED, {"evaluator": "surrogate"}, "estimated"),
        (SHARED, {"evaluator": "supernet", "supernet": "own.safetensors"}, "shared weights"),
    ],
)
def test_trainings_and_what_stands_for_them_are_told_apart(
    study: Study, kind: str, evaluator: dict[str, str], word: str
) -> None:
    rows = tuple(replace(row, top1_kind=kind) for row in study.summary.rows)
    summary = replace(study.summary, rows=rows)
    other = replace(changed(study, **evaluator), summary=summary)
    both = {"a": study, "b": other}
    (reason,) = incomparable(both)
    assert "do not compare with trainings" in reason
    assert reason.endswith(f"b: {kind}")
    titles = [accuracy_title(views) for views in ({"a": study}, {"b": other}, both)]
    assert ["trained" in title for title in titles] == [True, True, True]
    assert [word in title for title in titles] == [False, True, True]
    assert "not trained" in titles[1]


def test_what_a_table_answers_is_not_called_trained(study: Study) -> None:
    table = changed(study, evaluator="table")
    assert accuracy_title({"a": table}) == "from the benchmark table"
    assert accuracy_title({"a": table, "b": study, "c": study}).endswith(
        "or trained by the study's proxy"
    )
    assert any(fact.startswith("from the benchmark table: proxy accuracy") for fact in facts(table))


def test_other_images_are_another_proxy(study: Study) -> None:
    other = changed(study, data="imagefolder:flowers")
    (reason,) = incomparable({"a": study, "b": other})
    assert "imagefolder:flowers" in reason


def test_a_predictor_that_is_gone_is_named(study: Study) -> None:
    lost = changed(study, predictor="gone")
    assert "gone" in lost.device
    assert any("gone" in reason for reason in incomparable({"a": study, "b": lost}))
    assert any("gone" in fact for fact in facts(lost))


POINT, MEMORY = FrontRule.POINT, FrontRule.MEMORY


def test_an_axis_says_which_panel_shows_which_kind() -> None:
    device = device_label(load_predictor("iphone12_coreml"))
    assert device == "iPhone 12 with Core ML"
    assert cost_label(POINT, device, ["estimated"], ["published"]) == (
        f"latency on {device}, ms (above estimated, below published)"
    )
    for paper in ([], ["estimated"]):
        assert (
            cost_label(POINT, device, ["estimated"], paper)
            == f"latency on {device}, ms (estimated)"
        )
